import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServerProcess } from '../support/server-process.ts';
import { installSchemathesis, SCHEMATHESIS } from './installation.ts';
import { narrowed } from './narrowed.ts';
import { prepare } from './prepared.ts';

/** How long requests are made up for; what is begun then ends by itself. */
const SECONDS = Number(process.env.MILLRACE_API_SECONDS ?? 60);
const RUN_MS_MAX = (SECONDS + 180) * 1_000;
/** The same requests every time, as far as time allows. */
const SEED = process.env.MILLRACE_API_SEED ?? '20260101';
/**
 * Whatever is sent is answered as the document says, and not by a failure of ours. Whether data that the document does not
 * describe is refused is looked at by tests of each request: schemas say less than handlers ask.
 */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
];

let server: ServerProcess;
const folder = mkdtempSync(join(tmpdir(), 'millrace-api-'));

beforeAll(async () => {
  [server] = await Promise.all([ServerProcess.start({ data: join(folder, 'data') }), installSchemathesis()]);
  await prepare(server.url);
}, 600_000);

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test(
  'whatever is sent to the HTTP API is answered as its OpenAPI document says',
  async () => {
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    const path = join(folder, 'openapi.json');
    writeFileSync(path, JSON.stringify(narrowed(document as never)));
    const args = [
      'run',
      path,
      '--url',
      server.url,
      '--checks',
      CHECKS.join(),
      '--seed',
      SEED,
      '--max-time',
      String(SECONDS),
    ];
    const limits = [
      '--request-timeout',
      '20',
      '--suppress-health-check',
      'all',
      // Python 3.11 before 3.11.8 fails when two threads parse at once (CPython's gh-106905).
      '--workers',
      '1',
      '--no-color',
      '--warnings',
      'off',
    ];
    const child = spawn(SCHEMATHESIS, [...args, ...limits], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const limit = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX);
    const [said, complained, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.once('close', resolve)),
    ]);
    clearTimeout(limit);
    expect({ code, said: code === 0 ? '' : `${said}${complained}`.slice(-20_000) }).toEqual({ code: 0, said: '' });
    // Routes may fail for what is sent to them; requests may not.
    const failures = server.said.split('\n').filter((line) => / error [A-Z]+ \/\S* failed/.test(line));
    expect(failures).toEqual([]);
  },
  RUN_MS_MAX + 30_000,
);
