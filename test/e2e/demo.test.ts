import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const DEMO = fileURLToPath(new URL('../demo/demo.ts', import.meta.url));
/** It takes ten seconds, on a machine that does nothing else. */
const TIMEOUT_MS = 120_000;

function demo(...args: string[]) {
  return spawnSync(process.execPath, [DEMO, ...args], { encoding: 'utf8', timeout: TIMEOUT_MS });
}

/** Folders that demos have made. */
function folders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('millrace-demo-'));
}

test(
  'the demo runs through with fewer flights: every count is right, and it says what was killed',
  () => {
    const before = folders();
    const { status, stdout, stderr } = demo('--flights', '3000');
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/member \w+ is killed/);
    expect(stdout).toMatch(/who stood by, has taken over partition [01]/);
    expect(stdout).toMatch(/the server is killed/);
    expect(stdout).toMatch(/✓ lines in the archive +3,000 +3,000/);
    expect(stdout).not.toContain('✗');
    expect(stdout).toContain('Nothing lost, nothing twice in the archive.');
    expect(stdout).not.toContain('\x1b');
    expect(folders(), 'what it left behind').toEqual(before);
  },
  TIMEOUT_MS,
);

test('the demo says what is wrong with its arguments', () => {
  const { status, stdout } = demo('--flights', 'many');
  expect(status).toBe(1);
  expect(stdout).toContain('--flights takes a whole number from 2000 to 3000000.');
});
