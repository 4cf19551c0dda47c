import type { Clock } from '../../bytes/index.ts';
import { envelopeOf, type RouteEvent } from '../envelope.ts';
import { setting } from '../setting.ts';
import type { Outcome, Sink, SinkKind } from '../sink.ts';
import { type CallTarget, clientOptions, entryFailure, once } from './aws-calls.ts';
import { type BodyFormat, formatSetting, textBody } from './bodies.ts';
import { type Entry, type EntryLimits, entrySink } from './entries.ts';
import { BusWatch } from './event-bus.ts';
import { type Named, nameOrArn } from './named.ts';

export interface EventBridgeOptions {
  readonly bus: Named;
  readonly source: string;
  /** Undefined: the topic's name. */
  readonly detailType: string | undefined;
  readonly format: BodyFormat;
}

interface BusEvent {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Time?: Date;
}

/** Source: EventBridge API reference, PutEvents: the entries of a request stay below 1 MB together. */
const CALL_BYTES_MAX = 1_000_000;
const LIMITS: EntryLimits = {
  what: 'an event of EventBridge',
  entriesMax: 10,
  entryBytesMax: CALL_BYTES_MAX,
  // What it was everywhere until 2026: a partition of AWS that is behind still refuses more.
  usualEntryBytesMax: 256 * 1024,
  callBytesMax: CALL_BYTES_MAX,
  callsAtOnce: 10,
  // InvalidArgument is not among them: EventBridge says so of a bus's ARN too.
  finalCodes: new Set(['MalformedDetail']),
};
const BATCH_BYTES_MAX = 4 * CALL_BYTES_MAX;
/** What EventBridge counts for a time. Source: user guide, "Calculating PutEvents event entry size". */
const TIME_BYTES = 14;
const DETAIL_TYPE_CHARS_MAX = 128;

/**
 * Puts events on an event bus: the value, which must be a JSON object, as detail (or the envelope, or a CloudEvent), the
 * topic's name as detail type. EventBridge keeps no order, so none is waited for. A put whose answer is lost comes again:
 * at least once.
 *
 * @example
 * eventBridgeSink({ bus: busOf('orders'), source: 'millrace', detailType: undefined, format: 'value' }, systemClock);
 */
export function eventBridgeSink(options: EventBridgeOptions, clock: Clock): Sink {
  const { bus } = options;
  const target = {
    target: `event bus ${bus.text}`,
    setting: busName.name,
    right: 'events:PutEvents and events:DescribeEventBus',
  };
  const client = once(() => openClient(bus, clock, target));
  return entrySink<BusEvent>('millrace.EventBridgeSink', BATCH_BYTES_MAX, {
    limits: LIMITS,
    target,
    make: (event, { topicId }) => busEventOf(event, topicId, options),
    laneOf: () => undefined,
    async send(entries, signal) {
      const { put, watch } = await client();
      await watch.require(signal);
      const { Entries = [] } = await put(entries, signal);
      return Entries.map(({ ErrorCode, ErrorMessage, EventId }) => {
        if (ErrorCode === undefined && EventId !== undefined) return undefined;
        return entryFailure(ErrorCode ?? 'NoAnswer', ErrorMessage, target);
      });
    },
  });
}

async function openClient(bus: Named, clock: Clock, target: CallTarget) {
  const { DescribeEventBusCommand, EventBridgeClient, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
  const client = new EventBridgeClient(clientOptions({ region: bus.region }));
  const describe = (abortSignal: AbortSignal) =>
    client.send(new DescribeEventBusCommand({ Name: bus.text }), { abortSignal });
  return {
    put(events: readonly BusEvent[], abortSignal: AbortSignal) {
      const Entries = events.map((event) => ({ ...event, EventBusName: bus.text }));
      return client.send(new PutEventsCommand({ Entries }), { abortSignal });
    },
    watch: new BusWatch(bus, describe, clock, target),
  };
}

/** An event as an entry of PutEvents, or why it can be none. */
export function busEventOf(
  event: RouteEvent,
  topicId: string,
  { source, detailType, format }: Omit<EventBridgeOptions, 'bus'>,
): Entry<BusEvent> | Outcome {
  const { value, timestampMs } = envelopeOf(event);
  if (format === 'value' && (value === null || typeof value !== 'object' || Array.isArray(value))) {
    const reason = `the value is no JSON object, which is all that EventBridge takes as detail. Set ${bodyFormat.name} to envelope, or make one of it by a transform`;
    return { is: 'poison', reason };
  }
  const { text: Detail } = textBody(event, format, { topicId });
  const DetailType = detailType ?? event.topic;
  const Time = new Date(timestampMs);
  // A time comes from producers: what EventBridge cannot read as one becomes the time of the put.
  const timed = timestampMs > 0 && !Number.isNaN(Time.getTime()) && Time.getUTCFullYear() <= 9999;
  const sizeBytes = [source, DetailType, Detail].reduce((sum, text) => sum + Buffer.byteLength(text), TIME_BYTES);
  return { content: { Source: source, DetailType, Detail, ...(timed && { Time }) }, sizeBytes };
}

/** A bus by name or ARN. @throws Error that says what would be right */
export const busOf = nameOrArn({
  service: 'events',
  prefix: 'event-bus/',
  name: /^[A-Za-z0-9_./-]{1,256}$/,
  what: 'an event bus',
  example: 'orders',
});

const busName = setting('eventbridge.bus.name', {
  type: 'STRING',
  defaultText: 'default',
  group: 'EventBridge',
  documentation: 'The name of the event bus, or its ARN where it is in another region or account.',
  parse: busOf,
});
const eventSource = setting('eventbridge.source', {
  type: 'STRING',
  defaultText: 'millrace',
  group: 'EventBridge',
  documentation: 'The source that events get, for rules to match.',
  parse: (text) => {
    if (text.length < 1 || text.length > 256) throw new Error('it takes 1 to 256 characters');
    if (/^aws\./i.test(text)) throw new Error('aws. is reserved for the services of AWS; take a name of your own');
    return text;
  },
});
const detail = setting('eventbridge.detail.type', {
  type: 'STRING',
  group: 'EventBridge',
  documentation: "The detail type that events get, for rules to match; the topic's name where it is not set.",
  parse: (text) => {
    if (text.length < 1 || text.length > DETAIL_TYPE_CHARS_MAX) {
      throw new Error(`it takes 1 to ${DETAIL_TYPE_CHARS_MAX} characters`);
    }
    return text;
  },
});
const bodyFormat = formatSetting('eventbridge.format', 'EventBridge');

export const EVENTBRIDGE: SinkKind = {
  name: 'eventbridge',
  settings: [busName, eventSource, detail, bodyFormat],
  read(reader, topics) {
    const [bus, source, format] = [reader.read(busName), reader.read(eventSource), reader.read(bodyFormat)];
    const detailType = reader.read(detail);
    const long = topics.find((topic) => topic.length > DETAIL_TYPE_CHARS_MAX);
    if (detailType === undefined && long !== undefined) {
      reader.fail(
        detail.name,
        `"${detail.name}" is missing: the name of topic "${long}" has more than the ${DETAIL_TYPE_CHARS_MAX} characters of a detail type`,
      );
    }
    if (bus === undefined || source === undefined || format === undefined) return undefined;
    const options = { bus, source, detailType, format };
    return { options, open: ({ clock }) => eventBridgeSink(options, clock) };
  },
};
