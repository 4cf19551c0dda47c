import * as z from 'zod';

/** DynamoDB's typed value, as streams have it: exactly one member, named by its type. Bytes are base64 in JSON. */
export type TypedValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly M: TypedItem }
  | { readonly L: readonly TypedValue[] }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] };

export type TypedItem = { readonly [name: string]: TypedValue };

/** Checked by hand: a union of ten schemas costs ten tries for every value of every image. */
export const typedItem = z.custom<TypedItem>(isItem, 'must have DynamoDB values with their types, as {"S":"text"}');

function isItem(value: unknown): value is TypedItem {
  return isObject(value) && Object.values(value).every(isTyped);
}

function isTyped(value: unknown): value is TypedValue {
  if (!isObject(value)) return false;
  const [member, other] = Object.entries(value);
  if (!member || other) return false;
  const [type, held] = member;
  if (type === 'S' || type === 'N' || type === 'B') return typeof held === 'string';
  if (type === 'BOOL') return typeof held === 'boolean';
  if (type === 'NULL') return held === true;
  if (type === 'M') return isItem(held);
  if (type === 'L') return Array.isArray(held) && held.every(isTyped);
  const isSet = type === 'SS' || type === 'NS' || type === 'BS';
  return isSet && Array.isArray(held) && held.every((one) => typeof one === 'string');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 8259, section 6. */
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * An item as plain JSON, its names sorted, so that equal items have one spelling. A number's digits stand as DynamoDB has
 * them, up to 38: JavaScript's numbers would round them. Bytes are base64 and sets are arrays.
 *
 * @example
 * itemJson({ n: { N: '12345678901234567890' }, id: { S: 'a' } }); // {"id":"a","n":12345678901234567890}
 */
export function itemJson(item: TypedItem): string {
  const members = Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${valueJson(value)}`).join(',')}}`;
}

function valueJson(value: TypedValue): string {
  if ('N' in value) return numberJson(value.N);
  if ('S' in value) return JSON.stringify(value.S);
  if ('M' in value) return itemJson(value.M);
  if ('L' in value) return list(value.L, valueJson);
  if ('BOOL' in value) return String(value.BOOL);
  if ('NULL' in value) return 'null';
  if ('B' in value) return JSON.stringify(value.B);
  if ('NS' in value) return list(value.NS, numberJson);
  return list('SS' in value ? value.SS : value.BS, JSON.stringify);
}

function list<T>(values: readonly T[], json: (value: T) => string): string {
  return `[${values.map((value) => json(value)).join(',')}]`;
}

function numberJson(digits: string): string {
  return JSON_NUMBER.test(digits) ? digits : JSON.stringify(digits);
}
