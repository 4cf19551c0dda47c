import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sealCrc } from '../../lib/record/header.ts';
import {
  BATCH_HEADER_BYTES,
  CODECS,
  checkBatches,
  checkRecords,
  type EventInput,
  encodeBatch,
  RecordError,
  readRecords,
  recodeBatch,
} from '../../lib/record/index.ts';

const CRC_END = 21;

const bytes = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 80 }).map((view) => Buffer.from(view)),
  fc.integer({ min: 0, max: 3_000 }).map((length) => Buffer.alloc(length, 'ab')),
);
const timestampMs = fc.oneof(fc.integer(), fc.integer({ min: -4e15, max: 4e15 }), fc.constant(1_700_000_000_000));
const headers = fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 8 }), bytes), { maxLength: 4 });
const event: fc.Arbitrary<EventInput> = fc.record({ key: bytes, value: bytes, timestampMs, headers });
const events = fc.array(event, { minLength: 1, maxLength: 12 });
const codec = fc.constantFrom(...CODECS);

/** True where `run` passes, false where it ends in a RecordError; anything else fails the test. */
function accepted(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof RecordError) return false;
    throw error;
  }
}

function readAll(batch: Uint8Array): void {
  checkBatches(batch);
  checkRecords(batch, { decompressedBytesMax: 1 << 20 });
  for (const _ of readRecords(batch, { decompressedBytesMax: 1 << 20 }));
}

test('whatever events go into a batch come out of it, through any two codecs', () => {
  fc.assert(
    fc.property(events, codec, codec, (input, first, second) => {
      const batch = recodeBatch(encodeBatch(input, { codec: first }), 0, second);
      const [info] = checkBatches(batch);
      expect(info).toMatchObject({ codec: second, recordCount: input.length, lengthBytes: batch.length });
      expect(info!.maxTimestampMs).toBe(Math.max(...input.map((one) => one.timestampMs)));
      checkRecords(batch);
      expect([...readRecords(batch)]).toEqual(input.map((one, offset) => ({ ...one, offset })));
    }),
    { seed: 10, numRuns: 300 },
  );
});

test('a changed byte is a RecordError, or it stood outside the CRC and the batch is still one', () => {
  fc.assert(
    fc.property(events, codec, fc.nat(), fc.integer({ min: 1, max: 255 }), (input, with_, where, flip) => {
      const batch = Buffer.from(encodeBatch(input, { codec: with_ }));
      const at = where % batch.length;
      batch[at]! ^= flip;
      if (accepted(() => checkBatches(batch))) expect(at).toBeLessThan(CRC_END);
      accepted(() => readAll(batch));
    }),
    { seed: 11, numRuns: 2_000 },
  );
});

test('changed bytes under a CRC that was made right again end in a RecordError or in records', () => {
  fc.assert(
    fc.property(
      events,
      codec,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      (input, with_, changes) => {
        const batch = Buffer.from(encodeBatch(input, { codec: with_ }));
        for (const [where, value] of changes) batch[CRC_END + (where % (batch.length - CRC_END))] = value;
        sealCrc(batch, 0, batch.length);
        accepted(() => readAll(batch));
      },
    ),
    { seed: 12, numRuns: 4_000 },
  );
});

test('random records under a valid header end in a RecordError or in records', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), codec, fc.integer({ min: 1, max: 9 }), (garbage, with_, count) => {
      const batch = Buffer.concat([Buffer.alloc(BATCH_HEADER_BYTES), garbage]);
      batch.writeInt32BE(batch.length - 12, 8);
      batch[16] = 2;
      batch[22] = CODECS.indexOf(with_);
      batch.writeInt32BE(count - 1, 23);
      batch.writeInt32BE(count, 57);
      batch.writeBigInt64BE(-1n, 43);
      sealCrc(batch, 0, batch.length);
      accepted(() => readAll(batch));
    }),
    { seed: 13, numRuns: 4_000 },
  );
});

test('every cut is a RecordError', () => {
  fc.assert(
    fc.property(events, codec, fc.nat(), (input, with_, where) => {
      const batch = encodeBatch(input, { codec: with_ });
      const cut = batch.subarray(0, 1 + (where % (batch.length - 1)));
      expect(accepted(() => checkBatches(cut))).toBe(false);
      expect(accepted(() => [...readRecords(cut)])).toBe(false);
    }),
    { seed: 14, numRuns: 500 },
  );
});
