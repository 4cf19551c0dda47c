import { type Item, type ItemKey, KEY_BYTES_MAX, StoreError, type Value } from './port.ts';

/** DynamoDB's depth of nested lists and maps. Source: "Service, account, and table quotas", nested attribute depth. */
export const VALUE_DEPTH_MAX = 32;

/** DynamoDB's range of a Number's magnitude; a double reaches further on both ends. */
const NUMBER_MAGNITUDE = { min: 1e-130, max: 9.99e125 } as const;

/** Attributes that hold the key itself in DynamoDB, so no item may use them. */
const KEY_ATTRIBUTES: ReadonlySet<string> = new Set(['pk', 'sk']);

/** Throws store_invalid, the one way in which a call that breaks the port's rules is refused. */
export function refuse(message: string): never {
  throw new StoreError('store_invalid', message);
}

/**
 * Checks an item against the port's rules and copies it, so that nothing the caller does later reaches what is stored.
 * Bytes become plain Uint8Arrays of their own memory, -0 becomes 0.
 *
 * @throws store_invalid
 */
export function takeItem(item: Item): Item {
  return takeMap(item, 1, 'the item', true);
}

/** As `takeItem`, for one value. `where` names the place in messages. */
export function takeValue(value: Value, where: string, depth = 1): Value {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed()
        ? value
        : refuse(`A string in ${where} has a lone surrogate; only valid Unicode can be stored.`);
    case 'number':
      return takeNumber(value, where);
    case 'boolean':
      return value;
    case 'object': {
      if (value === null) return null;
      if (value instanceof Uint8Array) return new Uint8Array(value);
      if (depth > VALUE_DEPTH_MAX) refuse(`Values in ${where} are nested deeper than ${VALUE_DEPTH_MAX} levels.`);
      if (Array.isArray(value)) return value.map((element: Value) => takeValue(element, where, depth + 1));
      return takeMap(value as Item, depth, where, false);
    }
    default:
      return refuse(
        `A ${typeof value} in ${where} cannot be stored; use strings, numbers, booleans, null, bytes, lists and maps.`,
      );
  }
}

function takeMap(map: Item, depth: number, where: string, isItem: boolean): Item {
  const prototype: unknown = Object.getPrototypeOf(map);
  if (prototype !== Object.prototype && prototype !== null)
    refuse(`Only plain objects can be stored as maps in ${where}.`);
  const copy: { [name: string]: Value } = {};
  for (const name of Object.keys(map)) {
    checkName(name, where);
    if (isItem && KEY_ATTRIBUTES.has(name))
      refuse(`An attribute cannot be called "${name}": that name is the item's key.`);
    setEntry(copy, name, takeValue(map[name]!, isItem ? `attribute "${name}"` : where, depth + 1));
  }
  return copy;
}

function takeNumber(value: number, where: string): number {
  const magnitude = Math.abs(value);
  if (magnitude === 0) return 0;
  if (magnitude >= NUMBER_MAGNITUDE.min && magnitude <= NUMBER_MAGNITUDE.max) return value;
  return refuse(
    `The number ${value} in ${where} cannot be stored: it must be finite, from 1e-130 to 9.99e125 in magnitude, or 0.`,
  );
}

/** Names of attributes and map entries: neither empty nor broken Unicode. */
export function checkName(name: string, where: string): void {
  if (name === '') refuse(`A name in ${where} is empty.`);
  if (!name.isWellFormed()) refuse(`A name in ${where} has a lone surrogate; only valid Unicode can be stored.`);
}

/** The name of a top attribute, which an item's key must not collide with. */
export function checkAttribute(name: string): void {
  checkName(name, 'a path');
  if (KEY_ATTRIBUTES.has(name)) refuse(`A path cannot begin with "${name}": that name is the item's key.`);
}

/** @throws store_invalid where a part of the key is empty, too long or no valid Unicode. */
export function checkKey(key: ItemKey): void {
  checkKeyPart('pk', key.pk);
  checkKeyPart('sk', key.sk);
}

/** As `checkKey`, for one part. */
export function checkKeyPart(part: 'pk' | 'sk', text: string): void {
  if (text === '') refuse(`An item's ${part} is empty; it must have 1 to ${KEY_BYTES_MAX[part]} bytes.`);
  if (!text.isWellFormed()) refuse(`An item's ${part} has a lone surrogate; only valid Unicode can be a key.`);
  const most = KEY_BYTES_MAX[part];
  if (text.length * 3 > most && Buffer.byteLength(text) > most) {
    refuse(
      `An item's ${part} has ${Buffer.byteLength(text)} bytes; at most ${most} are allowed ("${text.slice(0, 40)}…").`,
    );
  }
}

/** A copy of a stored value that its receiver may do with as it likes; the value was checked when it was taken in. */
function copyValue(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(copyValue);
  return copyItem(value as Item);
}

/** As `copyValue`, for an item. */
export function copyItem(item: Item): Item {
  const copy: { [name: string]: Value } = {};
  for (const name of Object.keys(item)) setEntry(copy, name, copyValue(item[name]!));
  return copy;
}

/** Sets an own entry, also where its name is `__proto__`, which an assignment would take for the prototype. */
export function setEntry(map: { [name: string]: Value }, name: string, value: Value): void {
  if (name === '__proto__') {
    Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    map[name] = value;
  }
}

/** Whether two values are the same: by content for bytes, lists and maps; 1 and "1" differ. */
export function sameValue(a: Value, b: Value): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((element: Value, i) => sameValue(element, b[i] as Value));
  }
  const left = a as Item;
  const right = b as Item;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => Object.hasOwn(right, name) && sameValue(left[name]!, right[name]!));
}

/** Orders texts by the bytes of their UTF-8, as DynamoDB and SQLite do; JavaScript's `<` orders by UTF-16 units. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return byCodePoint(left) - byCodePoint(right);
  }
  return a.length - b.length;
}

/** Moves surrogates above the rest of the basic plane, where the code points that they stand for belong. */
function byCodePoint(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
