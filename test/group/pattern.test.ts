import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GroupError } from '../../lib/group/errors.ts';
import { topicPattern } from '../../lib/group/pattern.ts';

describe('a topic pattern', () => {
  test.each([
    ['orders', 'orders', true],
    ['orders', 'orders.eu', false],
    ['orders.*', 'orders.eu', true],
    ['orders\\..+', 'orders.', false],
    ['^(orders|payments)$', 'payments', true],
    ['^a$|^b$', 'b', true],
    ['a(?:bc)?d{2,3}', 'abcddd', true],
    ['a(?:bc)?d{2,3}', 'add', true],
    ['a(?:bc)?d{2,3}', 'ad', false],
    ['[a-c_-]+', 'a-b_c', true],
    ['[^a-c]+', 'xyb', false],
    ['[]x]+', ']x', true],
    ['\\w+-\\d{3}', 'log_1-042', true],
    ['\\D+', 'a1', false],
    ['.*?x', 'aax', true],
    ['', '', true],
    ['(a|)b', 'b', true],
    ['x{2,}', 'xxxx', true],
    ['x{0}', '', true],
  ])('%s matches the whole of %s: %s', (pattern, name, matches) => {
    expect(topicPattern(pattern)(name)).toBe(matches);
  });

  test.each([
    '(',
    ')',
    'a)',
    '[a',
    '[z-a]',
    '*a',
    'a**',
    'a{3,2}',
    'a{x}',
    '\\',
    '\\q',
    '(?i)a',
    'a$b',
    'x'.repeat(1_001),
  ])('%s is refused with a reason', (pattern) => {
    expect(() => topicPattern(pattern)).toThrow(GroupError);
    expect(() => topicPattern(pattern)).toThrow(/can't be read: .+\./);
  });

  test('a pattern that would make a backtracking engine run for hours takes moments', () => {
    const started = performance.now();
    expect(topicPattern('(a+)+(a*)*b')('a'.repeat(249))).toBe(false);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test.each(['((((){9999}){9999}){9999}){9999}', '((a{1000}){1000}){1000}', `${'('.repeat(60)}a${')'.repeat(60)}`])(
    'a pattern too large to run is refused: %s',
    (pattern) => {
      expect(() => topicPattern(pattern)).toThrow(GroupError);
    },
  );

  test('agrees with the engine of the language wherever both can read the pattern', () => {
    const part = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(ab)', '(|a)');
    const repetition = fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}');
    const pattern = fc.array(fc.tuple(part, repetition), { maxLength: 5 }).map((parts) => parts.flat().join(''));
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, name, (text, given) => {
        expect(topicPattern(text)(given)).toBe(new RegExp(`^(?:${text})$`).test(given));
      }),
      { seed: 11, numRuns: 2_000 },
    );
  });
});
