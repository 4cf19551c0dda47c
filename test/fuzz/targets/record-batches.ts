import { crc32 } from 'node:zlib';
import { sealCrc } from '../../../lib/record/header.ts';
import {
  BATCH_HEADER_BYTES,
  CODECS,
  checkBatches,
  checkRecords,
  type EventRecord,
  encodeBatch,
  encodeMarker,
  patchBaseOffset,
  RecordError,
  readRecords,
  recodeBatch,
  stampLogAppendTime,
} from '../../../lib/record/index.ts';
import { type GoldenCase, goldenCases } from '../../record/golden/cases.ts';
import type { Target } from '../target.ts';

const DECOMPRESSED_BYTES_MAX = 1 << 20;
const LENGTH_AT = 8;
const PREFIX_BYTES = 12;

const MAGIC_AT = 16;
const CRC_AT = 17;
/** The last byte of each. */
const LAST_DELTA_AT = 26;
const COUNT_AT = 60;
const KEPT_BYTES_MAX = 1_024;

function javaSeed({ name, bytes }: GoldenCase): [string, Uint8Array][] {
  return bytes.length > KEPT_BYTES_MAX ? [] : [[`java-${name.replaceAll(/[^a-z0-9]+/gi, '-')}`, bytes]];
}

function withByte(batch: Uint8Array, at: number, byte: number): Uint8Array {
  const changed = Buffer.from(batch);
  changed[at] = byte;
  return changed;
}

function sealed(batch: Uint8Array): Uint8Array {
  sealCrc(batch, 0, batch.length);
  return batch;
}

/** In one form, whether bytes are views or buffers. */
function textOf(records: readonly EventRecord[]): string {
  const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex');
  return JSON.stringify(
    records.map(({ offset, timestampMs, key, value, headers }) => [
      ...[offset, timestampMs, hex(key), hex(value)],
      headers.map(([name, content]) => [name, hex(content)]),
    ]),
  );
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
      'refused-magic-3': withByte(plain, MAGIC_AT, 3),
      'refused-cut-off': plain.subarray(0, -1),
      'refused-wrong-crc': withByte(plain, CRC_AT, plain[CRC_AT]! ^ 1),
      'refused-more-records-than-offsets': sealed(withByte(plain, COUNT_AT, 6)),
      'refused-more-offsets-than-records': sealed(withByte(plain, LAST_DELTA_AT, 5)),
      'refused-fewer-records-than-counted': sealed(withByte(withByte(plain, COUNT_AT, 6), LAST_DELTA_AT, 5)),
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
    let end = 0;
    for (const { position: at, lengthBytes, recordCount, offsetSpan, codec } of checkBatches(bytes)) {
      if (at !== end) throw new Error(`a batch begins at byte ${at}, and the one before ends at ${end}`);
      end = at + lengthBytes;
      const options = { at, decompressedBytesMax: DECOMPRESSED_BYTES_MAX };
      checkRecords(bytes, options);
      // As the log does: what a client puts there counts for nothing, and may be beyond what numbers can tell apart.
      patchBaseOffset(bytes, at, 0);
      const records = [...readRecords(bytes, options)];
      const within = records.every(({ offset }) => offset >= 0 && offset < offsetSpan);
      if (records.length !== recordCount || !within) throw new Error('its records are others than its header says');
      const other = recodeBatch(bytes, at, codec === 'lz4' ? 'zstd' : 'lz4', DECOMPRESSED_BYTES_MAX);
      checkBatches(other);
      if (textOf([...readRecords(other)]) !== textOf(records)) throw new Error('recoded, its records are others');
    }
    if (end !== bytes.length) throw new Error(`its batches end at byte ${end} of ${bytes.length}`);
    return undefined;
  },
  isClean: (error) => error instanceof RecordError,
};
