import { gunzipSync, gzipSync } from 'node:zlib';
import { decodeItems, encodeItems, StoreError } from '../../../lib/store/index.ts';
import type { Target } from '../target.ts';
import { JSON_WORDS } from './items.ts';

const seed = await encodeItems([
  { key: { pk: 'topics', sk: 'orders' }, item: { n: 4, b: Uint8Array.of(1), m: { l: [1, 'x', null] } } },
  { key: { pk: 'groups', sk: 'g' }, item: {} },
]);

/** Inputs are the text within: what gzip makes of broken bytes is its own affair, and looked at unmended. */
export const target: Target = {
  name: 'catalogs',
  seeds: () => ({ 'two-items': seed, 'refused-not-compressed': new Uint8Array(gunzipSync(seed)) }),
  words: [...JSON_WORDS, '{"B":"AQ=="}', '{"M":{}}', '{"M":1}', '\n', '["pk","sk",{}]'],
  mend: (bytes) => (bytes[0] === 0x1f ? bytes : new Uint8Array(gzipSync(bytes))),
  async take(bytes) {
    await encodeItems(await decodeItems(bytes, 'catalog/x'));
    return undefined;
  },
  isClean: (error) => error instanceof StoreError && error.code === 'store_corrupt',
};
