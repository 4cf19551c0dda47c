import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventOut } from '../../cli/event.ts';
import { jsonLine, parseJsonLine } from '../../cli/json-lines.ts';

const EVENT: EventOut = { topic: 't', partition: 1, offset: 2, timestampMs: 3, key: null, value: null, headers: [] };

function line(value: string, key = 'k'): string {
  return jsonLine({ ...EVENT, key: Buffer.from(key), value: Buffer.from(value) });
}

function parsed(text: string, options = { keepPartition: false }) {
  return parseJsonLine(Buffer.from(text), 7, options);
}

describe('writing', () => {
  test('a JSON object or array stands in the line as it is, anything else as text', () => {
    expect(line('{"a":1.0}')).toBe('{"topic":"t","partition":1,"offset":2,"timestamp":3,"key":"k","value":{"a":1.0}}');
    for (const value of ['12', 'null', '"x"', '{"a":', '{a}', '[1]\n', '{"a":\n1}', '{"a":1} ']) {
      expect(JSON.parse(line(value)).value, value).toBe(value);
    }
  });

  test('bytes that are not UTF-8 are in base64', () => {
    const event = { ...EVENT, key: Buffer.of(255), value: Buffer.of(254), headers: [['h', Buffer.of(253)]] as const };
    expect(JSON.parse(jsonLine(event))).toMatchObject({
      keyBase64: '/w==',
      valueBase64: '/g==',
      headers: [{ name: 'h', valueBase64: '/Q==' }],
    });
  });
});

describe('reading', () => {
  test('numbers and objects keep the spelling they came in', () => {
    const spelled = '{ "n": 1.0, "big": 12345678901234567890, "value": [ "}" , "\\"" ] }';
    expect(
      parsed(`{"headers":null,"key":"a,\\"value\\":0","value": ${spelled} ,"timestamp":9}`).value?.toString(),
    ).toBe(spelled);
    expect(parsed('{"value":1e400}').value?.toString()).toBe('1e400');
    expect(parsed('{"value":1,"value":{"last":true}}').value?.toString()).toBe('{"last":true}');
  });

  test('headers may be an object, and the partition is kept where that is asked for', () => {
    expect(parsed('{"value":null,"partition":4,"headers":{"a":"1","b":null}}')).toEqual({
      key: null,
      value: null,
      timestampMs: undefined,
      partition: undefined,
      headers: [
        ['a', Buffer.from('1')],
        ['b', null],
      ],
    });
    expect(parsed('{"value":null,"partition":4}', { keepPartition: true }).partition).toBe(4);
  });

  test.each([
    ['{', 'is not JSON'],
    ['[]', 'is no JSON object'],
    ['{"key":"a"}', 'has no value'],
    ['{"valeu":1}', 'unknown member "valeu"'],
    ['{"value":1,"timestamp":-1}', 'milliseconds since 1970'],
    ['{"value":1,"partition":"0"}', 'whole number as its partition'],
    ['{"valueBase64":"?"}', 'base64 as its valueBase64'],
    ['{"value":1,"headers":[{"value":"x"}]}', 'a name in each'],
    ['{"value":1,"headers":[null]}', 'a name in each'],
    ['{"value":1,"headers":{"a":1}}', 'text or null'],
  ])('%s is refused, by line', (text, message) => {
    expect(() => parsed(text)).toThrow(`Line 7 `);
    expect(() => parsed(text)).toThrow(message);
  });

  test('a line that is not UTF-8 is refused', () => {
    expect(() => parseJsonLine(Buffer.of(123, 255, 125), 1, { keepPartition: false })).toThrow('Line 1 is not UTF-8.');
  });
});

test('nothing is lost on the way there and back', () => {
  const text = fc.oneof(fc.json(), fc.string({ unit: 'binary' })).map((string) => Buffer.from(string));
  const bytes = fc.option(
    fc.oneof(
      text,
      fc.uint8Array().map((array) => Buffer.from(array)),
    ),
  );
  const headers = fc.array(fc.tuple(fc.string(), bytes), { maxLength: 3 });
  fc.assert(
    fc.property(bytes, bytes, headers, fc.nat(), (key, value, list, timestampMs) => {
      const written = jsonLine({ ...EVENT, key, value, headers: list, timestampMs });
      expect(written).not.toContain('\n');
      const read = parsed(written);
      expect(read.key).toEqual(key);
      expect(read.value).toEqual(value);
      expect(read.headers ?? []).toEqual(list);
      expect(read.timestampMs).toBe(timestampMs);
    }),
    { seed: 3, numRuns: 200 },
  );
});
