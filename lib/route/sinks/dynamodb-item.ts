import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type RouteEvent, utf8Text } from '../envelope.ts';
import type { Outcome } from '../sink.ts';
import { tooLarge } from './aws-calls.ts';
import { asBuffer } from './bodies.ts';
import { type Attributes, POSITION_PREFIX, type TableKeys } from './dynamodb-position.ts';

/** Where the key attributes come from: the JSON object of the value, or the event's key. */
export type KeySource = 'value' | 'key';

/** What an event does to the table. */
export interface ItemWrite {
  readonly key: Attributes;
  /** The whole item, or undefined where it is deleted. */
  readonly item: Attributes | undefined;
  readonly sizeBytes: number;
}

/** Source: DynamoDB quotas, "Item size". */
const ITEM_BYTES_MAX = 400 * 1024;

/**
 * What an event does: its value, a JSON object, becomes an item; no value deletes the item that its key names.
 *
 * @returns the write, or why there is none: such an event is poison
 * @example
 * itemWrite({ ...event, key: Buffer.from('ada'), value: Buffer.from('{"n":1}') }, users, 'key');
 * // { key: { id: { S: 'ada' } }, item: { n: { N: '1' }, id: { S: 'ada' } }, sizeBytes: 8 }
 */
export function itemWrite(event: RouteEvent, table: TableKeys, source: KeySource): ItemWrite | Outcome {
  if (event.value === null) {
    const key = keyOfEvent(event, table);
    return typeof key === 'string' ? poison(key) : { key, item: undefined, sizeBytes: sizeOf(key) };
  }
  const value = objectIn(event.value);
  if (value === undefined) return poison('its value is no JSON object, of which an item could be made');
  const attributes = attributesOf(value);
  const key = source === 'key' ? keyOfEvent(event, table) : keyIn(attributes, table, 'its value');
  if (typeof key === 'string') return poison(key);
  const item = { ...attributes, ...key };
  const sizeBytes = sizeOf(item);
  if (sizeBytes > ITEM_BYTES_MAX)
    return tooLarge(sizeBytes, { what: 'an item of DynamoDB', limitBytes: ITEM_BYTES_MAX });
  return { key, item, sizeBytes };
}

function poison(reason: string): Outcome {
  return { is: 'poison', reason };
}

/** A key as one text, for comparison. Of a number written in two ways DynamoDB itself says that they are one. */
export function keyName(key: Attributes): string {
  const parts = Object.entries(key).map(([name, { S, N, B }]) => [name, S, N, B && asBuffer(B).toString('hex')]);
  return JSON.stringify(parts);
}

/** The key attributes among others, or what is wrong with them. */
function keyIn(attributes: Attributes, { table, keys }: TableKeys, where: string): Attributes | string {
  const key: Attributes = {};
  for (const { name, type } of keys) {
    const given = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (given === undefined) return `${where} has no "${name}", a key attribute of table ${table}`;
    // JSON has no bytes: a text stands for them.
    const attribute: AttributeValue = type === 'B' && given.S !== undefined ? { B: Buffer.from(given.S) } : given;
    if (attribute[type] === undefined)
      return `"${name}" in ${where} is no ${TYPE_NAMES[type]}, as table ${table} wants it`;
    if (attribute.S === '' || attribute.B?.length === 0)
      return `"${name}" in ${where} is empty, which no key of DynamoDB may be`;
    key[name] = attribute;
  }
  const [hash] = Object.values(key);
  const text = hash?.S ?? Buffer.from(hash?.B ?? []).toString('latin1');
  return text.startsWith(POSITION_PREFIX)
    ? `its key begins with ${POSITION_PREFIX}, which positions of routes do`
    : key;
}

const TYPE_NAMES = { S: 'text', N: 'number', B: 'text or bytes' } as const;

/** The event's key: a JSON object with all key attributes, or, where there is one alone, the key itself. */
function keyOfEvent({ key }: RouteEvent, table: TableKeys): Attributes | string {
  if (key === null) return `it has no key, which would name an item of table ${table.table}`;
  const object = objectIn(key);
  if (object !== undefined) return keyIn(attributesOf(object), table, "the event's key");
  const [only, sort] = table.keys;
  if (only === undefined || sort) {
    const names = table.keys.map(({ name }) => `"${name}"`).join(' and ');
    return `its key is no JSON object with ${names}, the key attributes of table ${table.table}`;
  }
  const text = utf8Text(key);
  if (only.type === 'B') return keyIn({ [only.name]: { B: key } }, table, "the event's key");
  if (text === undefined)
    return `its key is not UTF-8, and "${only.name}" of table ${table.table} is a ${TYPE_NAMES[only.type]}`;
  const number = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);
  return keyIn({ [only.name]: only.type === 'N' && number ? { N: text } : { S: text } }, table, "the event's key");
}

/** A number as its text: a double would not hold the 38 digits that DynamoDB does. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Parsed = null | boolean | string | NumberText | readonly Parsed[] | { readonly [name: string]: Parsed };

/** The JSON object that bytes are, or undefined where they are none. */
function objectIn(bytes: Uint8Array): { readonly [name: string]: Parsed } | undefined {
  const text = utf8Text(bytes);
  if (text === undefined) return undefined;
  try {
    const parsed = JSON.parse(text, (_name: string, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value,
    ) as Parsed;
    const object =
      typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) && !(parsed instanceof NumberText);
    return object ? (parsed as { readonly [name: string]: Parsed }) : undefined;
  } catch (thrown) {
    // Nested too deep for the stack, too: DynamoDB takes 32 levels.
    if (thrown instanceof SyntaxError || thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** As an assignment, also where a name is `__proto__`: fromEntries defines what it makes. */
function attributesOf(object: { readonly [name: string]: Parsed }): Attributes {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, attributeOf(value)]));
}

function attributeOf(value: Parsed): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value instanceof NumberText) return { N: value.text };
  if (Array.isArray(value)) return { L: (value as readonly Parsed[]).map(attributeOf) };
  return { M: attributesOf(value as { readonly [name: string]: Parsed }) };
}

/** Bytes as DynamoDB counts them. Source: "DynamoDB item sizes and formats". */
function sizeOf(attributes: Attributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

/** A list or map takes 3 bytes, and one for each thing in it. */
const COMPOUND_BYTES = 3;

function valueBytes({ S, N, B, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (B !== undefined) return B.length;
  if (L !== undefined) return L.reduce((sum, one) => sum + 1 + valueBytes(one), COMPOUND_BYTES);
  if (M !== undefined) return COMPOUND_BYTES + Object.keys(M).length + sizeOf(M);
  return 1;
}
