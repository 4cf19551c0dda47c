import type { Item, Value } from '../../../lib/store/index.ts';
import type { Target } from '../target.ts';
import { changedJson } from '../tree.ts';

/*
 * An item as text, so that mutations change its shape as well as its values: JSON, in which bytes are {"hex":"…"}. What is
 * no item is none either way: stores give back items alone.
 */
export function itemText(item: Item): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(spelled(item))));
}

function spelled(value: Value): unknown {
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return value.map(spelled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, spelled(one)]));
}

/** Undefined where the text is no item. */
export function itemOf(text: Uint8Array): Item | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text).toString(), (_, value: unknown) => {
      if (typeof value !== 'object' || value === null || !('hex' in value) || typeof value.hex !== 'string')
        return value;
      return new Uint8Array(Buffer.from(value.hex, 'hex'));
    });
    const isMap = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isMap && !(parsed instanceof Uint8Array) ? (parsed as Record<string, Value>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** An item, or other JSON, with places changed. */
export function changedText(words: readonly string[] = []): NonNullable<Target['change']> {
  return (text, random) => {
    const changed = changedJson(Buffer.from(text).toString(), random, words);
    return changed === undefined ? undefined : new Uint8Array(Buffer.from(changed));
  };
}

/** What JSON is made of, for mutations of texts. */
export const JSON_WORDS = [
  ...['null', 'true', '-1', '0', '1e999', '-0', '9007199254740993', '1.5', '""', '"x"', '[]', '{}', '[', ']', '{', '}'],
  ...[',', ':', '"', '\\u0000', '\\ud800', '\u{1F600}', '{"hex":""}', '{"hex":"ff"}', '"__proto__"', '"constructor"'],
];
