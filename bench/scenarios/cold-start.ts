import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
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
const startMs = performance.now();
const { handler } = await import(process.argv[1]);
console.log(JSON.stringify([performance.now() - startMs, typeof handler]));
`;

/**
 * What a cold start of each function reads and takes: the files that its entry imports, and the time from an empty Node to its
 * handler. Lambda adds its own: the environment and the download of the bundle; its CPU is slower below 1.8 GB.
 */
export async function coldStart({ effort, folder }: Context): Promise<Table[]> {
  const bundle = bundleFunctions(join(folder, 'functions'));
  const sizes = sizesOf(bundle);
  const all = [...sizes].reduce((sum, [, size]) => sum + size, 0);
  const rows: string[][] = [];
  for (const entry of ENTRIES) {
    const files = await readAtInit(bundle, `${entry}.mjs`);
    const bytes = files.reduce((sum, name) => sum + sizes.get(name)!, 0);
    const zipped = await Promise.all(files.map(async (name) => gzipSync(await readFile(join(bundle, name))).length));
    const times: number[] = [];
    for (let run = 0; run < (effort.quick ? RUNS.quick : RUNS.full); run++) times.push(await initMs(bundle, entry));
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

/** An entry with all that it imports, and what that imports; not what is imported when it is needed. */
async function readAtInit(bundle: string, entry: string): Promise<string[]> {
  const seen = new Set<string>([entry]);
  for (const name of seen) {
    const text = await readFile(join(bundle, name), 'utf8');
    for (const [, path] of text.matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+\.mjs)"/g)) {
      seen.add(join(dirname(name), path!));
    }
  }
  return [...seen];
}

async function initMs(bundle: string, entry: Entry): Promise<number> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', INIT, pathToFileURL(join(bundle, `${entry}.mjs`)).href],
    { env: ENVIRONMENT, timeout: LIMIT_MS },
  );
  const [ms, handler] = JSON.parse(stdout.trim().split('\n').at(-1)!) as [number, string];
  if (handler !== 'function') throw new Error(`${entry} has no handler.`);
  return ms;
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(0);
}
