import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { bundleFunctions, ENTRIES, type Entry, sizesOf } from '../../infra/bundle.ts';
import { type Context, spreadOf, type Table } from '../harness.ts';

const RUNS = { full: 11, quick: 1 };
const LIMIT_MS = 60_000;

/** What each function is told by its deployment; none of it is asked for anything while a function starts. */
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  MILLRACE_PLATFORM: 'bench',
  MILLRACE_BUCKET: 'bench',
  MILLRACE_TABLE: 'bench',
  MILLRACE_AUTH: 'acl',
  MILLRACE_DELIVER_FUNCTION: 'bench-deliver',
  MILLRACE_INGEST_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/123456789012/bench',
  MILLRACE_DECLARATION_PATH: '/millrace/bench',
  MILLRACE_TICK_RULE: 'bench-tick',
  MILLRACE_SOURCE: '{"name":"bench","kind":"sqs","topic":"bench"}',
  POWERTOOLS_SERVICE_NAME: 'bench',
  POWERTOOLS_METRICS_NAMESPACE: 'Millrace',
};

/** In a process of its own, as an environment starts: the time until a function has its handler. `awslambda` is Lambda's. */
const INIT = `
globalThis.awslambda = { streamifyResponse: (handler) => handler };
const read = [];
if (process.argv[2] === 'read') {
  const { registerHooks } = await import('node:module');
  registerHooks({ load: (url, context, next) => (read.push(url), next(url, context)) });
}
const startMs = performance.now();
const { handler } = await import(process.argv[1]);
const ms = performance.now() - startMs;
console.log(JSON.stringify({ ms, handler: typeof handler, read }));
`;

interface Init {
  readonly ms: number;
  readonly handler: string;
  /** The URLs of the modules that were read, where that was asked for: it takes time. */
  readonly read: readonly string[];
}

/**
 * What a cold start of each function reads and takes: the files of the bundle, and the time from an empty Node to its handler. Lambda adds its own: the environment and the download of the bundle; its CPU is slower below 1.8 GB.
 */
export async function coldStart({ effort, folder }: Context): Promise<Table[]> {
  const bundle = bundleFunctions(join(folder, 'functions'));
  const sizes = sizesOf(bundle);
  const all = [...sizes].reduce((sum, [, size]) => sum + size, 0);
  const rows: string[][] = [];
  for (const entry of ENTRIES) {
    const { read } = await init(bundle, entry, 'read');
    const files = read.filter((url) => url.startsWith('file:')).map((url) => relative(bundle, fileURLToPath(url)));
    const bytes = files.reduce((sum, name) => sum + sizes.get(name)!, 0);
    const zipped = await Promise.all(files.map(async (name) => gzipSync(await readFile(join(bundle, name))).length));
    const times: number[] = [];
    for (let run = 0; run < (effort.quick ? RUNS.quick : RUNS.full); run++)
      times.push((await init(bundle, entry, 'timed')).ms);
    const { median } = spreadOf(times);
    const gzip = zipped.reduce((sum, one) => sum + one, 0);
    rows.push([
      entry,
      String(files.length),
      kilobytes(bytes),
      kilobytes(gzip),
      median.toFixed(0),
      Math.min(...times).toFixed(0),
    ]);
  }
  rows.push(['all, as deployed', String(sizes.size), kilobytes(all), '–', '–', '–']);
  const columns = ['function', 'files', 'KB', 'KB, gzip', 'init ms, median', 'least'];
  return [{ title: 'Cold start, by function', columns, rows }];
}

async function init(bundle: string, entry: Entry, how: 'timed' | 'read'): Promise<Init> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', INIT, pathToFileURL(join(bundle, `${entry}.mjs`)).href, how],
    { env: ENVIRONMENT, timeout: LIMIT_MS },
  );
  const started = JSON.parse(stdout.trim().split('\n').at(-1)!) as Init;
  if (started.handler !== 'function') throw new Error(`${entry} has no handler.`);
  return started;
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(0);
}
