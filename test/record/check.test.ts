import { describe, expect, test } from 'vitest';
import { sealCrc } from '../../lib/record/header.ts';
import {
  BatchBuilder,
  type BatchLimits,
  type BatchOptions,
  baseOffset,
  batchHeader,
  batchLength,
  checkBatches,
  encodeBatch,
  patchBaseOffset,
  patchLeaderEpoch,
  type RecordErrorCode,
  stampLogAppendTime,
} from '../../lib/record/index.ts';

const T = 1_700_000_000_000;

function batchOf(count: number, options: BatchOptions = {}): Buffer {
  const events = Array.from({ length: count }, (_, i) => ({
    key: Buffer.from(`k${i}`),
    value: Buffer.from(`v${i}`),
    timestampMs: T + i,
  }));
  return Buffer.from(encodeBatch(events, options));
}

/** A batch with some bytes changed and its CRC made right again: only what it says is wrong. */
function forged(change: (batch: Buffer) => void, batch = batchOf(3)): Buffer {
  change(batch);
  sealCrc(batch, 0, batch.length);
  return batch;
}

function refusal(bytes: Uint8Array, limits?: Partial<BatchLimits>): { code: RecordErrorCode; message: string } {
  try {
    checkBatches(bytes, limits);
  } catch (error) {
    return error as { code: RecordErrorCode; message: string };
  }
  throw new Error('was accepted');
}

describe('checkBatches', () => {
  test('tells of each batch where it is and what it holds', () => {
    const producer = { producerId: 77, producerEpoch: 2, baseSequence: 40, transactional: true };
    const first = batchOf(3, { codec: 'gzip' });
    const second = batchOf(5, producer);
    expect(checkBatches(Buffer.concat([first, second]))).toEqual([
      expect.objectContaining({
        position: 0,
        lengthBytes: first.length,
        recordCount: 3,
        offsetSpan: 3,
        codec: 'gzip',
        producerId: -1,
        transactional: false,
      }),
      {
        ...producer,
        position: first.length,
        lengthBytes: second.length,
        recordCount: 5,
        offsetSpan: 5,
        baseTimestampMs: T,
        maxTimestampMs: T + 4,
        codec: 'none',
        timestampType: 'CreateTime',
        control: false,
        attributes: 0x10,
      },
    ]);
  });

  test('no bytes are no batches', () => {
    expect(checkBatches(new Uint8Array(0))).toEqual([]);
  });

  test('every cut of two batches is truncated, and names where the cut batch begins', () => {
    const both = Buffer.concat([batchOf(2), batchOf(2)]);
    const half = both.length / 2;
    for (let length = 1; length < both.length; length++) {
      if (length === half) continue;
      const { code, message } = refusal(both.subarray(0, length));
      expect(code).toBe('record_truncated');
      expect(message).toContain(length < half ? 'at byte 0' : `at byte ${half}`);
    }
  });

  test('any changed byte under the CRC is found', () => {
    const batch = batchOf(3);
    for (let at = 21; at < batch.length; at++) {
      const changed = Buffer.from(batch);
      changed[at]! ^= 0x10;
      expect(refusal(changed).code).toBe('record_crc');
    }
  });

  test.each([0, 1])('message format %i is named, with what would be right', (magic) => {
    const { code, message } = refusal(forged((batch) => batch.writeInt8(magic, 16)));
    expect(code).toBe('record_magic');
    expect(message).toMatch(new RegExp(`magic ${magic}.*Only magic 2`));
  });

  test('a message of format 1, shorter than a batch’s header, is named too', () => {
    const message = Buffer.alloc(12 + 22);
    message.writeInt32BE(22, 8);
    message[16] = 1;
    expect(refusal(message).code).toBe('record_magic');
  });

  test.each([5, 6, 7])('compression %i is no codec', (codec) => {
    const { code, message } = refusal(forged((batch) => batch.writeInt16BE(codec, 21)));
    expect(code).toBe('record_codec');
    expect(message).toContain('zstd');
  });

  test.each<[string, RecordErrorCode, (batch: Buffer) => void]>([
    ['a length below the header', 'record_invalid', (b) => b.writeInt32BE(48, 8)],
    ['a negative length', 'record_invalid', (b) => b.writeInt32BE(-1, 8)],
    ['fewer records than offsets', 'record_invalid', (b) => b.writeInt32BE(3, 23)],
    ['more records than offsets', 'record_invalid', (b) => b.writeInt32BE(4, 57)],
    ['a negative record count', 'record_invalid', (b) => b.writeInt32BE(-1, 57)],
    ['a negative offset delta', 'record_invalid', (b) => b.writeInt32BE(-2, 23)],
    ['a count that no such length holds', 'record_invalid', (b) => b.writeInt32BE(999, 57) && b.writeInt32BE(998, 23)],
    ['a max timestamp beyond 2^53', 'record_invalid', (b) => b.writeBigInt64BE(2n ** 53n, 35)],
    ['a producer id below -1', 'record_invalid', (b) => b.writeBigInt64BE(-2n, 43)],
    ['a producer without an epoch', 'record_invalid', (b) => b.writeBigInt64BE(1n, 43)],
    ['a transaction without a producer', 'record_invalid', (b) => b.writeInt16BE(0x10, 21)],
  ])('refuses %s', (_, code, change) => {
    expect(refusal(forged(change)).code).toBe(code);
  });

  test('an idempotent producer has a sequence, a marker has none', () => {
    const producer = { producerId: 1, producerEpoch: 0 };
    expect(refusal(batchOf(1, producer)).code).toBe('record_invalid');
    expect(checkBatches(batchOf(1, { ...producer, control: true }))).toHaveLength(1);
  });

  test('limits hold on the batch and on its records', () => {
    const batch = batchOf(3);
    expect(checkBatches(batch, { batchBytesMax: batch.length, recordsMax: 3 })).toHaveLength(1);
    expect(refusal(batch, { batchBytesMax: batch.length - 1 }).code).toBe('record_too_large');
    expect(refusal(batch, { recordsMax: 2 }).code).toBe('record_too_large');
  });

  test('a length over the limit is refused before its bytes have come', () => {
    const { code } = refusal(forged((b) => b.writeInt32BE(0x7fffff00, 8)).subarray(0, 61));
    expect(code).toBe('record_too_large');
  });

  test('gaps between offsets are for compacted batches alone', () => {
    const builder = new BatchBuilder();
    builder.appendAt(4, null, null, T);
    const batch = builder.build(9);
    expect(refusal(batch).code).toBe('record_invalid');
    expect(checkBatches(batch, { sparse: true })[0]).toMatchObject({ recordCount: 1, offsetSpan: 10 });
  });
});

describe('a batch in place', () => {
  test('base offset and leader epoch change without touching the CRC', () => {
    const two = Buffer.concat([batchOf(2), batchOf(2)]);
    const at = batchLength(two);
    patchBaseOffset(two, at, 2 ** 40 + 5);
    patchLeaderEpoch(two, at, 9);
    expect([baseOffset(two), baseOffset(two, at)]).toEqual([0, 2 ** 40 + 5]);
    expect(two.readInt32BE(at + 12)).toBe(9);
    expect(checkBatches(two)).toHaveLength(2);
  });

  test('a header is readable where the records are not there yet', () => {
    const batch = batchOf(3, { codec: 'zstd' });
    expect(batchHeader(batch.subarray(0, 61))).toEqual(checkBatches(batch)[0]);
    expect(() => batchHeader(batch.subarray(0, 60))).toThrow(expect.objectContaining({ code: 'record_truncated' }));
  });

  test('stamping log-append time sets type, max timestamp and CRC', () => {
    const two = Buffer.concat([batchOf(2), batchOf(2, { codec: 'lz4' })]);
    stampLogAppendTime(two, batchLength(two), 5);
    expect(checkBatches(two)).toMatchObject([
      { timestampType: 'CreateTime', maxTimestampMs: T + 1 },
      { timestampType: 'LogAppendTime', maxTimestampMs: 5, codec: 'lz4' },
    ]);
  });
});
