import { utf8Text } from '../envelope.ts';
import type { SourceRecord } from './source.ts';

/** Where an event's key comes from. */
export type KeyFrom =
  | { readonly from: 'source' }
  | { readonly from: 'none' }
  | { readonly from: 'attribute'; readonly name: string }
  | { readonly from: 'value'; readonly path: readonly string[] };

export const KEY_FORMS =
  '"source" (what the kind takes by itself), "none", "attributes.<name>" or "value.<path>", a path of names into a JSON value such as "value.order.id"';

/** What the setting `key` says, or undefined where it says nothing that can be. */
export function parseKey(text: string): KeyFrom | undefined {
  if (text === 'source' || text === 'none') return { from: text };
  const name = /^attributes\.(.+)$/s.exec(text)?.[1];
  if (name !== undefined) return { from: 'attribute', name };
  const path = /^value\.(.+)$/s.exec(text)?.[1]?.split('.');
  return path && !path.includes('') ? { from: 'value', path } : undefined;
}

/**
 * A record's key. None where the attribute is absent, the value is no JSON, or the path leads to nothing or to null.
 * A text found is the key as it is; a number, an array or an object is so as canonical JSON, so that what is equal has
 * one spelling, and one partition.
 */
export function keyOf(record: SourceRecord, key: KeyFrom): Uint8Array | null {
  if (key.from === 'source') return record.key;
  if (key.from === 'none') return null;
  if (key.from === 'attribute') return record.attributes.find(([name]) => name === key.name)?.[1] ?? null;
  const found = follow(parsed(record.value), key.path);
  if (found === undefined || found === null) return null;
  return Buffer.from(typeof found === 'string' ? found : canonicalJson(found));
}

/** JSON with the members of objects sorted by name, without white space. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}

function follow(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** The JSON value of the bytes, or undefined where they are none. */
function parsed(value: Uint8Array | null): unknown {
  const text = value && utf8Text(value);
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
