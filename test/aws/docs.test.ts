import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Example, examplesIn, matches, runInShell } from '../support/console-examples.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const START_MS = 10 * 60_000;
const COMMAND_MS_MAX = 5 * 60_000;
const ALL_MS = 15 * 60_000;

/** `docs/aws.md` as its reader has it: the emulator in one terminal, all commands one after another in another. */
describe('docs/aws.md on the emulator that npm run emulator starts', () => {
  let emulator: ChildProcess;
  let folder: string;
  let pasted: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-documents-'));
    emulator = spawn(process.execPath, ['test/aws/emulator.ts'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    pasted = await exportLines(emulator);
  }, START_MS);

  afterAll(async () => {
    if (emulator?.exitCode === null) emulator.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  /** One shell: what a command exports, the next one has. */
  function run(command: string): Promise<string> {
    const state = join(folder, 'exported');
    const before = existsSync(state) ? `source ${state}` : pasted.join('\n');
    return runInShell(`${before}\n${command}\ncode=$?; export -p > ${state}; exit $code`, {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: '1', CDK_DISABLE_CLI_TELEMETRY: 'true' },
      limitMs: COMMAND_MS_MAX,
    });
  }

  const all = examplesIn(join(ROOT, 'docs/aws.md'));
  const end = all.findIndex(({ command }) => command.includes('cdk destroy'));

  async function follow(examples: readonly Example[]): Promise<void> {
    expect(examples.length).toBeGreaterThan(2);
    for (const { command, shown } of examples) {
      const output = await run(command);
      expect(matches(output, shown), `$ ${command}\nprinted:\n${output}\nthe page shows:\n${shown}`).toBe(true);
    }
  }

  it('does what the page says, from bootstrap to upkeep', () => follow(all.slice(0, end)), ALL_MS);

  it('lets nobody in unsigned, and says so', async () => {
    const unsigned = await run('npm run -s millrace -- --sign none topic list || true');
    expect(unsigned).toContain('answers 403. It asks who you are: write --sign aws');
  });

  it('goes as the page says, and its data with it', () => follow(all.slice(end)), ALL_MS);

  it('leaves nothing behind when it is ended', async () => {
    const home = /HOME=(\S+)/.exec(pasted.join('\n'))![1]!;
    const url = /AWS_ENDPOINT_URL=(\S+)/.exec(pasted.join('\n'))![1]!;
    expect(existsSync(home)).toBe(true);
    emulator.kill('SIGINT');
    expect(await once(emulator, 'exit')).toEqual([0, null]);
    expect(existsSync(home)).toBe(false);
    await expect(fetch(url)).rejects.toThrow();
  }, 30_000);
});

/** What the emulator's user copies, once it is there. */
async function exportLines(emulator: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface(emulator.stdout!)) {
    if (line.startsWith('export ')) lines.push(line);
    if (line.includes('Ctrl-C')) return lines;
  }
  throw new Error(`npm run emulator ended with ${emulator.exitCode}.`);
}
