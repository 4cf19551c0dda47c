import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedMap, successor } from '../../lib/store/sorted-map.ts';

/** Letters whose order differs between UTF-16 and UTF-8, and the last code point of all. */
const letter = fc.constantFrom('a', 'b', '\0', '\ud7ff', '\ue000', '\uffee', '🌊', '\u{10ffff}');
const text = fc.array(letter, { maxLength: 4 }).map((letters) => letters.join(''));
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

test('keys come in the order of their bytes, within prefix and start, both ways', () => {
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 30 }),
      fc.array(text, { maxLength: 5 }),
      text,
      fc.option(text, { nil: undefined }),
      fc.boolean(),
      (added, removed, prefix, after, reverse) => {
        const map = new SortedMap<number>();
        for (const [i, key] of added.entries()) map.set(key, i);
        for (const key of removed) map.delete(key);
        const naive = [...new Set(added)].filter((key) => !removed.includes(key)).sort(byBytes);
        const wanted = naive.filter((key) => {
          if (!key.startsWith(prefix)) return false;
          if (after === undefined) return true;
          return reverse ? byBytes(key, after) < 0 : byBytes(key, after) > 0;
        });
        expect([...map.keys(prefix, after, reverse)]).toEqual(reverse ? wanted.reverse() : wanted);
        expect(map.size).toBe(naive.length);
      },
    ),
    { seed: 3, numRuns: 500 },
  );
});

test('a successor is greater than all texts with the prefix, and no text lies between', () => {
  expect(successor('ab')).toBe('ac');
  expect(successor('a\u{10ffff}')).toBe('b');
  expect(successor('\ud7ff')).toBe('\ue000');
  expect(successor('\u{10ffff}\u{10ffff}')).toBeUndefined();
  expect(successor('')).toBeUndefined();
});
