import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Item, type ItemKey, StoreError, type Value } from '../port.ts';
import { setEntry } from '../value.ts';

/** An item, or a map within it, as DynamoDB's API has it. */
export type Attributes = Record<string, AttributeValue>;

/** A value as DynamoDB's API has it. Bytes are passed as they are, not copied: the caller made them its own. */
export function toAttribute(value: Value): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: value };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  return { M: toAttributes(value as Item) };
}

/** As `toAttribute`, for an item without its key, or a map. */
export function toAttributes(map: Item): Attributes {
  const attributes: Attributes = {};
  for (const name of Object.keys(map)) define(attributes, name, toAttribute(map[name]!));
  return attributes;
}

/** The key's two attributes. */
export function keyAttributes(key: ItemKey): Attributes {
  return { pk: { S: key.pk }, sk: { S: key.sk } };
}

/** What DynamoDB answered, as a value of the port. @throws store_corrupt for a set, which no store of ours writes */
export function fromAttribute(attribute: AttributeValue): Value {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.B !== undefined) return attribute.B;
  if (attribute.M !== undefined) return fromMap(attribute.M);
  if (attribute.L !== undefined) return attribute.L.map(fromAttribute);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.NULL !== undefined) return null;
  throw new StoreError(
    'store_corrupt',
    `The table holds an attribute of kind ${Object.keys(attribute)[0]}, which Millrace never writes: something else wrote to it.`,
  );
}

/** An item as the port has it, without its key; undefined where there is none. */
export function fromItem(attributes: Attributes | undefined): Item | undefined {
  if (attributes === undefined) return undefined;
  const { pk: _pk, sk: _sk, ...rest } = attributes;
  return fromMap(rest);
}

function fromMap(attributes: Attributes): Item {
  const map: { [name: string]: Value } = {};
  for (const name of Object.keys(attributes)) setEntry(map, name, fromAttribute(attributes[name]!));
  return map;
}

/** As an assignment, also where the name is `__proto__`. */
function define(attributes: Attributes, name: string, value: AttributeValue): void {
  if (name !== '__proto__') attributes[name] = value;
  else Object.defineProperty(attributes, name, { value, enumerable: true, configurable: true, writable: true });
}
