import { expect, test } from 'vitest';
import { itemSizeBytes, readUnits, valueSizeBytes, writeUnits } from '../../lib/store/index.ts';

test.each([
  ['', 0],
  ['grün', 5],
  ['🌊', 4],
  [null, 1],
  [true, 1],
  [new Uint8Array(10), 10],
  [0, 2],
  [7, 2],
  [100, 2],
  [123, 3],
  [-123, 4],
  [1.25, 3],
  [0.001, 2],
  [1e100, 2],
  [Number.MAX_SAFE_INTEGER, 9],
  [[], 3],
  [[1, 'ab'], 3 + 2 + 2 + 2],
  [{}, 3],
  [{ ab: 'cd' }, 3 + 1 + 2 + 2],
])('%j counts %i bytes', (value, bytes) => {
  expect(valueSizeBytes(value)).toBe(bytes);
});

test('an item counts its key and all names', () => {
  expect(itemSizeBytes({ pk: 'ä', sk: 'bc' }, { n: 100, text: 'xyz' })).toBe(2 + 2 + 2 + 2 + 1 + 2 + 4 + 3);
});

test('write units go by the larger of before and after, per KB begun, twice in a transaction', () => {
  expect(writeUnits(0, 1)).toBe(1);
  expect(writeUnits(0, 0)).toBe(1);
  expect(writeUnits(0, 1024)).toBe(1);
  expect(writeUnits(1025, 10)).toBe(2);
  expect(writeUnits(10, 4097, true)).toBe(10);
});

test('read units go by 4 KB begun, half for stale reads', () => {
  expect(readUnits(0)).toBe(1);
  expect(readUnits(4097)).toBe(2);
  expect(readUnits(4097, true)).toBe(1);
});
