import { promisify } from 'node:util';
import { gunzip, gunzipSync, gzip, gzipSync } from 'node:zlib';
import { type Item, type ItemKey, StoreError, type Value } from './port.ts';

/** An item with its address. */
export interface KeyedItem {
  readonly key: ItemKey;
  readonly item: Item;
}

/** What stands first in every such file, so that nothing else is taken for one. */
const FORMAT = 'millrace items, 1';

/**
 * Up to here a file is compressed where it is: handing it to a thread and back takes about as long, and its end would come at
 * a moment that no simulation knows. Larger ones would hold up all else.
 */
const AT_ONCE_BYTES_MAX = 128 * 1024;

/** Bytes and maps are told apart by one letter, as in DynamoDB's JSON; all else is plain JSON. */
type Encoded = string | number | boolean | null | readonly Encoded[] | { readonly B: string } | { readonly M: object };

/**
 * Items as compressed text: a line of JSON for each, so that `zcat` shows what is kept. The same items in the same order
 * give the same bytes.
 *
 * @example
 * const bytes = await encodeItems([{ key: { pk: 'topics', sk: 'orders' }, item: { n: 4 } }]);
 */
export async function encodeItems(items: readonly KeyedItem[]): Promise<Uint8Array> {
  const lines = [JSON.stringify({ format: FORMAT })];
  for (const { key, item } of items) lines.push(JSON.stringify([key.pk, key.sk, encodeMap(item)]));
  const text = lines.join('\n');
  return text.length <= AT_ONCE_BYTES_MAX ? gzipSync(text) : promisify(gzip)(text);
}

/** @throws StoreError `store_corrupt` where the bytes are no such file, or a damaged one */
export async function decodeItems(bytes: Uint8Array, name: string): Promise<KeyedItem[]> {
  try {
    const text = bytes.length <= AT_ONCE_BYTES_MAX ? gunzipSync(bytes) : await promisify(gunzip)(bytes);
    const [first, ...lines] = text.toString().split('\n');
    const { format } = JSON.parse(first!) as { format: string };
    if (format !== FORMAT) throw new StoreError('store_corrupt', `It says "${format}" where "${FORMAT}" is due.`);
    return lines.map((line) => {
      const [pk, sk, item] = JSON.parse(line) as [string, string, Record<string, Encoded>];
      return { key: { pk, sk }, item: decodeMap(item) };
    });
  } catch (cause) {
    throw new StoreError('store_corrupt', `${name} cannot be read as a file of items: ${cause}`, { cause });
  }
}

function encodeMap(map: { readonly [name: string]: Value }): Record<string, Encoded> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, encode(value)]));
}

function encode(value: Value): Encoded {
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString('base64') };
  if (isList(value)) return value.map(encode);
  return typeof value === 'object' && value !== null ? { M: encodeMap(value) } : value;
}

function decodeMap(map: Readonly<Record<string, Encoded>>): Item {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, decode(value)]));
}

function decode(value: Encoded): Value {
  if (isList(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  return 'B' in value ? new Uint8Array(Buffer.from(value.B, 'base64')) : decodeMap(value.M as Record<string, Encoded>);
}

function isList<T>(value: unknown): value is readonly T[] {
  return Array.isArray(value);
}
