import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCUMENTS = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })];
const COMMAND_MS_MAX = 30_000;

interface Example {
  command: string;
  /** What the document shows of its output; `…` stands for anything. */
  shown: string;
}

/** The commands of a document's ```console blocks: `$ command`, then what it prints. */
function examples(document: string): Example[] {
  const found: Example[] = [];
  for (const [, block] of read(document).matchAll(/^```console\n([\s\S]*?)^```/gm)) {
    for (const line of block!.split('\n')) {
      if (line.startsWith('$ ')) found.push({ command: line.slice(2), shown: '' });
      else if (line !== '') found.at(-1)!.shown += `${line}\n`;
    }
  }
  return found;
}

function read(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

function matches(output: string, shown: string): boolean {
  const literal = shown
    .trim()
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^]*')}$`).test(output.trim());
}

describe.each(DOCUMENTS)('%s', (document) => {
  it('links to what is there', () => {
    const links = [...read(document).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);
    expect(links.filter((path) => !existsSync(join(ROOT, dirname(document), path)))).toEqual([]);
  });

  it('names npm scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(document).matchAll(/npm (?:run )?(?:-s )?(start|test|demo|bench|millrace)\b/g)];
    expect(named.filter(([, name]) => !(name! in scripts))).toEqual([]);
  });
});

describe('commands shown in documents', () => {
  let folder: string;
  let server: ServerProcess;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-documents-'));
    server = await ServerProcess.start({ data: join(folder, 'data') });
  });
  afterAll(async () => {
    await server.kill();
    rmSync(folder, { recursive: true });
  });

  const run = (command: string) =>
    new Promise<string>((done, failed) => {
      const env = { ...process.env, MILLRACE_HTTP: server.url, NO_COLOR: '1' };
      const here = command.replaceAll('http://127.0.0.1:8082', server.url);
      const child = spawn('bash', ['-c', here], { cwd: ROOT, env, timeout: COMMAND_MS_MAX });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.on('error', failed);
      child.on('close', (code) => (code === 0 ? done(output) : failed(new Error(`${command}\n${output}`))));
    });

  it('do what the documents say', async () => {
    const all = DOCUMENTS.flatMap(examples).filter(({ command }) => command !== 'npm start'); // that one runs already
    expect(all.length).toBeGreaterThan(8);
    for (const { command, shown } of all) {
      const output = (await run(command)).replace(/^npm warn .*\n/gm, '');
      expect(matches(output, shown), `$ ${command}\nprinted:\n${output}\nthe document shows:\n${shown}`).toBe(true);
    }
  }, 120_000);
});
