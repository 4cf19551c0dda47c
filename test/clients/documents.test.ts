import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { examplesIn, runInShell } from '../support/console-examples.ts';
import { freePort } from '../support/free-port.ts';
import { ServerProcess } from '../support/server-process.ts';
import { JARS, PYTHON } from './installations.ts';

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/kafka.md');
const START = 'npm start -- ';
const READ_MS = 60_000;

/** A language whose program the page shows, and then the settings by which it gets in where it must authenticate. */
interface Language {
  readonly name: string;
  readonly file: string;
  readonly command: readonly [string, ...string[]];
  /** The program, with the settings in the place of its own. */
  secured(program: string, settings: string): string;
}

const LANGUAGES: readonly Language[] = [
  {
    name: 'js',
    file: 'orders.cjs',
    command: [process.execPath],
    secured: (program, settings) => program.replace(/^const server = .*$/m, settings),
  },
  {
    name: 'python',
    file: 'orders.py',
    command: [PYTHON],
    secured: (program, settings) => program.replace(/^server = .*$/m, settings),
  },
  {
    name: 'java',
    file: 'Orders.java',
    command: ['java', '-cp', [join(JARS, '*')].join(delimiter)],
    secured: (program) => program,
  },
];

const page = readFileSync(DOCUMENT, 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block]) => block!);
const properties = blocks('properties')[0]!;

describe.each(LANGUAGES)('what docs/kafka.md shows in $name', ({ name, file, command, secured }) => {
  const ends: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function start(args: readonly string[], folder: string) {
    const kafkaPort = await freePort();
    const server = await ServerProcess.start({ data: join(folder, 'data'), kafkaPort, args });
    ends.push(() => server.kill());
    return { url: server.url, here: (text: string) => placed(text, folder).replaceAll(':9092', `:${kafkaPort}`) };
  }

  function newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-documents-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    return folder;
  }

  /** Runs the program until it has read the event that it wrote. */
  async function readsWhatItWrote(program: string, folder: string): Promise<void> {
    writeFileSync(join(folder, file), program);
    const env = { ...process.env, NODE_PATH: join(ROOT, 'node_modules'), KAFKAJS_NO_PARTITIONER_WARNING: '1' };
    const child = spawn(command[0], [...command.slice(1), file], { cwd: folder, env, timeout: READ_MS });
    const ended = new Promise((done) => child.once('close', done));
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (/^k v$/m.test(said)) child.kill('SIGKILL');
      });
    await ended;
    expect(said).toMatch(/^k v$/m);
  }

  it('works as it stands', async () => {
    const folder = newFolder();
    const { here } = await start([], folder);
    writeFileSync(join(folder, 'client.properties'), here('bootstrap.servers=127.0.0.1:9092\n'));
    await readsWhatItWrote(here(blocks(name)[0]!), folder);
  });

  it('gets in with the settings of the page, after its commands', async () => {
    const folder = newFolder();
    let server = { url: '', here: (text: string) => placed(text, folder) };
    for (const { command: typed } of examplesIn(DOCUMENT)) {
      if (typed.startsWith(START)) server = await start(server.here(typed.slice(START.length)).split(' '), folder);
      else {
        const env = { ...process.env, MILLRACE_HTTP: server.url };
        await runInShell(server.here(typed), { cwd: ROOT, env, limitMs: READ_MS });
      }
    }
    writeFileSync(join(folder, 'client.properties'), server.here(properties));
    await readsWhatItWrote(server.here(secured(blocks(name)[0]!, blocks(name)[1] ?? '')), folder);
  });
});

/** The page's data folder, in a folder of the test. */
function placed(text: string, folder: string): string {
  return text.replaceAll('.millrace/', `${folder}/`);
}
