import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeItems, encodeItems, type KeyedItem } from '../../lib/store/index.ts';

const ITEMS: KeyedItem[] = [
  { key: { pk: 'topics', sk: 'orders' }, item: { n: 4, c: { B: 'a map’s own B', M: { deep: [1, null, true] } } } },
  {
    key: { pk: 'ledger/x', sk: 'head' },
    item: { t: [Uint8Array.of(1, 255), new Uint8Array(0)], f: 0.5, s: 'line\nbreak' },
  },
];

test('items come back as they were, bytes and maps told apart', async () => {
  expect(await decodeItems(await encodeItems(ITEMS), 'x')).toEqual(ITEMS);
  expect(await decodeItems(await encodeItems([]), 'x')).toEqual([]);
});

test('the same items give the same bytes, one line each, that zcat shows', async () => {
  const bytes = await encodeItems(ITEMS);
  expect(await encodeItems(ITEMS)).toEqual(bytes);
  const lines = gunzipSync(bytes).toString().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toBe('{"format":"millrace items, 1"}');
});

test.each([
  ['nothing', new Uint8Array(0)],
  ['something else', Buffer.from('hello')],
  ['another format', gzipSync('{"format":"millrace items, 2"}')],
  ['a line that is cut off', gzipSync('{"format":"millrace items, 1"}\n["a","b",{')],
])('%s is refused with its name', async (_, bytes) => {
  await expect(decodeItems(bytes, 'catalog/7')).rejects.toMatchObject({
    code: 'store_corrupt',
    message: expect.stringContaining('catalog/7'),
  });
});
