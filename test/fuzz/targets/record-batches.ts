import { crc32 } from 'node:zlib';
import { sealCrc } from '../../../lib/record/header.ts';
import {
  BATCH_HEADER_BYTES,
  CODECS,
  checkBatches,
  checkRecords,
  encodeBatch,
  encodeMarker,
  RecordError,
  readRecords,
  stampLogAppendTime,
} from '../../../lib/record/index.ts';
import { type GoldenCase, goldenCases } from '../../record/golden/cases.ts';
import type { Target } from '../target.ts';

const DECOMPRESSED_BYTES_MAX = 1 << 20;
const LENGTH_AT = 8;
const PREFIX_BYTES = 12;

const MAGIC_AT = 16;
const KEPT_BYTES_MAX = 1_024;

function javaSeed({ name, bytes }: GoldenCase): [string, Uint8Array][] {
  return bytes.length > KEPT_BYTES_MAX ? [] : [[`java-${name.replaceAll(/[^a-z0-9]+/gi, '-')}`, bytes]];
}

function withMagic(batch: Uint8Array, magic: number): Uint8Array {
  const changed = Buffer.from(batch);
  changed[MAGIC_AT] = magic;
  return changed;
}

/** What clients before Kafka 0.11 sent: one message, of magic 0 or 1 (with a timestamp), its CRC-32 first. */
function messageSet(magic: 0 | 1): Uint8Array {
  const timestamp = magic === 0 ? '' : '0000019b76da8c00';
  const rest = Buffer.from(`0${magic}00${timestamp}000000016b0000000176`, 'hex');
  const message = Buffer.alloc(4 + rest.length);
  message.writeUInt32BE(crc32(rest), 0);
  rest.copy(message, 4);
  const set = Buffer.alloc(12 + message.length);
  set.writeInt32BE(message.length, 8);
  message.copy(set, 12);
  return set;
}

export const target: Target = {
  name: 'record-batches',
  seeds: () => {
    const events = Array.from({ length: 5 }, (_, i) => ({
      key: i === 0 ? null : Buffer.from(`key ${i}`),
      value: i === 1 ? null : Buffer.from(`value ${i} `.repeat(i)),
      timestampMs: 1_767_225_600_000 + i,
      headers: i === 2 ? [['h', Buffer.from('x')] as const, ['empty', null] as const] : [],
    }));
    const numbered = { producerId: 1_000, producerEpoch: 2, baseSequence: 7, transactional: true };
    const marker = encodeMarker({ type: 'abort', producerId: 7, producerEpoch: 0, timestampMs: 1 });
    const plain = encodeBatch(events);
    const appended = encodeBatch(events);
    stampLogAppendTime(appended, 0, 1_767_225_600_500);
    return {
      ...Object.fromEntries(CODECS.map((codec) => [`v2-${codec}`, encodeBatch(events, { codec })])),
      ...Object.fromEntries(goldenCases('java-made.txt').flatMap(javaSeed)),
      'v2-transactional': encodeBatch(events, numbered),
      'v2-idempotent': encodeBatch(events, { ...numbered, transactional: false }),
      'v2-log-append-time': appended,
      'v2-abort-marker': marker,
      'v2-commit-marker': encodeMarker({ type: 'commit', producerId: 7, producerEpoch: 0, timestampMs: 1 }),
      'v2-two-batches': Buffer.concat([plain, encodeBatch(events, { codec: 'lz4' })]),
      'refused-message-set-v0': messageSet(0),
      'refused-message-set-v1': messageSet(1),
      'refused-magic-3': withMagic(plain, 3),
      'refused-cut-off': plain.subarray(0, -1),
    };
  },
  /** One batch, whose length and CRC are right. */
  mend(bytes) {
    if (bytes.length < BATCH_HEADER_BYTES) return bytes;
    const mended = Buffer.from(bytes);
    mended.writeInt32BE(mended.length - PREFIX_BYTES, LENGTH_AT);
    sealCrc(mended, 0, mended.length);
    return new Uint8Array(mended);
  },
  take(bytes) {
    for (const { position: at } of checkBatches(bytes)) {
      const options = { at, decompressedBytesMax: DECOMPRESSED_BYTES_MAX };
      checkRecords(bytes, options);
      for (const _ of readRecords(bytes, options));
    }
    return undefined;
  },
  isClean: (error) => error instanceof RecordError,
};
