import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type RunningServer, started } from '../support/process.ts';
import { javaArgs } from './installations.ts';
import { eventually, TopicLines } from './topic-lines.ts';

const START_MS = 90_000;
const FILE = 'org.apache.kafka.connect.file.FileStream';

/** Kafka Connect, standalone: one file's lines into a topic, and the topic's into another file. */
class FileToFile {
  readonly folder = mkdtempSync(join(tmpdir(), 'millrace-connect-'));
  readonly topic = `connect-${randomBytes(4).toString('hex')}`;
  readonly #bootstrap: string;
  #worker: RunningServer | undefined;

  constructor(bootstrap: string) {
    this.#bootstrap = bootstrap;
  }

  get out(): string {
    const file = join(this.folder, 'out.txt');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  append(lines: readonly string[]): void {
    appendFileSync(join(this.folder, 'in.txt'), lines.map((line) => `${line}\n`).join(''));
  }

  #properties(name: string, properties: Readonly<Record<string, string>>): string {
    const file = join(this.folder, `${name}.properties`);
    writeFileSync(
      file,
      Object.entries(properties)
        .map((pair) => `${pair.join('=')}\n`)
        .join(''),
    );
    return file;
  }

  async start(): Promise<void> {
    const url = `http://127.0.0.1:${await freePort()}`;
    const converter = 'org.apache.kafka.connect.json.JsonConverter';
    const files = [
      this.#properties('worker', {
        ...{ 'bootstrap.servers': this.#bootstrap, listeners: url, 'offset.flush.interval.ms': '500' },
        ...{ 'key.converter': converter, 'value.converter': converter, 'value.converter.schemas.enable': 'true' },
        'offset.storage.file.filename': join(this.folder, 'offsets'),
      }),
      this.#properties('source', {
        ...{ name: `${this.topic}-source`, 'connector.class': `${FILE}SourceConnector`, 'tasks.max': '1' },
        ...{ file: join(this.folder, 'in.txt'), topic: this.topic },
      }),
      this.#properties('sink', {
        ...{ name: `${this.topic}-sink`, 'connector.class': `${FILE}SinkConnector`, 'tasks.max': '1' },
        ...{ file: join(this.folder, 'out.txt'), topics: this.topic },
      }),
    ];
    const args = javaArgs('org.apache.kafka.connect.cli.ConnectStandalone', ...files);
    const connectors = `${url}/connectors`;
    this.#worker = await started({
      ...{ name: 'Kafka Connect', command: 'java', args, env: () => ({}), url, startMs: START_MS },
      health: async () => {
        const names = (await (await fetch(connectors)).json()) as readonly string[];
        if (names.length < 2) throw new Error('Not both connectors are there yet');
      },
    });
  }

  async stop(): Promise<void> {
    await this.#worker?.stop();
    this.#worker = undefined;
  }
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `line ${from + index}`);

describe.each(['kafka', 'millrace'] as const)('Kafka Connect on %s', (server) => {
  let running: FileToFile | undefined;
  afterEach(async () => {
    await running?.stop();
    if (running) rmSync(running.folder, { recursive: true, force: true });
  });

  test('carries lines from file to file, and goes on where it was after a restart', async () => {
    const bootstrap = inject(server);
    const lines = new TopicLines(bootstrap);
    running = new FileToFile(bootstrap);
    await lines.create(running.topic, 1);
    running.append(numbered(0, 500));
    await running.start();
    await eventually('the first lines', async () => running!.out.endsWith('line 499\n'));
    running.append(numbered(500, 600));
    await eventually('more lines', async () => running!.out.endsWith('line 599\n'));
    await running.stop();
    running.append(numbered(600, 700));
    await running.start();
    await eventually('the lines since', async () => running!.out.endsWith('line 699\n'));
    expect(running.out).toBe(
      numbered(0, 700)
        .map((line) => `${line}\n`)
        .join(''),
    );
    const held = await lines.lines(running.topic, 700);
    expect(held.map((line) => (JSON.parse(line) as { payload: string }).payload)).toEqual(numbered(0, 700));
    await lines.end();
  });
});
