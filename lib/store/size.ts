import type { Item, ItemKey, Value } from './port.ts';

const KEY_NAMES_BYTES = 'pk'.length + 'sk'.length;
const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;
const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

/**
 * Bytes that DynamoDB counts for an item: names and values, the key included. Numbers take a byte per two significant
 * digits and one or two more. Source: DynamoDB Developer Guide, "Item sizes and formats".
 *
 * @example
 * itemSizeBytes({ pk: 'a', sk: 'b' }, { n: 100 }); // 9: "pk" + "a" + "sk" + "b" + "n" + 2
 */
export function itemSizeBytes(key: ItemKey, item: Item): number {
  return KEY_NAMES_BYTES + Buffer.byteLength(key.pk) + Buffer.byteLength(key.sk) + entriesBytes(item);
}

/** Bytes that DynamoDB counts for a value, without its name. */
export function valueSizeBytes(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return numberBytes(value);
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) {
    let bytes = CONTAINER_BYTES;
    for (const element of value) bytes += ELEMENT_BYTES + valueSizeBytes(element);
    return bytes;
  }
  const map = value as Item;
  return CONTAINER_BYTES + ELEMENT_BYTES * Object.keys(map).length + entriesBytes(map);
}

function entriesBytes(map: Item): number {
  let bytes = 0;
  for (const name of Object.keys(map)) bytes += Buffer.byteLength(name) + valueSizeBytes(map[name]!);
  return bytes;
}

function numberBytes(value: number): number {
  const text = String(Math.abs(value));
  let first = -1;
  let last = -1;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x65 /* e */) break;
    if (unit === 0x2e /* . */) continue;
    digits++;
    if (unit !== 0x30 /* 0 */) {
      if (first < 0) first = digits;
      last = digits;
    }
  }
  const significant = first < 0 ? 1 : last - first + 1;
  return Math.ceil(significant / 2) + 1 + (value < 0 ? 1 : 0);
}

/**
 * Write units of one write: a unit per KB begun of the item before or after, whichever is larger; a condition that fails,
 * or a delete of what is not there, costs at least one. Twice that in a transaction.
 *
 * @param beforeBytes size before, 0 where there was no item
 * @param afterBytes size after, 0 where there is none
 */
export function writeUnits(beforeBytes: number, afterBytes: number, transaction = false): number {
  const units = Math.max(1, Math.ceil(Math.max(beforeBytes, afterBytes) / WRITE_UNIT_BYTES));
  return transaction ? 2 * units : units;
}

/** Read units of `sizeBytes` read together: a unit per 4 KB begun, half of it for a stale read. */
export function readUnits(sizeBytes: number, stale = false): number {
  const units = Math.max(1, Math.ceil(sizeBytes / READ_UNIT_BYTES));
  return stale ? units / 2 : units;
}
