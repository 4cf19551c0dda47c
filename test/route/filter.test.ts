import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { envelopeOf } from '../../lib/route/envelope.ts';
import { compileFilter, parseFilter } from '../../lib/route/filter.ts';
import { compileWildcard } from '../../lib/route/wildcard.ts';

const event = (value: unknown, more: { key?: string | null; headers?: [string, string][] } = {}) =>
  envelopeOf({
    topic: 'flights',
    partition: 3,
    offset: 42,
    timestampMs: Date.UTC(2001, 8, 1),
    key: more.key === undefined || more.key === null ? null : Buffer.from(more.key),
    value: value === undefined ? null : Buffer.from(JSON.stringify(value)),
    headers: (more.headers ?? []).map(([name, text]) => [name, Buffer.from(text)]),
  });
const matches = (pattern: unknown, value: unknown) => compileFilter({ value: { f: pattern } })(event({ f: value }));

describe('operators match as EventBridge does', () => {
  const cases: [pattern: unknown, matching: unknown[], others: unknown[]][] = [
    [
      ['a', 1, true],
      ['a', 1, true],
      ['A', '1', 'true', false, null],
    ],
    [[null], [null], ['', 0, false, 'null']],
    [[''], [''], [' ', null]],
    [[300], [300, 3e2], ['300']],
    [[{ prefix: 'us-' }], ['us-', 'us-east-1'], ['US-east', 'eu', 1, null]],
    [[{ prefix: { 'equals-ignore-case': 'US-' } }], ['us-x', 'Us-x'], ['eu', 5]],
    [[{ suffix: '.png' }], ['a.png', '.png'], ['a.PNG', 'png']],
    [[{ suffix: { 'equals-ignore-case': '.png' } }], ['a.PnG'], ['a.pn']],
    [[{ 'equals-ignore-case': 'Alice' }], ['alice', 'ALICE'], ['alic', 1]],
    [[{ 'anything-but': 'x' }], ['y', 1, null, ''], ['x']],
    [[{ 'anything-but': 7 }], ['7', 8], [7]],
    [[{ 'anything-but': ['a', 'b'] }], ['c', 1], ['a', 'b']],
    [[{ 'anything-but': [1, 2] }], [3, '1'], [1, 2]],
    [[{ 'anything-but': { prefix: 'us-' } }], ['eu', 1], ['us-1']],
    [[{ 'anything-but': { prefix: ['us-', 'eu-'] } }], ['ap'], ['us-1', 'eu-1']],
    [[{ 'anything-but': { suffix: ['.png', '.jpg'] } }], ['a.gif'], ['a.png', 'b.jpg']],
    [[{ 'anything-but': { 'equals-ignore-case': ['a', 'B'] } }], ['c'], ['A', 'b']],
    [[{ 'anything-but': { wildcard: '*/lib/*' } }], ['/src/x'], ['/a/lib/x']],
    [[{ numeric: ['>', 60] }], [61, 60.5], [60, '61', null]],
    [[{ numeric: ['>=', -1, '<', 5] }], [-1, 0, 4.9], [-1.1, 5]],
    [[{ numeric: ['=', 0] }], [0, -0], [1]],
    [[{ cidr: '10.0.0.0/8' }], ['10.1.2.3'], ['11.0.0.1', '::ffff:10.0.0.1', 'x', 10]],
    [[{ cidr: '2001:db8::/32' }], ['2001:db8::1', '2001:0DB8:1::'], ['2001:db9::1', '10.0.0.1']],
    [[{ cidr: '10.0.0.1' }], ['10.0.0.1'], ['10.0.0.2']],
    [[{ wildcard: 'dir/*.png' }], ['dir/a.png', 'dir/.png', 'dir/a/b.png'], ['dir/png', 'x/dir/a.png']],
    [[{ wildcard: 'a\\*b' }], ['a*b'], ['axb']],
    [[{ exists: true }], ['x', null, 0, ['a'], [1]], [{ g: 1 }, []]],
    [[{ exists: false }], [{ g: 1 }, []], ['x', null]],
    [
      ['a', { prefix: 'b' }],
      ['a', 'bb', ['x', 'a']],
      ['c', [], ['x', 'y']],
    ],
    [[{ 'anything-but': 'x' }], [['x', 'y']], [['x'], []]],
  ];
  test.each(cases)('%j', (pattern, matching, others) => {
    for (const value of matching) expect([value, matches(pattern, value)]).toEqual([value, true]);
    for (const value of others) expect([value, matches(pattern, value)]).toEqual([value, false]);
  });
});

describe('fields', () => {
  test('of one pattern must all match, nested ones too', () => {
    const filter = compileFilter({ topic: ['flights'], value: { a: { b: [1] }, c: [2] } });
    expect(filter(event({ a: { b: 1 }, c: 2 }))).toBe(true);
    expect(filter(event({ a: { b: 1 }, c: 3 }))).toBe(false);
    expect(filter(event({ a: 1, c: 2 }))).toBe(false);
  });

  test('below one array must match within the same element', () => {
    const filter = compileFilter({ value: { items: { sku: ['x'], count: [{ numeric: ['>', 1] }] } } });
    expect(filter(event({ items: [{ sku: 'x', count: 2 }] }))).toBe(true);
    expect(
      filter(
        event({
          items: [
            { sku: 'x', count: 1 },
            { sku: 'y', count: 2 },
          ],
        }),
      ),
    ).toBe(false);
  });

  test('that are absent match exists:false alone', () => {
    expect(compileFilter({ value: { gone: [{ exists: false }] } })(event({ f: 1 }))).toBe(true);
    expect(compileFilter({ value: { gone: [{ 'anything-but': 'x' }] } })(event({ f: 1 }))).toBe(false);
    expect(compileFilter({ value: { toString: [{ exists: true }] } })(event({}))).toBe(false);
  });

  test('$or takes one of several patterns, at any depth', () => {
    const filter = compileFilter({
      topic: ['flights'],
      $or: [{ key: ['SFO'] }, { value: { $or: [{ d: [1] }, { e: [2] }] } }],
    });
    expect(filter(event({}, { key: 'SFO' }))).toBe(true);
    expect(filter(event({ e: 2 }))).toBe(true);
    expect(filter(event({ e: 3 }))).toBe(false);
  });

  test('keys, headers, offsets and times are there as text and numbers', () => {
    const pattern = {
      key: ['SFO'],
      headers: { kind: [{ prefix: 'a' }] },
      offset: [42],
      timestamp: [{ prefix: '2001-09-01T' }],
    };
    expect(compileFilter(pattern)(event({}, { key: 'SFO', headers: [['kind', 'abc']] }))).toBe(true);
  });

  test('a filter over keys and headers never parses the value', () => {
    const seen = envelopeOf({
      ...base,
      get value(): Uint8Array {
        throw new Error('parsed');
      },
    });
    expect(compileFilter({ key: ['k'], headers: { h: [{ exists: false }] } })(seen)).toBe(true);
  });

  test('a value that is no JSON is text, and base64 where it is no text', () => {
    const text = (value: Buffer) => envelopeOf({ ...base, value });
    expect(compileFilter({ value: ['plain text'] })(text(Buffer.from('plain text')))).toBe(true);
    expect(compileFilter({ value: ['/w=='] })(text(Buffer.from([0xff])))).toBe(true);
  });
});

const base = { topic: 't', partition: 0, offset: 0, timestampMs: 0, key: Buffer.from('k'), value: null, headers: [] };

describe('a bad pattern is refused, naming the path and what would be right', () => {
  test.each([
    [{ value: { delay: 60 } }, '$.value.delay', 'write [60]'],
    [{ value: { delay: [] } }, '$.value.delay', 'empty array'],
    [{ value: {} }, '$.value', 'empty object'],
    [{ vlaue: { a: [1] } }, '$.vlaue', 'Did you mean "value"?'],
    [{ key: [{ perfix: 'a' }] }, '$.key[0]', 'Did you mean "prefix"?'],
    [{ key: [{ prefix: 'a', suffix: 'b' }] }, '$.key[0]', 'one operator'],
    [{ key: [{ prefix: 1 }] }, '$.key[0].prefix', ''],
    [{ value: { d: [{ numeric: ['>'] }] } }, '$.value.d[0].numeric', '[">", n]'],
    [{ value: { d: [{ numeric: ['<', 1, '>', 5] }] } }, '$.value.d[0].numeric', 'range'],
    [{ value: { d: [{ numeric: ['>', 5, '<', 5] }] } }, '$.value.d[0].numeric', 'no number'],
    [{ value: { ip: [{ cidr: '10.0.0.0/33' }] } }, '$.value.ip[0].cidr', '10.0.0.0/8'],
    [{ key: [{ wildcard: 'a**b' }] }, '$.key[0]', 'two stars'],
    [{ key: [{ wildcard: 'a\\b' }] }, '$.key[0]', 'backslash'],
    [{ key: [{ 'anything-but': ['a', 1] }] }, '$.key[0].anything-but', 'not mixed'],
    [{ key: [{ 'anything-but': { prefix: '' } }] }, '$.key[0].anything-but.prefix', 'not empty'],
    [{ key: [{ exists: 'yes' }] }, '$.key[0].exists', 'true or false'],
    [{ $or: [] }, '$.$or', 'one at least'],
    [{ $or: [{ kye: ['a'] }] }, '$.kye', 'Did you mean "key"?'],
    ['text', '$', 'JSON object'],
  ])('%j', (pattern, path, right) => {
    expect(() => compileFilter(pattern)).toThrow(expect.objectContaining({ code: 'filter_invalid' }));
    expect(() => compileFilter(pattern)).toThrow(path);
    expect(() => compileFilter(pattern)).toThrow(right);
  });

  test('text that is no JSON, and patterns without end', () => {
    expect(() => parseFilter('{')).toThrow(expect.objectContaining({ code: 'filter_invalid' }));
    const deep = `${'{"value":'.repeat(100)}["a"]${'}'.repeat(100)}`;
    expect(() => parseFilter(deep)).toThrow('nest');
  });
});

test('wildcards match just what the same expression of RegExp matches', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 12 });
  const patterns = texts.map((text) => text.replace(/\*+/g, '*'));
  fc.assert(
    fc.property(patterns, texts, (pattern, text) => {
      const regexp = new RegExp(`^${pattern.replace(/\./g, '\\.').replace(/\*/g, '.*')}$`);
      expect(compileWildcard(pattern, '$')(text)).toBe(regexp.test(text));
    }),
    { seed: 7, numRuns: 500 },
  );
});
