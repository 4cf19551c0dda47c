import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { Screen } from './screen.ts';
import { Verdict } from './verdict.ts';

test('a count that is off is marked, and remembered with both numbers', () => {
  const out = new PassThrough();
  const verdict = new Verdict(new Screen(out, {}));
  verdict.expect('lines in the archive', 200_000, 200_000);
  verdict.expect('delivered by webhook', 11_932, 11_933, '3 again');
  expect(verdict.off).toEqual(['delivered by webhook: 11932 instead of 11933']);
  expect(String(out.read()).split('\n')).toEqual([
    '✓ lines in the archive               200,000     200,000',
    '✗ delivered by webhook                11,932      11,933  3 again',
    '',
  ]);
});

test('progress off a terminal is a line for each quarter', () => {
  const out = new PassThrough();
  const screen = new Screen(out, {});
  const [bar] = screen.bars({ archived: 1_000 });
  for (const done of [0, 100, 260, 270, 800, 1_000, 1_000]) bar!.at(done);
  screen.endBars();
  const shown = String(out.read()).trimEnd().split('\n');
  expect(shown.map((line) => line.replace(/ +/g, ' '))).toEqual([' archived 260', ' archived 800', ' archived 1,000']);
});
