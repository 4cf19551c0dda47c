import { expect, test } from 'vitest';
import { delimiter, unescaped } from '../../cli/escapes.ts';
import type { EventOut } from '../../cli/event.ts';
import { compileFormat } from '../../cli/format.ts';

const EVENT: EventOut = {
  topic: 'orders',
  partition: 3,
  offset: 42,
  timestampMs: 1_700_000_000_000,
  key: Buffer.from('ключ'),
  value: Buffer.from([0, 255, 10]),
  headers: [
    ['a', Buffer.from('1')],
    ['b', null],
  ],
};
const TOMBSTONE: EventOut = { ...EVENT, key: null, value: null, headers: [] };

function shown(format: string, event: EventOut, nullText?: string): string {
  const options = nullText === undefined ? {} : { nullText };
  return Buffer.concat(compileFormat(format, options)(event)).toString('latin1');
}

test.each([
  ['%t/%p@%o', 'orders/3@42'],
  ['%T %S %K', '1700000000000 3 8'],
  ['%s', '\x00\xff\n'],
  ['%h|', 'a=1,b=|'],
  ['100%% \\t\\x41\\\\', '100% \tA\\'],
  ['', ''],
])('%j is filled in', (format, expected) => {
  expect(shown(format, EVENT)).toBe(expected);
});

test('a null key or value is empty, or what is asked for; its length is -1', () => {
  expect(shown('%k:%s:%S:%K:%h', TOMBSTONE)).toBe('::-1:-1:');
  expect(shown('%k:%s', TOMBSTONE, 'NULL')).toBe('NULL:NULL');
  expect(shown('%R', TOMBSTONE)).toBe('\xff\xff\xff\xff');
  expect(shown('%R%s', EVENT)).toBe('\x00\x00\x00\x03\x00\xff\n');
});

test('an unknown token or escape is named', () => {
  expect(() => compileFormat('%q')).toThrow('"%q" is no token');
  expect(() => compileFormat('%')).toThrow('"%" is no token');
  expect(() => compileFormat('\\q')).toThrow('"\\q" is no escape');
  expect(() => compileFormat('\\x4')).toThrow('"\\x" is no escape');
});

test('a delimiter has at least one byte, and may be any', () => {
  expect([...unescaped('\\0\\x1f\\r\\n→')]).toEqual([0, 0x1f, 13, 10, 0xe2, 0x86, 0x92]);
  expect(() => delimiter('')).toThrow('at least one');
});
