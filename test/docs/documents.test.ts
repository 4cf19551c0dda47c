import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplesIn, matches, runInShell } from '../support/console-examples.ts';
import { freePort } from '../support/free-port.ts';
import { ServerProcess } from '../support/server-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCUMENTS = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })];
/** Its commands are for AWS: test/aws/docs.test.ts runs them on an emulator. */
const ON_AWS = 'docs/aws.md';
const COMMAND_MS_MAX = 30_000;

function read(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

describe.each(DOCUMENTS)('%s', (document) => {
  it('links to what is there', () => {
    const links = [...read(document).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);
    expect(links.filter((path) => !existsSync(join(ROOT, dirname(document), path)))).toEqual([]);
  });

  it('names npm scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [
      ...read(document).matchAll(/npm (?:run )?(?:-s )?(start|test|demo|bench|millrace|emulator|synth)\b/g),
    ];
    expect(named.filter(([, name]) => !(name! in scripts))).toEqual([]);
  });
});

/** A document's own server, which serves the rest of its commands; `npm start` alone is the one that runs already. */
const START = 'npm start -- ';

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

  const inFolder = (command: string) => command.replaceAll('.millrace/', `${folder}/`);
  const run = (command: string, { url }: ServerProcess) =>
    runInShell(inFolder(command).replaceAll('http://127.0.0.1:8082', url), {
      cwd: ROOT,
      env: { ...process.env, MILLRACE_HTTP: url, NO_COLOR: '1' },
      limitMs: COMMAND_MS_MAX,
    });
  const startAs = async (command: string) => {
    const args = inFolder(command.slice(START.length)).split(' ');
    return ServerProcess.start({ data: join(folder, 'own'), kafkaPort: await freePort(), args });
  };

  it.each(DOCUMENTS.filter((document) => document !== ON_AWS && examplesIn(join(ROOT, document)).length > 0))(
    'do what %s says',
    async (document) => {
      let at = server;
      try {
        for (const { command, shown } of examplesIn(join(ROOT, document))) {
          if (command === 'npm start') continue;
          if (command.startsWith(START)) at = await startAs(command);
          else {
            const output = await run(command, at);
            expect(matches(output, shown), `$ ${command}\nprinted:\n${output}\nthe document shows:\n${shown}`).toBe(
              true,
            );
          }
        }
      } finally {
        if (at !== server) await at.kill();
      }
    },
    120_000,
  );
});
