import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES } from '../../lib/store/disk/blocks.ts';
import {
  bodyPosition,
  decodeIndex,
  decodeStates,
  encodeIndex,
  encodeState,
  entryBytes,
  FIRST_BLOCK,
  isDead,
  layEntry,
  markDead,
  noneDead,
  type Placed,
  scanEntries,
  sealHead,
  type VolumeState,
} from '../../lib/store/disk/volumes/format.ts';

const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const FORMER = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);

interface Made {
  key: string;
  body: Uint8Array;
}

const object = fc.record({
  key: fc.stringMatching(/^[a-z]{1,40}$/),
  body: fc.uint8Array({ maxLength: 3 * BLOCK_BYTES }),
});

/** Puts the objects into a volume, `perWrite` with one write; returns where each begins, and the end. */
function fill(bytes: Uint8Array, nonce: Uint8Array, objects: readonly Made[], perWrite = 1): number[] {
  const starts = [FIRST_BLOCK];
  let writeBlock = FIRST_BLOCK;
  for (const [i, { key, body }] of objects.entries()) {
    const block = starts.at(-1)!;
    if (i % perWrite === 0) writeBlock = block;
    const taken = layEntry(bytes, block * BLOCK_BYTES, key, [body.subarray(0, 3), body.subarray(3)]);
    sealHead(bytes, block * BLOCK_BYTES, nonce, block, writeBlock);
    starts.push(block + taken / BLOCK_BYTES);
  }
  return starts;
}

function sizeOf(objects: readonly Made[]): number {
  return objects.reduce((sum, { key, body }) => sum + entryBytes(key, body.length), FIRST_BLOCK * BLOCK_BYTES);
}

/** What `scanEntries` should find of the first `count`. */
function expected(objects: readonly Made[], starts: readonly number[], count: number): Placed[] {
  return objects.slice(0, count).map(({ key, body }, i) => ({ key, block: starts[i]!, sizeBytes: body.length }));
}

function bodiesOf(volume: Uint8Array, placed: readonly Placed[]): Uint8Array[] {
  return placed.map(({ key, block, sizeBytes }) => {
    const from = bodyPosition(key, block);
    return volume.slice(from, from + sizeBytes);
  });
}

describe('a volume that was being written', () => {
  it('shows the objects that are whole, wherever its file was cut off', () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 8 }), fc.nat(), (objects, nat) => {
        const volume = new Uint8Array(sizeOf(objects));
        const starts = fill(volume, NONCE, objects);
        const cuts = starts.flatMap((block) => [
          block * BLOCK_BYTES - 1,
          block * BLOCK_BYTES,
          block * BLOCK_BYTES + 33,
        ]);
        for (const cut of [...cuts, nat % (volume.length + 1), volume.length]) {
          const left = volume.subarray(0, Math.min(cut, volume.length));
          const { placed, endBlock } = scanEntries(left, NONCE);
          // Zeros that fill up a last block may be missing; an object's own bytes may not.
          const whole = objects.filter(
            ({ key, body }, i) => bodyPosition(key, starts[i]!) + body.length <= left.length,
          ).length;
          expect(placed).toEqual(expected(objects, starts, whole));
          expect(endBlock).toBe(starts[whole]);
          expect(bodiesOf(left, placed)).toEqual(objects.slice(0, whole).map(({ body }) => body));
        }
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('shows nothing behind a torn write’s first gap, whichever of its blocks reached the disk', () => {
    fc.assert(
      fc.property(
        fc.array(object, { minLength: 1, maxLength: 5 }),
        fc.array(object, { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.boolean()),
        (acknowledged, torn, reached) => {
          const all = [...acknowledged, ...torn];
          const volume = new Uint8Array(sizeOf(all));
          const starts = fill(volume, NONCE, all, 1);
          // The last write has all of `torn` in it.
          for (const [i, block] of starts.slice(acknowledged.length, -1).entries())
            sealHead(
              volume,
              block * BLOCK_BYTES,
              NONCE,
              starts[acknowledged.length + i]!,
              starts[acknowledged.length]!,
            );
          let gap = starts.at(-1)!;
          for (let block = starts[acknowledged.length]!; block < starts.at(-1)!; block++) {
            if (reached.next().value) continue;
            gap = Math.min(gap, block);
            volume.fill(0, block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
          }
          const { placed, endBlock } = scanEntries(volume, NONCE);
          expect(placed.length).toBeGreaterThanOrEqual(acknowledged.length);
          expect(placed).toEqual(expected(all, starts, placed.length));
          expect(bodiesOf(volume, placed)).toEqual(all.slice(0, placed.length).map(({ body }) => body));
          // A block that held nothing but zeros may be the gap without anybody noticing.
          if (placed.length < all.length) expect(endBlock).toBeLessThanOrEqual(gap);
        },
      ),
      { seed: 2, numRuns: 100 },
    );
  });

  it('loses to a damaged block the object in it alone, where a later write shows that it was durable once', () => {
    fc.assert(
      fc.property(
        fc.array(object, { minLength: 3, maxLength: 9 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        (objects, perWrite, nat) => {
          const volume = new Uint8Array(sizeOf(objects));
          const starts = fill(volume, NONCE, objects, perWrite);
          const lastWrite = Math.floor((objects.length - 1) / perWrite) * perWrite;
          fc.pre(lastWrite > 0);
          const hit = nat % lastWrite;
          const at = starts[hit]! * BLOCK_BYTES;
          const bodyAt = bodyPosition(objects[hit]!.key, starts[hit]!);
          const all = expected(objects, starts, objects.length);
          const without = all.filter((_, i) => i !== hit);
          volume[at]! ^= 1;
          expect(scanEntries(volume, NONCE), 'its head').toEqual({ placed: without, endBlock: starts.at(-1) });
          volume[at]! ^= 1;
          if (objects[hit]!.body.length === 0) return;
          volume[bodyAt]! ^= 1;
          // Whoever reads it finds out; its neighbours do not.
          expect(scanEntries(volume, NONCE), 'its bytes').toEqual({ placed: all, endBlock: starts.at(-1) });
        },
      ),
      { seed: 4, numRuns: 100 },
    );
  });

  it('shows nothing of what it held in a former life, whole as that may be', () => {
    fc.assert(
      fc.property(
        fc.array(object, { minLength: 4, maxLength: 8 }),
        fc.array(object, { maxLength: 4 }),
        (former, now) => {
          const volume = new Uint8Array(Math.max(sizeOf(former), sizeOf(now)));
          fill(volume, FORMER, former);
          const starts = fill(volume, NONCE, now);
          expect(scanEntries(volume, NONCE)).toEqual({
            placed: expected(now, starts, now.length),
            endBlock: starts.at(-1),
          });
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  it('takes no bytes of an object for another object', () => {
    const inner = { key: 'forged', body: Uint8Array.of(1) };
    const forged = new Uint8Array(sizeOf([inner]) + 4 * BLOCK_BYTES);
    // One who knows the format, but not the nonce, has put objects of every block into the bytes of one.
    for (let block = 0; block * BLOCK_BYTES + entryBytes(inner.key, 1) <= forged.length; block++) {
      layEntry(forged, block * BLOCK_BYTES, inner.key, [inner.body]);
      sealHead(forged, block * BLOCK_BYTES, FORMER, block + FIRST_BLOCK, block + FIRST_BLOCK);
    }
    const volume = new Uint8Array(FIRST_BLOCK * BLOCK_BYTES + forged.length);
    volume.set(forged, FIRST_BLOCK * BLOCK_BYTES);
    expect(scanEntries(volume, NONCE).placed).toEqual([]);
    expect(scanEntries(volume, FORMER).placed.length).toBeGreaterThan(0);
  });

  it('shows no object of which a single byte is wrong', () => {
    const made = { key: 'key', body: new Uint8Array(5_000).fill(9) };
    const volume = new Uint8Array(sizeOf([made]));
    fill(volume, NONCE, [made]);
    const from = FIRST_BLOCK * BLOCK_BYTES;
    expect(scanEntries(volume, NONCE).placed).toHaveLength(1);
    for (let at = from; at < bodyPosition('key', FIRST_BLOCK) + 5_000; at++) {
      volume[at]! ^= 0x10;
      expect(scanEntries(volume, NONCE).placed, `byte ${at - from}`).toEqual([]);
      volume[at]! ^= 0x10;
    }
  });
});

describe('the state of a volume', () => {
  const state = (sequence: number, part: Partial<VolumeState> = {}): VolumeState => ({
    sequence,
    generation: 3,
    nonce: NONCE,
    index: undefined,
    dead: noneDead(),
    ...part,
  });

  function blocksOf(...states: (VolumeState | undefined)[]): Uint8Array {
    const blocks = new Uint8Array(2 * BLOCK_BYTES);
    for (const [i, one] of states.entries()) if (one) encodeState(one, blocks.subarray(i * BLOCK_BYTES));
    return blocks;
  }

  it('comes back as it was written, the newer one of the two', () => {
    const dead = noneDead();
    for (const block of [2, 9, 16_383]) markDead(dead, block);
    const newer = state(8, { dead, index: { block: 77, sizeBytes: 1_234, crc: 0xfedcba98 } });
    expect(decodeStates(blocksOf(newer, state(7)))).toEqual(newer);
    expect(decodeStates(blocksOf(state(7), newer))).toEqual(newer);
    expect([2, 3, 9, 16_383].map((block) => isDead(decodeStates(blocksOf(newer))!.dead, block))).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('is the older one while the newer one is torn anywhere', () => {
    const blocks = blocksOf(state(8), state(7));
    for (let at = 0; at < BLOCK_BYTES; at += 7) {
      blocks[at]! ^= 1;
      expect(decodeStates(blocks)?.sequence).toBe(7);
      blocks[at]! ^= 1;
    }
  });

  it('is none where there is none', () => {
    expect(decodeStates(new Uint8Array(2 * BLOCK_BYTES))).toBeUndefined();
    expect(decodeStates(new Uint8Array(100))).toBeUndefined();
    expect(decodeStates(blocksOf(undefined, state(1)))).toEqual(state(1));
    expect(decodeStates(blocksOf(state(1)).subarray(0, BLOCK_BYTES))).toEqual(state(1));
  });
});

it('an index comes back as it was written', () => {
  const placed = [
    { key: 'seg/0/a', block: 2, sizeBytes: 0 },
    { key: 'seg/F/b', block: 16_383, sizeBytes: 16 << 20 },
  ];
  const bytes = new Uint8Array(BLOCK_BYTES);
  expect(decodeIndex(bytes.subarray(0, encodeIndex(placed, bytes)))).toEqual(placed);
  expect(decodeIndex(new Uint8Array(0))).toEqual([]);
});
