import { oneOf, setting } from '../setting.ts';
import type { Sink, SinkKind } from '../sink.ts';
import { clientOptions, entryFailure, once } from './aws-calls.ts';
import { type BodyFormat, bytesBody, formatSetting } from './bodies.ts';
import { type EntryLimits, entrySink } from './entries.ts';
import { type Named, nameOrArn } from './named.ts';

export interface FirehoseOptions {
  readonly stream: Named;
  readonly format: BodyFormat;
  readonly delimiter: 'newline' | 'none';
}

const KIBIBYTE = 1024;
/** Source: Firehose developer guide, "Quota". */
const RECORD_BYTES_MAX = 1_000 * KIBIBYTE;
const CALL_BYTES_MAX = 4 * KIBIBYTE * KIBIBYTE;
const LIMITS: EntryLimits = {
  what: 'a record of Firehose',
  entriesMax: 500,
  entryBytesMax: RECORD_BYTES_MAX,
  usualEntryBytesMax: RECORD_BYTES_MAX,
  callBytesMax: CALL_BYTES_MAX,
  callsAtOnce: 1,
  finalCodes: new Set(),
};
const LINE_FEED = Buffer.from('\n');

/**
 * Puts events into a stream of Amazon Data Firehose, which writes them on in batches: the value's bytes, and a line feed
 * by default, as Firehose puts nothing between records. Firehose keeps no order, so none is waited for. A put whose
 * answer is lost comes again: at least once.
 *
 * @example
 * firehoseSink({ stream: firehoseOf('archive'), format: 'envelope', delimiter: 'newline' });
 */
export function firehoseSink({ stream, format, delimiter }: FirehoseOptions): Sink {
  const target = {
    target: `Firehose stream ${stream.text}`,
    setting: streamName.name,
    right: 'firehose:PutRecordBatch',
  };
  const putter = once(() => openPutter(stream));
  return entrySink<Uint8Array>('millrace.FirehoseSink', CALL_BYTES_MAX, {
    limits: LIMITS,
    target,
    make(event, { topicId }) {
      const bytes = bytesBody(event, format, { topicId });
      const content = delimiter === 'newline' ? Buffer.concat([bytes, LINE_FEED]) : bytes;
      return { content, sizeBytes: content.length };
    },
    laneOf: () => undefined,
    async send(records, signal) {
      const put = await putter();
      const { RequestResponses = [] } = await put(records, signal);
      return RequestResponses.map(({ ErrorCode, ErrorMessage, RecordId }) => {
        if (ErrorCode === undefined && RecordId !== undefined) return undefined;
        return entryFailure(ErrorCode ?? 'NoAnswer', ErrorMessage, target);
      });
    },
  });
}

async function openPutter({ name, region }: Named) {
  const { FirehoseClient, PutRecordBatchCommand } = await import('@aws-sdk/client-firehose');
  const client = new FirehoseClient(clientOptions({ region }));
  return (records: readonly Uint8Array[], abortSignal: AbortSignal) => {
    const Records = records.map((Data) => ({ Data }));
    return client.send(new PutRecordBatchCommand({ DeliveryStreamName: name, Records }), { abortSignal });
  };
}

/** A stream by name or ARN. @throws Error that says what would be right */
export const firehoseOf = nameOrArn({
  service: 'firehose',
  prefix: 'deliverystream/',
  name: /^[A-Za-z0-9_.-]{1,64}$/,
  what: 'a Firehose stream',
  example: 'archive',
});

const streamName = setting('firehose.stream.name', {
  type: 'STRING',
  required: true,
  group: 'Firehose',
  documentation: 'The name of the Firehose stream, or its ARN where it is in another region.',
  parse: firehoseOf,
});
const delimiter = setting('firehose.delimiter', {
  type: 'STRING',
  defaultText: 'newline',
  group: 'Firehose',
  documentation: 'What follows each event: newline, so that files have one per line, or none.',
  parse: oneOf('newline', 'none'),
});
const format = formatSetting('firehose.format', 'Firehose');

export const FIREHOSE: SinkKind = {
  name: 'firehose',
  settings: [streamName, delimiter, format],
  read(reader) {
    const [stream, between, body] = [reader.read(streamName), reader.read(delimiter), reader.read(format)];
    if (stream === undefined || between === undefined || body === undefined) return undefined;
    const options = { stream, delimiter: between, format: body };
    return { options, open: () => firehoseSink(options) };
  },
};
