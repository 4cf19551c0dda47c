import { createRequire } from 'node:module';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { CODECS, type Codec, checkBatches, checkRecords, encodeBatch, readRecords } from '../../lib/record/index.ts';

/** kafkajs and @platformatic/kafka keep their batch codecs inside: these are the parts of them that are used here. */
interface Encoder {
  buffer: Buffer;
}
interface KafkaJsRecord {
  offset: string;
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer | Buffer[]>;
}
interface KafkaJsCodec {
  compress(encoder: Encoder): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}
interface PlatformaticBatch {
  firstOffset: bigint;
  firstTimestamp: bigint;
  records: {
    offsetDelta: number;
    timestampDelta: bigint;
    key: Buffer | null;
    value: Buffer | null;
    headers: [Buffer, Buffer][];
  }[];
}
interface Row {
  offset: number;
  timestampMs: number;
  key: string | undefined;
  value: string | undefined;
  headers: (string | undefined)[][];
}

const require = createRequire(import.meta.url);
const kafkajs = {
  encode: require('kafkajs/src/protocol/recordBatch/v0').RecordBatch as (batch: object) => Promise<Encoder>,
  record: require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoder,
  decode: require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
    d: object,
  ) => Promise<{ records: KafkaJsRecord[] }>,
  Decoder: require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object,
  codecs: require('kafkajs').CompressionCodecs as Record<number, () => KafkaJsCodec>,
};
const platformatic = {
  encode: (await platformaticPart('records')).createRecordsBatch as (m: object[], o: object) => { buffer: Buffer },
  decode: (await platformaticPart('records')).readRecordsBatch as (reader: object) => PlatformaticBatch,
  Reader: (await platformaticPart('reader')).Reader as { from(bytes: Buffer): object },
};
const snappy = require('snappy') as { compressSync(b: Buffer): Buffer };
const snappyjs = require('snappyjs') as { uncompress(b: Buffer): Buffer };
const lz4 = require('lz4-napi') as { compressFrameSync(b: Buffer): Buffer; decompressFrameSync(b: Buffer): Buffer };

// kafkajs has gzip alone and takes the others as plug-ins; these are what its users plug in.
kafkajs.codecs[2] = plugIn((b) => snappy.compressSync(b), xerialDecompress);
kafkajs.codecs[3] = plugIn(lz4.compressFrameSync, lz4.decompressFrameSync);
kafkajs.codecs[4] = plugIn(
  (b) => zstdCompressSync(b),
  (b) => zstdDecompressSync(b),
);

const T = 1_700_000_000_000;
const FILL = 'a value that repeats itself, '.repeat(3_000);
const ROWS: Row[] = [
  { offset: 0, timestampMs: T, key: 'k', value: 'v', headers: [['h', 'x']] },
  { offset: 1, timestampMs: T + 1_000_000, key: undefined, value: FILL, headers: [] },
  {
    offset: 2,
    timestampMs: T - 5,
    key: 'gone',
    value: undefined,
    headers: [
      ['a', ''],
      ['ü', 'é'],
    ],
  },
  { offset: 3, timestampMs: T, key: '', value: '', headers: [] },
];

test.each(CODECS)('reads what kafkajs made: %s', async (codec) => {
  const records = ROWS.map(({ offset, timestampMs, key, value, headers }) =>
    kafkajs.record({
      offsetDelta: offset,
      timestampDelta: timestampMs - T,
      key: key ?? null,
      value: value ?? null,
      headers: Object.fromEntries(headers),
    }),
  );
  const { buffer } = await kafkajs.encode({
    compression: CODECS.indexOf(codec),
    firstTimestamp: T,
    maxTimestamp: T + 1_000_000,
    lastOffsetDelta: ROWS.length - 1,
    records,
  });
  expect(checkBatches(buffer)[0]).toMatchObject({ codec, recordCount: 4, maxTimestampMs: T + 1_000_000 });
  checkRecords(buffer);
  expect(ourRows(buffer)).toEqual(ROWS);
});

test.each(CODECS)('kafkajs reads what we made: %s', async (codec) => {
  const { records } = await kafkajs.decode(new kafkajs.Decoder(Buffer.from(ourBatch(codec))));
  const rows = records.map(({ offset, timestamp, key, value, headers }) => ({
    offset: Number(offset),
    timestampMs: Number(timestamp),
    key: key?.toString(),
    value: value?.toString(),
    headers: Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()]),
  }));
  expect(rows).toEqual(ROWS);
});

test.each(CODECS)('reads what @platformatic/kafka made: %s', (codec) => {
  const messages = ROWS.map(({ timestampMs, key, value, headers }) => ({
    topic: 't',
    partition: 0,
    timestamp: BigInt(timestampMs),
    key: key === undefined ? undefined : Buffer.from(key),
    value: value === undefined ? undefined : Buffer.from(value),
    headers: new Map(headers.map(([name, text]) => [Buffer.from(name!), Buffer.from(text!)])),
  }));
  const { buffer } = platformatic.encode(messages, { compression: codec, producerId: 12n, producerEpoch: 3 });
  const [batch] = checkBatches(buffer);
  expect(batch).toMatchObject({ codec, recordCount: 4, producerId: 12, producerEpoch: 3, baseSequence: 0 });
  checkRecords(buffer);
  expect(ourRows(buffer)).toEqual(ROWS);
});

test.each(CODECS)('@platformatic/kafka reads what we made: %s', (codec) => {
  const batch = platformatic.decode(platformatic.Reader.from(Buffer.from(ourBatch(codec))));
  const rows = batch.records.map(({ offsetDelta, timestampDelta, key, value, headers }) => ({
    offset: Number(batch.firstOffset) + offsetDelta,
    timestampMs: Number(batch.firstTimestamp + timestampDelta),
    key: key?.toString(),
    value: value?.toString(),
    headers: headers.map(([name, bytes]) => [name.toString(), bytes.toString()]),
  }));
  expect(rows).toEqual(ROWS);
});

function ourBatch(codec: Codec): Uint8Array {
  const bytes = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  const events = ROWS.map(({ timestampMs, key, value, headers }) => ({
    timestampMs,
    key: bytes(key),
    value: bytes(value),
    headers: headers.map(([name, text]) => [name!, bytes(text)] as const),
  }));
  return encodeBatch(events, { codec });
}

function ourRows(batch: Uint8Array): Row[] {
  const text = (bytes: Uint8Array | null) => (bytes === null ? undefined : Buffer.from(bytes).toString());
  return [...readRecords(batch)].map(({ offset, timestampMs, key, value, headers }) => ({
    offset,
    timestampMs,
    key: text(key),
    value: text(value),
    headers: headers.map(([name, bytes]) => [name, text(bytes)]),
  }));
}

function plugIn(compress: (b: Buffer) => Buffer, decompress: (b: Buffer) => Buffer): () => KafkaJsCodec {
  return () => ({ compress: async ({ buffer }) => compress(buffer), decompress: async (bytes) => decompress(bytes) });
}

/** As kafkajs-snappy does: blocks behind a header of 16 bytes, each with its length before it. */
function xerialDecompress(framed: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 16; at < framed.length; at += 4 + framed.readInt32BE(at)) {
    parts.push(snappyjs.uncompress(framed.subarray(at + 4, at + 4 + framed.readInt32BE(at))));
  }
  return Buffer.concat(parts);
}

async function platformaticPart(name: string): Promise<Record<string, unknown>> {
  const entry = new URL(import.meta.resolve('@platformatic/kafka'));
  return await import(new URL(`./protocol/${name}.js`, entry).href);
}
