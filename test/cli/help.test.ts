import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { millrace, world } from './world.ts';

test('the help of the whole command lists every setting, with its variable and default', async () => {
  const { code, stdout } = await millrace(['--help']);
  expect(code).toBe(0);
  const rows = stdout.split('\n').map((line) => line.split(/ {3,}/));
  const settings = rows.slice(rows.findIndex(([first]) => first === 'SETTING') + 1);
  expect(settings.slice(0, 11).map((row) => row.slice(0, 3))).toEqual([
    ['--data <folder>', 'MILLRACE_DATA', '.millrace'],
    ['--files <folder>', 'MILLRACE_FILES', '-'],
    ['--http <address>', 'MILLRACE_HTTP', '127.0.0.1:8082'],
    ['--kafka <address>', 'MILLRACE_KAFKA', '127.0.0.1:9092'],
    ['--linger-ms <ms>', 'MILLRACE_LINGER_MS', '0'],
    ['--flush-bytes <bytes>', 'MILLRACE_FLUSH_BYTES', '8388608'],
    ['--log <format>', 'MILLRACE_LOG', 'text'],
    ['--output <format>', '-', 'text'],
    ['-', 'MILLRACE_KAFKA_ADMIN_PASSWORD', '-'],
    ['-', 'MILLRACE_DEBUG', '-'],
    ['-', 'NO_COLOR', '-'],
  ]);
  expect(stdout).not.toMatch(/\.ts\b/);
});

test('options that npm has taken for its own are told, and nothing is started without them', async () => {
  const started = await millrace(['start'], { env: { npm_lifecycle_event: 'start', npm_config_kafka: 'off' } });
  expect(started).toEqual({
    code: 4,
    stdout: '',
    stderr: 'error: npm took --kafka for itself: options come behind "--", as in npm start -- … --kafka …\n',
  });
  const env = { npm_lifecycle_event: 'millrace', npm_config_partitions: '2' };
  const { code, stderr } = await millrace(['topic', 'create', 'x'], { env });
  expect([code, stderr]).toEqual([4, expect.stringContaining('npm run -s millrace -- … --partitions …')]);
});

test('who has it from a package types its name, whichever script or npx runs it', async () => {
  for (const script of ['npx', 'events']) {
    const { stdout } = await millrace(['--help'], { env: { npm_lifecycle_event: script } });
    expect(stdout).toContain('Usage: millrace ');
    expect(stdout).not.toContain('npm run');
  }
});

test('an older Node is told which one is needed', async () => {
  // Quotes would be the shell's in NODE_OPTIONS.
  const pretend = encodeURIComponent('Object.defineProperty(process.versions, "node", { value: "20.19.0" })');
  const { code, stdout, stderr } = await millrace(['--version'], {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${pretend}` },
  });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^error: Millrace needs Node 24 or newer; this is v.*\n$/);
});

test('--version prints the version of the package', async () => {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  expect(await millrace(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('help on making topics and routes says what each setting is, and its default', async () => {
  const [topic, alter, route, other] = await Promise.all([
    millrace(['topic', 'create', '--help']),
    millrace(['topic', 'help', 'alter']),
    millrace(['route', 'create', '-h']),
    millrace(['consume', '--help']),
  ]);
  for (const { code, stdout } of [topic, alter]) {
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}retention\.ms {2,}How long events are kept[\s\S]*?Default: 604800000\.$/m);
    expect(stdout).toMatch(/^ {2}millrace\.partitions\.per\.ledger {2,}\S/m);
  }
  expect(route.stdout).toMatch(/^ {2}file\.path {2,}The folder [\s\S]*?Required\.$/m);
  expect(route.stdout).toMatch(/^ {2}errors\.tolerance {2,}[\s\S]*?Default: none\.$/m);
  for (const name of ['filter', 'webhook.url', 'webhook.headers.<name>', 'topic.name', 'file.compression']) {
    expect(route.stdout).toContain(`\n  ${name} `);
  }
  // Each once, though every sink has it.
  expect(route.stdout.match(/^ {2}connector\.class /gm)).toHaveLength(1);
  expect(other.stdout.replaceAll(/\s+/g, ' ')).toContain('-N for the last N of each partition');
  expect(other.stdout).not.toContain('null)');
});

test('what is to be typed is said as whoever asks types it', async () => {
  const { served, run } = await world();
  onTestFinished(() => served.close());
  const npm = { env: { npm_lifecycle_event: 'millrace' } };
  const said = await Promise.all([
    run(['--help'], npm),
    run(['topic', 'list'], npm),
    run(['group', 'list'], npm),
    run(['route', 'list'], npm),
    run(['route', 'create', '--help'], npm),
    run(['produce', '--help'], npm),
    run(['consume', '--help'], npm),
    run(['consume', 'x', '-G', 'g', '-o', '3'], npm),
  ]);
  for (const { stdout, stderr } of said) {
    const typed = `${stdout}${stderr}`.match(/.{0,7}millrace (?:-- )?(?:topic|consume|produce|group|route|\[options)/g);
    expect(typed?.length).toBeGreaterThan(0);
    for (const one of typed ?? []) expect(one).toMatch(/run -s millrace -- /);
  }
  expect((await run(['topic', 'list'])).stderr).toBe(
    'There are no topics yet. Make one: millrace topic create orders\n',
  );
});

test('a route to files is made as its help shows, and says where they go', async () => {
  const { served, run } = await world();
  onTestFinished(() => served.close());
  await served.platform.topics.create('orders', { partitions: 1 });
  const { stdout } = await run(['route', 'create', '--help']);
  const shown = /\$ millrace (route create archive .*)$/m.exec(stdout)![1]!;
  expect(shown).toContain('connector.class=file');
  const { code, stderr } = await run(shown.split(' '));
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^Made route archive\. See how it does: millrace route status archive\nIts files go to \.millrace\/files\/archive /,
  );
});
