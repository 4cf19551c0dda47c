import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HttpError } from '../../lib/http/index.ts';
import { compactJson, isJson, JsonScanner } from '../../lib/http/json/scanner.ts';
import { JsonSplitter } from '../../lib/http/json/splitter.ts';

const RUNS = { seed: 7, numRuns: 500 };

const accepts = (text: string): boolean => isJson(Buffer.from(text), new JsonScanner(new Uint8Array(0), 100));

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('the scanner', () => {
  test('accepts what JSON.parse accepts, and passes all of it', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('', ' ', '\n\t'), (text, space) => accepts(space + text + space)),
      RUNS,
    );
  });

  test('judges damaged JSON as JSON.parse does', () => {
    const damaged = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '\\', '{', ']', ',', '0', '.', 'e', '-', '\u0001', 'u', 'n'),
    );
    fc.assert(
      fc.property(damaged, ([text, at, insert]) => {
        const i = at % (text.length + 1);
        const other = text.slice(0, i) + insert + text.slice(i + 1);
        expect(accepts(other)).toBe(parses(other.toWellFormed()));
      }),
      RUNS,
    );
  });

  test.each([
    '',
    ' ',
    '01',
    '-',
    '1.',
    '.5',
    '1e',
    '1e+',
    '+1',
    'tru',
    'nul',
    'True',
    '"',
    '"\\',
    '"\\x"',
    '"\\u12g4"',
    '"\n"',
    '[1,]',
    '[,1]',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    '{"a":1,}',
    '[1 2]',
    '1 2',
    '}',
    '[',
    '{',
    '[}',
    '{]',
    '\u00a01',
    "'a'",
    'NaN',
    '-Infinity',
    '"\\u12"',
  ])('refuses %j', (text) => {
    expect(parses(text)).toBe(false);
    expect(accepts(text)).toBe(false);
  });

  test.each(['-0', '1E-5', '1.5e+10', '"\\u00e9\\/"', '[[],{}]', '{"":{"a":[null,true,false]}}'])(
    'accepts %j',
    (text) => {
      expect(accepts(text)).toBe(true);
    },
  );

  test('takes nesting up to its limit, and refuses one more without exhausting the stack', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(accepts(nested(100))).toBe(true);
    expect(accepts(nested(101))).toBe(false);
    expect(accepts(nested(1_000_000))).toBe(false);
  });

  test('says where it stopped and what would be right', () => {
    const scanner = new JsonScanner(Buffer.from('{"a":1;}'), 10);
    expect(() => scanner.value()).toThrow('Invalid JSON at position 6: ";" where "," or "}" was expected.');
  });
});

test('compacting takes out white space between tokens and nothing else', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const spaced = Buffer.from(JSON.stringify(value, null, 2));
      const end = compactJson(spaced, 0, spaced.length);
      expect(spaced.toString('utf8', 0, end)).toBe(JSON.stringify(value));
    }),
    RUNS,
  );
});

describe('the splitter', () => {
  test('finds the objects of a stream however it is cut', () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 });
    const cuts = fc.array(fc.nat({ max: 20 }), { minLength: 1 });
    fc.assert(
      fc.property(objects, cuts, fc.constantFrom('', ' ', '\n'), (values, sizes, between) => {
        const bytes = Buffer.from(values.map((value) => JSON.stringify(value)).join(between));
        const splitter = new JsonSplitter(1_000_000);
        const found: unknown[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = 1 + sizes[i % sizes.length]!;
          for (const one of splitter.push(Buffer.from(bytes.subarray(at, at + size)))) {
            found.push(JSON.parse(Buffer.from(one).toString()));
          }
          at += size;
        }
        splitter.end();
        expect(found).toEqual(values.map((value) => JSON.parse(JSON.stringify(value))));
      }),
      RUNS,
    );
  });

  test('refuses what is no object, an object over its limit, and an end within one', () => {
    expect(() => new JsonSplitter(100).push(Buffer.from('[1]'))).toThrow(HttpError);
    expect(() => new JsonSplitter(100).push(Buffer.from(`{"a":"${'x'.repeat(100)}`))).toThrow(/100 bytes/);
    const cut = new JsonSplitter(100);
    cut.push(Buffer.from('{"a":1} {"b"'));
    expect(() => cut.end()).toThrow(/within an object/);
  });
});
