import type { EventIn, Events } from '../../topic/index.ts';
import { isFinal } from '../delivery.ts';
import type { RouteEvent } from '../envelope.ts';
import { reasonOf } from '../errors.ts';
import { oneTopic, setting } from '../setting.ts';
import { DELIVERED, type Outcome, type Sink, type SinkBatch, type SinkContext, type SinkKind } from '../sink.ts';

export interface TopicOptions {
  readonly topic: string;
}

/** One produce request, and one item that remembers it. */
const BATCH_EVENTS_MAX = 1_000;
const BATCH_BYTES_MAX = 512 * 1024;

/**
 * Produces events to another topic: key, value, headers and timestamp as they are. Exactly-once: a batch's idempotency
 * key is its range of offsets, and a batch that was begun comes again with the same range; the log remembers keys for a
 * day, so a redelivery within a day lands once.
 */
export class TopicSink implements Sink {
  readonly className = 'millrace.TopicSink';
  readonly order = 'partition';
  readonly sameBatches = true;
  readonly batchEventsMax = BATCH_EVENTS_MAX;
  readonly batchBytesMax = BATCH_BYTES_MAX;
  readonly #topic: string;
  readonly #events: Events;

  constructor({ topic }: TopicOptions, events: Events) {
    this.#topic = topic;
    this.#events = events;
  }

  async deliver(batch: SinkBatch, context: SinkContext): Promise<readonly Outcome[]> {
    const scope = `route/${context.run}/${batch.topicId}/${batch.partition}`;
    // The range's key is that of all its events. Those that were tried singly before may have landed so.
    if (batch.partial) return this.#singly(scope, batch.events);
    try {
      await this.#produce(`${scope}/${batch.from}-${batch.to}`, batch.events);
      return batch.events.map(() => DELIVERED);
    } catch (thrown) {
      if (!isFinal(thrown)) throw thrown;
      if (isMissing(thrown)) return batch.events.map(() => ({ is: 'retry', reason: reasonOf(thrown) }));
    }
    // One event spoils the batch, of which nothing landed: each by itself then, so that only that one is poison.
    return this.#singly(scope, batch.events);
  }

  async #singly(scope: string, events: readonly RouteEvent[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const event of events) {
      try {
        await this.#produce(`${scope}/${event.offset}`, [event]);
        outcomes.push(DELIVERED);
      } catch (thrown) {
        const reason = reasonOf(thrown);
        if (isFinal(thrown)) outcomes.push({ is: 'poison', reason });
        // Those behind one that must come again wait for it: the order stays.
        else return [...outcomes, ...events.slice(outcomes.length).map((): Outcome => ({ is: 'retry', reason }))];
      }
    }
    return outcomes;
  }

  async #produce(idempotencyKey: string, events: readonly RouteEvent[]): Promise<void> {
    const out: EventIn[] = events.map(({ key, value, timestampMs, headers }) => ({
      key,
      value,
      timestampMs,
      headers,
    }));
    // The key says all: what it was first used for is what landed, even if the transform has changed since.
    await this.#events.produce(this.#topic, out, { idempotencyKey, fingerprint: Buffer.from(idempotencyKey) });
  }
}

/** A topic that is not there may be made; its events are no poison. */
function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'topic_unknown';
}

const topicName = setting('topic.name', {
  type: 'STRING',
  required: true,
  group: 'Topic',
  documentation: 'The topic that events are produced to. It must exist.',
  parse: oneTopic,
});

export const TOPIC: SinkKind = {
  name: 'topic',
  settings: [topicName],
  read(reader, topics) {
    const topic = reader.read(topicName);
    if (topic === undefined) return undefined;
    if (topics.includes(topic))
      reader.fail(topicName.name, `"${topic}" is among the topics read: events would go round for ever`);
    const options = { topic };
    return {
      options,
      topics: [{ setting: topicName.name, topic }],
      open: ({ events }) => new TopicSink(options, events),
    };
  },
};
