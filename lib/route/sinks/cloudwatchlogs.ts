import type { CloudWatchLogsClient, RejectedLogEventsInfo } from '@aws-sdk/client-cloudwatch-logs';
import type { RouteEvent } from '../envelope.ts';
import { setting } from '../setting.ts';
import { DELIVERED, type Outcome, type Sink, type SinkBatch, type SinkContext, type SinkKind } from '../sink.ts';
import { type CallTarget, callFailure, clientOptions, failedOutcome, once, tooLarge } from './aws-calls.ts';
import { type BodyFormat, formatSetting, textBody } from './bodies.ts';

export interface CloudWatchLogsOptions {
  readonly group: string;
  readonly streamPrefix: string;
  readonly format: BodyFormat;
}

/** One call's messages with 26 bytes each, its events, and the time from its first to its last. Source: PutLogEvents. */
const CALL_BYTES_MAX = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const CALL_EVENTS_MAX = 10_000;
const CALL_SPAN_MS = 24 * 60 * 60 * 1_000;
const MESSAGE_BYTES_MAX = CALL_BYTES_MAX - EVENT_OVERHEAD_BYTES;

/** An event as a log event, with its place in the batch. */
export interface LogEntry {
  readonly index: number;
  readonly timestampMs: number;
  readonly message: string;
  readonly sizeBytes: number;
}

/**
 * Writes events to log streams, one per partition, each at its own time, in the order of time that a call must have. What
 * the group refuses as too old, too new or past its retention is poison. At least once: an answer can be lost, and a log
 * does not deduplicate.
 *
 * @example
 * new CloudWatchLogsSink({ group: '/orders/audit', streamPrefix: '', format: 'value' });
 */
export class CloudWatchLogsSink implements Sink {
  readonly className = 'millrace.CloudWatchLogsSink';
  readonly order = 'partition';
  readonly sameBatches = false;
  readonly batchEventsMax = CALL_EVENTS_MAX;
  readonly batchBytesMax = CALL_BYTES_MAX;
  readonly #options: CloudWatchLogsOptions;
  readonly #client: () => Promise<CloudWatchLogsClient>;

  constructor(options: CloudWatchLogsOptions) {
    this.#options = options;
    this.#client = once(async () => {
      const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
      return new CloudWatchLogsClient(clientOptions());
    });
  }

  async deliver(batch: SinkBatch, { signal }: SinkContext): Promise<readonly Outcome[]> {
    const outcomes: (Outcome | undefined)[] = batch.events.map(() => undefined);
    const entries: LogEntry[] = [];
    for (const [index, event] of batch.events.entries()) {
      const made = this.#entryOf(event, index, batch.topicId);
      if ('is' in made) outcomes[index] = made;
      else entries.push(made);
    }
    const stream = `${this.#options.streamPrefix}${batch.topic}/${batch.partition}`;
    for (const call of logCalls(entries)) {
      const settled = await this.#put(stream, call, signal);
      for (const [at, { index }] of call.entries()) outcomes[index] = settled[at]!;
      // Others would fail the same way.
      if (settled.some(({ is }) => is === 'retry')) break;
    }
    return outcomes.map((outcome) => outcome ?? { is: 'waits' });
  }

  #entryOf(event: RouteEvent, index: number, topicId: string): LogEntry | Outcome {
    const message = textBody(event, this.#options.format, { topicId }).text;
    const sizeBytes = Buffer.byteLength(message);
    if (sizeBytes > MESSAGE_BYTES_MAX)
      return tooLarge(sizeBytes, { what: 'a log event', limitBytes: MESSAGE_BYTES_MAX });
    if (event.timestampMs < 0) {
      return { is: 'poison', reason: `its timestamp, ${event.timestampMs}, is before 1970: a log event needs one` };
    }
    return { index, timestampMs: event.timestampMs, message, sizeBytes: sizeBytes + EVENT_OVERHEAD_BYTES };
  }

  async #put(stream: string, entries: readonly LogEntry[], signal: AbortSignal): Promise<readonly Outcome[]> {
    try {
      return outcomesOf(await this.#putOnce(stream, entries, signal), entries.length);
    } catch (thrown) {
      // Where the route was stopped, too: what other calls of this batch have delivered is still to be told.
      const failure = callFailure(thrown, this.#call('logs:PutLogEvents'));
      if (failure.kind === 'missing') return this.#putToNew(stream, entries, signal);
      const outcome = failedOutcome(failure);
      if (failure.kind !== 'invalid' || entries.length === 1) return entries.map(() => outcome);
    }
    // One of them spoils the call: by halves it comes to stand alone.
    const half = Math.ceil(entries.length / 2);
    const first = await this.#put(stream, entries.slice(0, half), signal);
    return [...first, ...(await this.#put(stream, entries.slice(half), signal))];
  }

  /** The group or the stream is not there; a stream is made, a group is its owner's. */
  async #putToNew(stream: string, entries: readonly LogEntry[], signal: AbortSignal): Promise<readonly Outcome[]> {
    try {
      await this.#makeStream(stream, signal);
      return outcomesOf(await this.#putOnce(stream, entries, signal), entries.length);
    } catch (thrown) {
      const outcome = failedOutcome(callFailure(thrown, this.#call('logs:CreateLogStream and logs:PutLogEvents')));
      // What spoils a call is found at the next try, now that there is a stream.
      const again: Outcome = outcome.is === 'poison' && entries.length > 1 ? { ...outcome, is: 'retry' } : outcome;
      return entries.map(() => again);
    }
  }

  async #makeStream(stream: string, signal: AbortSignal): Promise<void> {
    const { CreateLogStreamCommand, ResourceAlreadyExistsException } = await import('@aws-sdk/client-cloudwatch-logs');
    const client = await this.#client();
    const name = { logGroupName: this.#options.group, logStreamName: stream };
    try {
      await client.send(new CreateLogStreamCommand(name), { abortSignal: signal });
    } catch (thrown) {
      // Another was first.
      if (!(thrown instanceof ResourceAlreadyExistsException)) throw thrown;
    }
  }

  async #putOnce(stream: string, entries: readonly LogEntry[], abortSignal: AbortSignal): Promise<Rejected> {
    const { PutLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
    const client = await this.#client();
    const command = new PutLogEventsCommand({
      logGroupName: this.#options.group,
      logStreamName: stream,
      logEvents: entries.map(({ timestampMs: timestamp, message }) => ({ timestamp, message })),
    });
    return (await client.send(command, { abortSignal })).rejectedLogEventsInfo;
  }

  #call(right: string): CallTarget {
    return { target: `log group ${this.#options.group}`, setting: group.name, right };
  }
}

type Rejected = RejectedLogEventsInfo | undefined;

/** Cuts log events, put in order of time, into calls within the service's limits. */
export function* logCalls(entries: readonly LogEntry[]): Generator<LogEntry[]> {
  let call: LogEntry[] = [];
  let usedBytes = 0;
  for (const entry of entries.toSorted((a, b) => a.timestampMs - b.timestampMs || a.index - b.index)) {
    const first = call[0] ?? entry;
    const apart = entry.timestampMs - first.timestampMs >= CALL_SPAN_MS;
    if (apart || call.length === CALL_EVENTS_MAX || usedBytes + entry.sizeBytes > CALL_BYTES_MAX) {
      yield call;
      [call, usedBytes] = [[], 0];
    }
    call.push(entry);
    usedBytes += entry.sizeBytes;
  }
  if (call.length > 0) yield call;
}

/** What became of a call's events: those rejected lie before or from the places that the answer gives. */
export function outcomesOf(rejected: Rejected, count: number): Outcome[] {
  const { tooOldLogEventEndIndex = 0, expiredLogEventEndIndex = 0, tooNewLogEventStartIndex = count } = rejected ?? {};
  return Array.from({ length: count }, (_, index): Outcome => {
    if (index < expiredLogEventEndIndex) return poison("it is older than the log group's retention");
    if (index < tooOldLogEventEndIndex) return poison('it is older than 14 days, which CloudWatch Logs takes no more');
    if (index >= tooNewLogEventStartIndex) return poison('its time lies more than 2 hours ahead of CloudWatch Logs');
    return DELIVERED;
  });
}

function poison(reason: string): Outcome {
  return { is: 'poison', reason };
}

const group = setting('cloudwatchlogs.group.name', {
  type: 'STRING',
  required: true,
  group: 'CloudWatch Logs',
  documentation: 'The log group. It must exist; its streams are made as needed.',
  parse: (text) => {
    if (!/^[\w./#-]{1,512}$/.test(text)) throw new Error('it takes the name of a log group, such as /orders/audit');
    return text;
  },
});
const streamPrefix = setting('cloudwatchlogs.stream.prefix', {
  type: 'STRING',
  group: 'CloudWatch Logs',
  documentation: 'What the names of streams begin with; topic and partition follow, as orders/3.',
  parse: (text) => {
    if (!/^[^:*\s]{0,200}$/.test(text))
      throw new Error('it takes up to 200 characters without colons, stars and spaces');
    return text;
  },
});
const format = formatSetting('cloudwatchlogs.format', 'CloudWatch Logs');

export const CLOUDWATCH_LOGS: SinkKind = {
  name: 'cloudwatchlogs',
  settings: [group, streamPrefix, format],
  read(reader) {
    const [name, prefix, form] = [reader.read(group), reader.read(streamPrefix) ?? '', reader.read(format)];
    if (name === undefined || form === undefined) return undefined;
    const options = { group: name, streamPrefix: prefix, format: form };
    return { options, open: () => new CloudWatchLogsSink(options) };
  },
};
