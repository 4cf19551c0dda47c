import { createHash } from 'node:crypto';
import type { RouteEvent } from '../envelope.ts';
import { setting } from '../setting.ts';
import type { Sink, SinkKind } from '../sink.ts';
import { clientOptions, entryFailure, once } from './aws-calls.ts';
import { type BodyFormat, bytesBody, formatSetting, keyText } from './bodies.ts';
import { type EntryLimits, entrySink } from './entries.ts';
import { type Named, nameOrArn } from './named.ts';

export interface KinesisOptions {
  readonly stream: Named;
  readonly format: BodyFormat;
}

interface KinesisRecord {
  readonly Data: Uint8Array;
  readonly PartitionKey: string;
}

const MEBIBYTE = 1024 * 1024;
/** Source: Kinesis API reference, PutRecords. A stream takes records of 1 MiB, and can be set to take 10 MiB. */
const LIMITS: EntryLimits = {
  what: 'a record of Kinesis',
  entriesMax: 500,
  entryBytesMax: 10 * MEBIBYTE,
  usualEntryBytesMax: MEBIBYTE,
  // Half of what a call takes at most: what a shard takes in a second is less, and a smaller call fails in smaller parts.
  callBytesMax: 5 * MEBIBYTE,
  callsAtOnce: 1,
  finalCodes: new Set(),
};
const BATCH_BYTES_MAX = 5 * MEBIBYTE;
const PARTITION_KEY_CHARS_MAX = 256;

/**
 * Puts events into a stream of Kinesis: the value's bytes as they are, under the key as partition key. PutRecords goes on
 * behind a record that fails, so the next record of a key goes when the one before is in the stream. Without a key,
 * events are spread over the shards, and have no order. A put whose answer is lost comes again: at least once.
 *
 * @example
 * kinesisSink({ stream: streamOf('orders'), format: 'value' });
 */
export function kinesisSink({ stream, format }: KinesisOptions): Sink {
  const target = {
    target: `Kinesis stream ${stream.text}`,
    setting: streamName.name,
    right: 'kinesis:PutRecords (and kms:GenerateDataKey on its key, where it has one)',
  };
  const putter = once(() => openPutter(stream));
  return entrySink<KinesisRecord>('millrace.KinesisSink', BATCH_BYTES_MAX, {
    limits: LIMITS,
    target,
    make(event, { topicId }) {
      const Data = bytesBody(event, format, { topicId });
      const PartitionKey = partitionKeyOf(event, topicId);
      return { content: { Data, PartitionKey }, sizeBytes: Data.length + Buffer.byteLength(PartitionKey) };
    },
    laneOf: (event) => (event.key === null ? undefined : partitionKeyOf(event, '')),
    async send(records, signal) {
      const put = await putter();
      const { Records = [] } = await put(records, signal);
      return Records.map(({ ErrorCode, ErrorMessage, SequenceNumber }) => {
        if (ErrorCode === undefined && SequenceNumber !== undefined) return undefined;
        return entryFailure(ErrorCode ?? 'NoAnswer', ErrorMessage, target);
      });
    },
  });
}

async function openPutter({ text, region, isArn }: Named) {
  const { KinesisClient, PutRecordsCommand } = await import('@aws-sdk/client-kinesis');
  const client = new KinesisClient(clientOptions({ region }));
  const stream = isArn ? { StreamARN: text } : { StreamName: text };
  return (records: readonly KinesisRecord[], abortSignal: AbortSignal) =>
    client.send(new PutRecordsCommand({ ...stream, Records: [...records] }), { abortSignal });
}

/**
 * The partition key of an event: its key, hashed where it cannot be one; without a key its place in the log, which
 * differs for each event.
 */
export function partitionKeyOf(event: RouteEvent, topicId: string): string {
  const text = keyText(event) ?? `${topicId}/${event.partition}/${event.offset}`;
  // Kinesis counts characters, not UTF-16 units.
  if (text !== '' && [...text].length <= PARTITION_KEY_CHARS_MAX) return text;
  return `sha256:${createHash('sha256').update(text).digest('base64url')}`;
}

/** A stream by name or ARN. @throws Error that says what would be right */
export const streamOf = nameOrArn({
  service: 'kinesis',
  prefix: 'stream/',
  name: /^[A-Za-z0-9_.-]{1,128}$/,
  what: 'a Kinesis stream',
  example: 'orders',
});

const streamName = setting('kinesis.stream.name', {
  type: 'STRING',
  required: true,
  group: 'Kinesis',
  documentation: 'The name of the Kinesis stream, or its ARN where it is in another region or account.',
  parse: streamOf,
});
const format = formatSetting('kinesis.format', 'Kinesis');

export const KINESIS: SinkKind = {
  name: 'kinesis',
  settings: [streamName, format],
  read(reader) {
    const [stream, body] = [reader.read(streamName), reader.read(format)];
    if (stream === undefined || body === undefined) return undefined;
    const options = { stream, format: body };
    return { options, open: () => kinesisSink(options) };
  },
};
