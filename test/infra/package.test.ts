import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { started } from '../support/process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const BIN = join(ROOT, 'node_modules/.bin');
const MINUTES = 60_000;
const COMMAND = 'node_modules/millrace/dist/cli/millrace.js';

const run = promisify(execFile);
/** What npm scripts have: the repository's own Node and tools first. */
const env = { ...process.env, PATH: `${BIN}:${process.env.PATH}` };

const APP = `
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { EventPlatform, Sink } from 'millrace/infra';

const app = new App({ outdir: 'out' });
const stack = new Stack(app, 'Shop');
const platform = new EventPlatform(stack, 'Events');
platform.addTopic('orders', { retention: Duration.days(30) });
platform.addRoute('large', { topics: ['orders'], to: Sink.sqs(new Queue(stack, 'Large')) });
app.synth();
`;

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

describe('the package, as others install it', () => {
  let project = '';
  let packed: Packed;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'millrace-packed-'));
    const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', project], {
      cwd: ROOT,
      env,
      timeout: 2 * MINUTES,
    });
    packed = (JSON.parse(stdout.slice(stdout.indexOf('['))) as Packed[])[0]!;
    await run('tar', ['-xzf', packed.filename], { cwd: project });
    const modules = join(project, 'node_modules');
    await mkdir(modules);
    await cp(join(project, 'package'), join(modules, 'millrace'), { recursive: true });
    // As npm would, without a network: what the package depends on, and nothing that it is built with.
    const { dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    for (const name of [...Object.keys(dependencies), 'aws-cdk-lib', 'constructs']) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(join(ROOT, 'node_modules', name), join(modules, name));
    }
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
    await writeFile(join(project, 'app.mjs'), APP);
    await writeFile(
      join(project, 'app.mts'),
      `${APP}// @ts-expect-error a slip\nplatform.addTopic('slip', { partitons: 8 });\n`,
    );
  }, 3 * MINUTES);

  afterAll(() => rm(project, { recursive: true, force: true }));

  it('has compiled code, types and bundled functions, and no sources', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toContain('dist/infra/index.js');
    expect(paths).toContain('dist/infra/index.d.ts');
    expect(paths).toContain('dist/functions/api.mjs');
    expect(paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
  });

  it('synthesizes an app of ten lines by plain Node', async () => {
    await run(process.execPath, ['app.mjs'], { cwd: project, timeout: MINUTES });
    const out = join(project, 'out');
    const template = JSON.parse(await readFile(join(out, 'Shop.template.json'), 'utf8')) as {
      readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
    };
    const types = Object.values(template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function').length).toBeGreaterThanOrEqual(6);
    const [asset] = (await readdir(out)).filter((name) => name.startsWith('asset.'));
    expect((await readdir(join(out, asset!))).sort()).toContain('deliver.mjs');
  });

  it('has the command, which keeps events on disk', async () => {
    const { stdout } = await run(process.execPath, [COMMAND, '--version'], { cwd: project, timeout: MINUTES });
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+/);
    const [port, kafka] = [await freePort(), await freePort()];
    const listen = ['--http', `127.0.0.1:${port}`, '--kafka', `127.0.0.1:${kafka}`];
    const server = await started({
      name: 'millrace, as packed',
      command: process.execPath,
      args: [join(project, COMMAND), 'start', '--data', join(project, 'data'), ...listen],
      env: () => ({}),
      url: `http://127.0.0.1:${port}`,
      health: `http://127.0.0.1:${port}/health`,
      startMs: MINUTES,
    });
    try {
      const body = JSON.stringify({ topic_name: 'orders', partitions_count: 1 });
      const headers = { 'content-type': 'application/json' };
      const url = `${server.url}/v3/clusters/millrace/topics`;
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(201);
    } finally {
      await server.stop();
    }
  });

  it('has types that a strict project compiles against', async () => {
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--skipLibCheck',
      '--types',
      '',
    ];
    const typed = run(join(BIN, 'tsc'), [...options, 'app.mts'], { cwd: project, env, timeout: MINUTES });
    await expect(typed.catch(({ stdout }: { readonly stdout: string }) => stdout)).resolves.toMatchObject({
      stdout: '',
    });
  });
});
