import { OffsetsPassed } from '../../group/index.ts';
import type { EventIn, Events } from '../../topic/index.ts';
import { isFinal } from '../delivery.ts';
import type { RouteEvent } from '../envelope.ts';
import { reasonOf } from '../errors.ts';
import { oneTopic, setting } from '../setting.ts';
import { DELIVERED, type Outcome, type Sink, type SinkBatch, type SinkContext, type SinkKind, WAITS } from '../sink.ts';

export interface TopicOptions {
  readonly topic: string;
}

/** One transaction: it is all or nothing, so it is not made larger than it need be. */
const BATCH_EVENTS_MAX = 1_000;
const BATCH_BYTES_MAX = 512 * 1024;

/**
 * Produces events to another topic: key, value, headers and timestamp as they are. Exactly-once: the events and the route's
 * position behind them are stored in one transaction, on condition that the route has its lease and is not beyond the first
 * of them. So what was stored, whether or not its answer came, is never stored again.
 */
export class TopicSink implements Sink {
  readonly className = 'millrace.TopicSink';
  readonly order = 'partition';
  readonly sameBatches = false;
  readonly batchEventsMax = BATCH_EVENTS_MAX;
  readonly batchBytesMax = BATCH_BYTES_MAX;
  readonly #topic: string;
  readonly #events: Events;

  constructor({ topic }: TopicOptions, events: Events) {
    this.#topic = topic;
    this.#events = events;
  }

  async deliver({ partition, events }: SinkBatch, context: SinkContext): Promise<readonly Outcome[]> {
    try {
      await this.#store(partition, events, context);
      return events.map(() => DELIVERED);
    } catch (thrown) {
      if (!isFinal(thrown)) throw thrown;
      if (isMissing(thrown)) return events.map(() => ({ is: 'retry', reason: reasonOf(thrown) }));
    }
    // One event spoils the batch, of which nothing landed: each by itself then, so that only that one is poison.
    return this.#singly(partition, events, context);
  }

  /** The position must not pass an event that is no dead letter yet, so those behind it wait. */
  async #singly(partition: number, events: readonly RouteEvent[], context: SinkContext): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const event of events) {
      let outcome: Outcome = DELIVERED;
      try {
        await this.#store(partition, [event], context);
      } catch (thrown) {
        outcome = { is: isFinal(thrown) ? 'poison' : 'retry', reason: reasonOf(thrown) };
      }
      outcomes.push(outcome);
      if (outcome.is !== 'delivered') break;
    }
    return [...outcomes, ...events.slice(outcomes.length).map(() => WAITS)];
  }

  /** Stores events, but for those that are stored already, as the route's position says. */
  async #store(partition: number, all: readonly RouteEvent[], { positions }: SinkContext): Promise<void> {
    const to = all.at(-1)!.offset + 1;
    for (let left = all; left.length > 0; ) {
      const out: EventIn[] = left.map(({ key, value, timestampMs, headers }) => ({ key, value, timestampMs, headers }));
      try {
        const beside = await positions.beside(partition, left[0]!.offset, to);
        await this.#events.transact([{ topic: this.#topic, events: out }], beside);
        break;
      } catch (thrown) {
        if (!(thrown instanceof OffsetsPassed)) throw thrown;
        const before = left.length;
        left = left.filter(({ offset }) => offset >= thrown.committed);
        if (left.length === before) throw thrown;
      }
    }
    positions.moved(partition, to);
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
