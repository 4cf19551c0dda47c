import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8');

/** Rows of the tables of promises, without their heads. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.split('|').length === 5 && !line.startsWith('| promise'));

it('every promise names tests that stand for it, and they are there', () => {
  expect(rows.length).toBeGreaterThan(25);
  const without = rows.filter((row) => !/`test\/[^`]+\.test\.ts`/.test(row.split('|')[3]!));
  expect(without).toEqual([]);
  const named = [...page.matchAll(/`((?:test|lib)\/[^`]+\.ts)`/g)].map(([, file]) => file!);
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});
