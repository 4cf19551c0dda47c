import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

/** Runs one of the tools that npm installed, and returns what it had to say if it was not content. */
function complaints(tool: string, ...args: string[]): string {
  const bin = resolve(ROOT, 'node_modules/.bin', tool);
  expect(existsSync(bin)).toBe(true);
  const { status, stdout, stderr } = spawnSync(bin, args, { cwd: ROOT, encoding: 'utf8', timeout: 120_000 });
  return status === 0 ? '' : `${stdout}${stderr}`.slice(0, 10_000);
}

describe('the code', () => {
  it('has sound types', () => {
    expect(complaints('tsc', '--noEmit', '-p', '.')).toBe('');
  }, 150_000);

  it('is formatted and free of lint', () => {
    expect(complaints('biome', 'check', '--error-on-warnings', '--max-diagnostics=20', '.')).toBe('');
  }, 150_000);
});
