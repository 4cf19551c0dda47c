import { describe, expect, test } from 'vitest';
import { itemWrite, keyName } from '../../../lib/route/sinks/dynamodb-item.ts';
import { positionIn, positionKey, type TableKeys } from '../../../lib/route/sinks/dynamodb-position.ts';
import { eventAt } from './events.ts';

const USERS: TableKeys = { table: 'users', keys: [{ name: 'id', type: 'S' }] };
const ORDERS: TableKeys = {
  table: 'orders',
  keys: [
    { name: 'customer', type: 'S' },
    { name: 'no', type: 'N' },
  ],
};
const event = (key: string | null, value: unknown) =>
  eventAt(0, {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  });
const reason = (...args: Parameters<typeof itemWrite>) => {
  const made = itemWrite(...args);
  return 'is' in made && made.is === 'poison' ? made.reason : made;
};

describe('an event as a write of an item', () => {
  test('puts the JSON object, all kinds of values, numbers with all their digits', () => {
    const value =
      '{"id":"ada","n":12345678901234567890.5,"t":true,"z":null,"l":[1,"a",{}],"m":{"__proto__":{"x":1e3}}}';
    expect(itemWrite(event(null, value), USERS, 'value')).toMatchObject({
      key: { id: { S: 'ada' } },
      item: {
        id: { S: 'ada' },
        n: { N: '12345678901234567890.5' },
        t: { BOOL: true },
        z: { NULL: true },
        l: { L: [{ N: '1' }, { S: 'a' }, { M: {} }] },
        m: { M: Object.fromEntries([['__proto__', { M: { x: { N: '1e3' } } }]]) },
      },
    });
  });

  test("takes key attributes from the event's key where told so, over those of the value", () => {
    expect(itemWrite(event('ada', { id: 'other', n: 1 }), USERS, 'key')).toMatchObject({
      key: { id: { S: 'ada' } },
      item: { id: { S: 'ada' }, n: { N: '1' } },
    });
    expect(itemWrite(event('{"customer":"ada","no":7}', { n: 1 }), ORDERS, 'key')).toMatchObject({
      key: { customer: { S: 'ada' }, no: { N: '7' } },
      item: { customer: { S: 'ada' }, no: { N: '7' }, n: { N: '1' } },
    });
  });

  test('deletes what the key names where there is no value', () => {
    expect(itemWrite(event('ada', null), USERS, 'value')).toMatchObject({ key: { id: { S: 'ada' } }, item: undefined });
    expect(itemWrite(event('17', null), { table: 't', keys: [{ name: 'no', type: 'N' }] }, 'value')).toMatchObject({
      key: { no: { N: '17' } },
    });
  });

  test.each([
    ['text', event('a', 'text'), USERS, 'value', /no JSON object/],
    ['an array', event('a', [1]), USERS, 'value', /no JSON object/],
    ['a number', event('a', '7'), USERS, 'value', /no JSON object/],
    [
      'a missing key attribute',
      event('a', { a: 1 }),
      USERS,
      'value',
      /its value has no "id", a key attribute of table users/,
    ],
    [
      'a key attribute of the wrong type',
      event('a', { id: 7 }),
      USERS,
      'value',
      /"id" in its value is no text, as table users wants/,
    ],
    ['an empty key', event('', { a: 1 }), USERS, 'key', /"id" in the event's key is empty/],
    ['no key', event(null, null), USERS, 'value', /has no key, which would name an item of table users/],
    ['a key for half of the key', event('ada', null), ORDERS, 'value', /no JSON object with "customer" and "no"/],
    [
      'a text for a number',
      event('x', null),
      { table: 't', keys: [{ name: 'no', type: 'N' }] },
      'key',
      /"no" in the event's key is no number/,
    ],
    ["a position's key", event('millrace.position/x', { a: 1 }), USERS, 'key', /which positions of routes do/],
  ] as const)('is poison with %s', (_, given, table, source, said) => {
    expect(reason(given, table, source)).toMatch(said);
  });

  test('is poison above 400 KiB, with its size and the limit', () => {
    const made = reason(event(null, { id: 'a', text: 'x'.repeat(409_600) }), USERS, 'value');
    expect(made).toBe('the event takes 409607 bytes; an item of DynamoDB holds 409600 at most');
    expect(itemWrite(event(null, { id: 'a', text: 'x'.repeat(409_593) }), USERS, 'value')).toMatchObject({
      sizeBytes: 409_600,
    });
  });
});

test('keys are told apart by name, type and value', () => {
  const names = [
    { a: { S: '1' } },
    { a: { N: '1' } },
    { b: { S: '1' } },
    { a: { B: Buffer.from('1') } },
    { a: { S: '1' }, b: { S: '' } },
  ];
  expect(new Set(names.map(keyName)).size).toBe(names.length);
  expect(keyName({ a: { B: Buffer.from('1') } })).toBe(keyName({ a: { B: new Uint8Array([49]) } }));
});

test('positions stand under keys of the table, which numbers cannot be', () => {
  expect(positionKey(ORDERS, 'r/t/0')).toEqual({ customer: { S: 'millrace.position/r/t/0' }, no: { N: '0' } });
  expect(positionKey({ table: 't', keys: [{ name: 'no', type: 'N' }] }, 'r/t/0')).toBeUndefined();
});

test('a position is that of its own generation: an earlier one counts for nothing, a later one has overtaken', () => {
  const place = { table: 't', key: {}, generation: 10, route: 'r' };
  const at = (generation: number) => ({
    'millrace.generation': { N: String(generation) },
    'millrace.next': { N: '7' },
  });
  expect(positionIn(undefined, place)).toBe(0);
  expect([9, 10, 11].map((generation) => positionIn(at(generation), place))).toEqual([0, 7, 'overtaken']);
});
