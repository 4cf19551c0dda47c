import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Random } from '../../lib/bytes/index.ts';
import { murmur2, partitionForKey, StickyPartitioner } from '../../lib/record/index.ts';

const golden = readFileSync(new URL('./golden/java-keys.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' '));

test.each(golden)('key %s lands where the Java producer puts it', (key, hash, of3, of12, of10000) => {
  const bytes = key === 'empty' ? Buffer.alloc(0) : Buffer.from(key!, 'hex');
  expect(murmur2(bytes)).toBe(Number(hash));
  expect([3, 12, 10_000].map((n) => partitionForKey(bytes, n))).toEqual([of3, of12, of10000].map(Number));
});

function randomOf(...numbers: number[]): Random {
  return { fill: (bytes) => bytes, next: () => numbers.shift() ?? 0 };
}

test('keyless records stay on one partition until the batch is sent, then move to another', () => {
  const sticky = new StickyPartitioner(randomOf(0.5, 0, 0.99));
  expect([sticky.current(4), sticky.current(4), sticky.current(4)]).toEqual([2, 2, 2]);
  expect([sticky.next(4), sticky.current(4)]).toEqual([3, 3]);
  expect([sticky.next(4), sticky.current(4)]).toEqual([2, 2]);
});

test('moving on never chooses the same partition where there is another', () => {
  let seed = 1;
  const random: Random = {
    fill: (bytes) => bytes,
    next: () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return seed / 2 ** 32;
    },
  };
  const sticky = new StickyPartitioner(random);
  const counts = [0, 0, 0];
  let before = sticky.current(3);
  for (let i = 0; i < 3_000; i++) {
    const now = sticky.next(3);
    expect(now).not.toBe(before);
    before = now;
    counts[now]!++;
  }
  for (const count of counts) expect(count).toBeGreaterThan(800);
});

test('one partition is always the one, and fewer partitions are chosen from anew', () => {
  const sticky = new StickyPartitioner(randomOf(0.9, 0.9, 0.5));
  expect(sticky.current(10)).toBe(9);
  expect(sticky.current(1)).toBe(0);
  expect(sticky.next(1)).toBe(0);
});
