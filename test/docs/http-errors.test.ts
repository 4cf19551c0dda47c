import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ANSWERS } from '../../lib/http/errors.ts';

/** Nobody reads the answer to a request that he has ended. */
const UNREAD = '499 499';
/** What the server answers before any request is looked at, and to an error that nobody foresaw. */
const BEYOND_ANSWERS = ['421 421', '500 50000'];

test('docs/http.md shows each status with its codes, and no others', () => {
  const page = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8');
  const section = page.split('## Errors\n')[1]!.split('\n## ')[0]!;
  const rows = [...section.matchAll(/^\| (\d{3}) \| ([\d, ]+) \|/gm)];
  const shown = rows.flatMap(([, status, codes]) => codes!.split(', ').map((code) => `${status} ${code}`));
  const answered = Object.values(ANSWERS)
    .flatMap((answer) => [answer, ...(answer.v3 ? [answer.v3] : [])])
    .map(({ status, code }) => `${status} ${code}`)
    .filter((pair) => pair !== UNREAD);
  expect(shown.toSorted()).toEqual([...new Set([...answered, ...BEYOND_ANSWERS])].toSorted());
});
