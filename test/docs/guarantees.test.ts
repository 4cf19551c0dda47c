import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8');

/** Rows of the tables of promises, without their heads. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.split('|').length === 5 && !line.startsWith('| promise'));
const named = [...page.matchAll(/`((?:test|lib)\/[^`]+\.ts)`/g)].map(([, file]) => file!);

const TEST = /(?<![.\w])(?:test|it)(?:\.[\w.]+)?\(/;
const EXPECTATION = /(?<![.\w])expect\w*[.(]/;

/** A file and what it imports of other tests: it may only say over what a suite is run that many share. */
function withSuites(path: string, seen = new Set<string>()): string {
  if (seen.has(path) || !path.startsWith(join(ROOT, 'test'))) return '';
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  const imported = [...text.matchAll(/from '(\.[^']+\.ts)'/g)].map(([, to]) => join(dirname(path), to!));
  return [text, ...imported.map((suite) => withSuites(suite, seen))].join('\n');
}

it('every promise names tests that stand for it, and they are there', () => {
  expect(rows.length).toBeGreaterThan(25);
  const without = rows.filter((row) => !/`test\/[^`]+\.test\.ts`/.test(row.split('|')[3]!));
  expect(without).toEqual([]);
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

const tests = [...new Set(named)].filter((file) => file.endsWith('.test.ts'));

it.each(tests)('%s has a test, and expects something', (file) => {
  const text = withSuites(join(ROOT, file));
  expect({ test: TEST.test(text), expectation: EXPECTATION.test(text) }).toEqual({ test: true, expectation: true });
});
