import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Served } from '../../cli/serve.ts';
import { MILLRACE, type millrace, world } from './world.ts';

let served: Served;
let run: typeof millrace;

beforeAll(async () => {
  ({ served, run } = await world());
});

afterAll(async () => {
  await served.close();
});

/** A topic of its own for a test, with these values in partition 0. */
async function topicWith(name: string, values: readonly string[], partitions = 1): Promise<string> {
  await served.platform.topics.create(name, { partitions });
  const events = values.map((value, i) => ({
    key: null,
    value: Buffer.from(value),
    partition: 0,
    timestampMs: 1_000 + i,
  }));
  if (events.length > 0) await served.platform.events.produce(name, events);
  return name;
}

describe('topic', () => {
  test('is made, listed, changed, grown, described and deleted', async () => {
    expect(await run(['topic', 'create', 't1', '-p', '3', '-c', 'retention.ms=1000'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Made topic t1 with 3 partitions.\n',
    });
    const again = ['topic', 'create', 't1', '-p', '3'];
    const [list, exists, tolerated, altered, grown] = await Promise.all([
      run(['topic', 'list']),
      run(again),
      run([...again, '--if-not-exists']),
      run(['topic', 'alter', 't1', 'cleanup.policy=compact', 'retention.ms']),
      run(['topic', 'add-partitions', 't1', '5']),
    ]);
    expect(list.stdout).toMatch(/^TOPIC {3,}PARTITIONS\nt1 +[35]\n$/);
    expect(exists).toMatchObject({ code: 6, stderr: 'error: Topic t1 exists already.\n' });
    expect([tolerated.code, altered.code, grown.code]).toEqual([0, 0, 0]);
    const described = JSON.parse((await run(['topic', 'describe', 't1', '--output', 'json'])).stdout);
    expect(described).toMatchObject({ name: 't1', partitions: { length: 5 } });
    expect(described.configs).toContainEqual({ name: 'cleanup.policy', value: 'compact', isDefault: false });
    expect(described.configs).toContainEqual({ name: 'retention.ms', value: '604800000', isDefault: true });
    expect(await run(['topic', 'delete', 't1'])).toMatchObject({ code: 0 });
    expect(await run(['topic', 'describe', 't1'])).toMatchObject({ code: 3 });
  });
});

describe('produce and consume', () => {
  test('the tour: a key and a value come out as they went in', async () => {
    await topicWith('tour', [], 4);
    const produced = await run(['produce', 'tour', '-K', ':'], { input: 'k:v\n' });
    expect(produced).toMatchObject({ code: 0, stdout: '' });
    expect(produced.stderr).toMatch(/^Stored 1 event in tour \(4 B, [\d.]+ m?s\)\.\n$/);
    const args = ['consume', 'tour', '-o', 'beginning', '-e'];
    expect(await run([...args, '-K', '=>'])).toEqual({ code: 0, stdout: 'k=>v\n', stderr: '' });
  });

  test('what is split where, what is null, and which headers there are, is said by flags', async () => {
    await topicWith('flags', []);
    const args = ['produce', 'flags', '-K', '->', '-D', ';', '-k', 'none', '-z', '-H', 'a=1', '-H', 'b', '-p', '0'];
    expect(await run(args, { input: 'k->v;->x;gone->;plain' })).toMatchObject({ code: 0 });
    const { stdout } = await run(['consume', 'flags', '-e', '-f', '%o %k=%s %S [%h]\\n', '-Z']);
    expect(stdout).toBe(
      '0 k=v 1 [a=1,b=NULL]\n1 NULL=x 1 [a=1,b=NULL]\n2 gone=NULL -1 [a=1,b=NULL]\n3 none=plain 5 [a=1,b=NULL]\n',
    );
  });

  test('lines without the key delimiter are counted, unless all have a key by --key', async () => {
    await topicWith('keyless', []);
    const input = 'a:1\nb\nc\n';
    const told = await run(['produce', 'keyless', '-K', ':'], { input });
    expect(told.stderr).toMatch(
      /^Stored 3 events .*\n2 events of them without a key: no key delimiter in the line\.\n$/,
    );
    for (const args of [['-K', ':', '-k', 'all'], []]) {
      expect((await run(['produce', 'keyless', ...args], { input })).stderr).toMatch(/^Stored 3 events .*\n$/);
    }
  });

  test('JSON lines carry everything from one topic to another', async () => {
    await topicWith('from', ['{"n":1.0}', '12', 'text']);
    await topicWith('to', []);
    const lines = (await run(['consume', 'from', '-e', '--json'])).stdout;
    expect(await run(['produce', 'to', '--json-lines'], { input: lines })).toMatchObject({ code: 0 });
    expect((await run(['consume', 'to', '-e', '--json'])).stdout).toBe(lines.replaceAll('"from"', '"to"'));
    expect((await run(['consume', 'from', '-e', '--output', 'json'])).stdout).toBe(lines);
    const both = await run(['consume', 'from', '-e', '--output', 'json', '-f', '%s']);
    expect(both).toMatchObject({ code: 4, stderr: expect.stringContaining('--format') });
    const broken = await run(['produce', 'to', '--json-lines'], { input: '{"value":"x"}\n{"value":\n' });
    expect(broken.code).toBe(4);
    expect(broken.stderr).toContain('Line 2 is not JSON');
  });

  test('a reader begins where it is told, and ends after a count', async () => {
    const topic = await topicWith('starts', ['a', 'b', 'c', 'd']);
    const read = async (...args: string[]) => (await run(['consume', topic, ...args])).stdout.replaceAll('\n', '');
    const reads = [
      read('-o', '1', '-e'),
      read('-o', '-1', '-e'),
      read('-o', '@1002', '-e'),
      read('-o', 'end', '-e'),
      read('-c', '2'),
      read('-o', '@1970-01-01T00:00:01.001Z', '-c', '1', '-p', '0'),
    ];
    expect(await Promise.all(reads)).toEqual(['bcd', 'd', 'cd', '', 'ab', 'b']);
    expect(await run(['consume', topic, '-p', '1', '-e'])).toMatchObject({ code: 3 });
  });

  test('an offset beyond the end is told with the end, and is an error where nothing is left to read', async () => {
    const topic = await topicWith('ends', ['a', 'b', 'c', 'd'], 2);
    const read = (...args: string[]) => run(['consume', topic, ...args]);
    expect(await read('-o', '9', '-e', '-p', '0')).toEqual({
      code: 3,
      stdout: '',
      stderr: 'error: There is no offset 9 in partition 0 of ends: it ends at 4. Without -e it is waited for.\n',
    });
    expect((await read('-o', '9', '-e')).stderr).toContain(
      'no offset 9 in any partition of ends: the longest, partition 0, ends at 4.',
    );
    expect(await read('-o', '3', '-e')).toEqual({
      code: 0,
      stdout: 'd\n',
      stderr: 'Partition 1: offset 3 is beyond its end, which is 0.\n',
    });
    // The next offset is where a reader goes on that has read everything.
    expect(await read('-o', '4', '-e', '-p', '0')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('who waits at an offset beyond the end is told so, and gets that offset when it comes', async () => {
    const topic = await topicWith('later', ['a']);
    const stderr = Promise.withResolvers<string>();
    const child = spawn(process.execPath, [MILLRACE, 'consume', topic, '-o', '2', '-c', '1'], {
      env: { PATH: process.env.PATH, MILLRACE_HTTP: served.url },
    });
    child.stderr.once('data', (text: Buffer) => stderr.resolve(text.toString()));
    const stdout = buffer(child.stdout);
    expect(await stderr.promise).toBe('Partition 0: offset 2 is beyond its end, which is 1; waiting until it comes.\n');
    const events = ['b', 'c'].map((value) => ({ key: null, value: Buffer.from(value), partition: 0 }));
    await served.platform.events.produce(topic, events);
    expect((await stdout).toString()).toBe('c\n');
  });

  test('more than one request holds is stored and read in order, in every partition', async () => {
    await topicWith('many', [], 3);
    const count = 25_000;
    const input = Array.from({ length: count }, (_, i) => `${i % 7}:${i}`).join('\n');
    expect((await run(['produce', 'many', '-K', ':'], { input })).stderr).toContain('Stored 25,000 events');
    const { stdout } = await run(['consume', 'many', '-e', '-f', '%p %s\\n']);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').map(Number) as [number, number]);
    expect(new Set(events.map(([, value]) => value)).size).toBe(count);
    for (const of of Map.groupBy(events, ([partition]) => partition).values()) {
      for (let i = 1; i < of.length; i++)
        if (of[i]![1] <= of[i - 1]![1]) throw new Error(`${of[i]} after ${of[i - 1]}`);
    }
  });

  test('a batch whose answer was lost is sent again, and stored once', async () => {
    await topicWith('lossy', []);
    const lossy = await proxy(({ method, seen }) => (method === 'POST' && seen === 1 ? 'lose' : 'pass'));
    const produced = await run(['produce', 'lossy', '--http', lossy.url], { input: 'a\nb\n' });
    expect(produced).toMatchObject({ code: 0 });
    expect(produced.stderr).toMatch(/lost .*Trying again for 60 s[\s\S]*Stored 2 events/);
    expect(lossy.posts()).toBe(2);
    expect((await run(['consume', 'lossy', '-e'])).stdout).toBe('a\nb\n');
  });

  test('a server that is overloaded is asked again, until the time is up', async () => {
    await topicWith('busy', []);
    const busy = await proxy(({ method }) => (method === 'POST' ? 'refuse' : 'pass'));
    const produced = await run(['produce', 'busy', '--http', busy.url, '--retry-for', '1'], { input: 'a\n' });
    expect(produced.code).toBe(7);
    expect(produced.stderr).toContain('Stored 0 events in busy before that:\nerror: Too much.');
    expect(busy.posts()).toBeGreaterThan(1);
  });

  test('a reader that goes away ends it quietly', async () => {
    const topic = await topicWith(
      'head',
      Array.from({ length: 20_000 }, (_, i) => `${i} ${'x'.repeat(100)}`),
    );
    const shell = `"${process.execPath}" "${MILLRACE}" consume ${topic} --http ${served.url} | head -1; exit \${PIPESTATUS[0]}`;
    const child = spawn('bash', ['-c', shell], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr, code] = await Promise.all([
      buffer(child.stdout),
      buffer(child.stderr),
      new Promise((resolve) => child.once('close', resolve)),
    ]);
    expect([String(stdout), String(stderr), code]).toEqual([`0 ${'x'.repeat(100)}\n`, '', 0]);
  });

  test('waiting for more, it writes each event as it comes, and Ctrl-C ends it well', async () => {
    const topic = await topicWith('follow', ['first']);
    const child = spawn(process.execPath, [MILLRACE, 'consume', topic, '--http', served.url]);
    const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('first\n');
    await served.platform.events.produce(topic, [{ key: null, value: Buffer.from('second') }]);
    expect((await lines.next()).value).toBe('second\n');
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  });
});

describe('group', () => {
  test('what one member has written and committed, the next one does not get', async () => {
    const topic = await topicWith('shared', ['a', 'b', 'c', 'd']);
    const consume = ['consume', topic, '-G', 'team'];
    expect((await run([...consume, '-c', '3'])).stdout).toBe('a\nb\nc\n');
    expect(JSON.parse((await run(['group', 'lag', 'team', '--output', 'json'])).stdout)).toEqual({
      group: 'team',
      total: 1,
      partitions: [{ topic, partition: 0, committed: 3, end: 4, stable: 4, lag: 1, member: null }],
    });
    expect((await run([...consume, '-e'])).stdout).toBe('d\n');
    const reset = await run(['group', 'reset', 'team', '-t', topic, '--to-time', '1002', '--output', 'json']);
    expect(JSON.parse(reset.stdout)).toMatchObject({ partitions: [{ partition: 0, from: 4, to: 2 }] });
    expect((await run([...consume, '-e'])).stdout).toBe('c\nd\n');
    const [list, described] = await Promise.all([run(['group', 'list']), run(['group', 'describe', 'team'])]);
    expect(list.stdout).toMatch(/team +empty/);
    expect(described).toMatchObject({ code: 0, stderr: 'It has no members now.\n' });
    expect(await run(['group', 'delete', 'team'])).toMatchObject({ code: 0 });
    expect(await run(['group', 'describe', 'team'])).toMatchObject({ code: 3 });
  });

  test('records whose answer was lost are read again, and none is passed over', async () => {
    const topic = await topicWith('lost-polls', ['a', 'b']);
    let lost = 0;
    const lossy = await proxy(({ url }) => (url.includes('/records?') && lost++ === 0 ? 'lose' : 'pass'));
    const consumed = await run(['consume', topic, '-G', 'lossy', '-c', '2', '--http', lossy.url]);
    expect(consumed).toMatchObject({ code: 0, stdout: 'a\nb\n' });
    expect(consumed.stderr).toContain('Joining the group again');
    expect(await served.platform.groups.committed('lossy', topic)).toMatchObject([{ partition: 0, offset: 2 }]);
  });

  test('lag has a row for a partition where nothing is committed, too', async () => {
    const topic = await topicWith('half', ['a', 'b'], 2);
    await served.platform.groups.reset('half-way', topic, 'latest', { partitions: [1] });
    const { stdout } = await run(['group', 'lag', 'half-way']);
    expect(stdout.split('\n').map((line) => line.split(/ +/).join(' '))).toEqual([
      'TOPIC PARTITION COMMITTED END LAG MEMBER',
      'half 0 - 2 2 -',
      'half 1 0 0 0 -',
      '',
    ]);
  });

  test('a reset out of the log says where it went instead', async () => {
    const topic = await topicWith('short', ['a', 'b']);
    const reset = (...to: string[]) => run(['group', 'reset', 'far', '-t', topic, ...to]);
    const moved = 'Moved group far in 1 of 1 partition of topic short.\n';
    expect(await reset('--to-offset', '2')).toMatchObject({ code: 0, stderr: moved });
    const beyond = 'Partition 0: offset 9 is beyond its end; it goes to 2.\n';
    expect((await reset('--to-offset', '9')).stderr).toBe(`${beyond}Group far was there already in topic short.\n`);
    expect((await reset('--by', '-5')).stderr).toBe(
      `Partition 0: offset -3 is before its start; it goes to 0.\n${moved}`,
    );
    const dry = 'Nothing was moved: this was a dry run.\n';
    expect((await reset('--to', 'end', '--dry-run')).stderr).toBe(dry);
    const json = await reset('--to-offset', '9', '--dry-run', '--output', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ dryRun: true, partitions: [{ partition: 0, from: 0, to: 2 }] });
    expect(json.stderr).toBe(beyond);
  });

  test('a reset says where to, or is refused', async () => {
    expect(await run(['group', 'reset', 'g', '-t', 'x'])).toMatchObject({ code: 4 });
    expect(await run(['group', 'reset', 'g', '-t', 'x', '--to', 'latest', '--by', '1'])).toMatchObject({ code: 4 });
  });
});

describe('route', () => {
  test('is made of pairs or a file, shown, paused, resumed, replayed and deleted', async () => {
    const topic = await topicWith('source', ['{"n":1}', '{"n":2}']);
    await topicWith('sink', []);
    const file = join(mkdtempSync(join(tmpdir(), 'millrace-cli-')), 'route.json');
    const filter = { value: { n: [2] } };
    writeFileSync(
      file,
      JSON.stringify({
        name: 'r',
        config: { 'connector.class': 'topic', topics: topic, 'topic.name': 'sink', filter },
      }),
    );
    expect(await run(['route', 'create', 'r', file])).toMatchObject({ code: 0 });
    expect((await run(['consume', 'sink', '-c', '1'])).stdout).toBe('{"n":2}\n');
    expect(JSON.parse((await run(['route', 'list', '--output', 'json'])).stdout)).toMatchObject([
      { name: 'r', state: 'RUNNING', sink: 'topic', topics: topic },
    ]);
    expect(await run(['route', 'pause', 'r'])).toMatchObject({ code: 0, stderr: 'Paused route r.\n' });
    const status = await run(['route', 'status', 'r', '--output', 'json']);
    expect(JSON.parse(status.stdout)).toMatchObject({
      name: 'r',
      state: 'PAUSED',
      tasks: [{ topic, retrying: null, events: { filtered: 1 } }],
    });
    expect(await run(['route', 'config', 'r', 'filter='])).toMatchObject({ code: 0 });
    expect((await run(['route', 'config', 'r'])).stdout).not.toContain('filter');
    expect(await run(['route', 'resume', 'r'])).toMatchObject({ code: 0 });
    expect(await run(['route', 'replay', 'r', '--from-offset', '0'])).toMatchObject({ code: 0 });
    expect((await run(['consume', 'sink', '-o', '1', '-c', '2'])).stdout).toBe('{"n":1}\n{"n":2}\n');
    expect(await run(['route', 'delete', 'r'])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^Deleted route r\. Its positions are forgotten.*millrace route pause r` silences it/,
      ),
    });
    expect(await run(['route', 'status', 'r'])).toMatchObject({ code: 3 });
  });

  test('every mistake in its settings is named', async () => {
    const made = await run(['route', 'create', 'bad', 'connector.class=webhok', 'topics=a']);
    expect(made.code).toBe(4);
    expect(made.stderr).toContain('webhook');
    expect(await run(['route', 'create', 'bad', '/no/such.json'])).toMatchObject({ code: 4 });
  });
});

describe('what goes wrong', () => {
  test('is one sentence, and an exit code', async () => {
    const nobody = await freeAddress();
    const [away, gone, foreign, unknown, flag, none, token, sequence, member] = await Promise.all([
      run(['topic', 'list', '--http', nobody]),
      run(['topic', 'list', '--http', `http://${nobody}/restapis/shop`]),
      run(['topic', 'list', '--http', await foreignServer()]),
      run(['consume', 'nowhere', '-e']),
      run(['consume', 'x', '--partition', 'two']),
      run(['topci']),
      run(['consume', 'x', '-f', '%x\\n']),
      run(['consume', 'x', '-f', '%s\\q']),
      run(['consume', 'x', '-G', 'g', '-o', '3']),
    ]);
    expect(token.code).toBe(4);
    expect(token.stderr).toContain('"%x" is no token. There are %s %S %R %k %K %T %h %t %p %o %%.');
    expect(sequence.code).toBe(4);
    expect(sequence.stderr).toContain('"\\q" is no escape. There are \\n, \\r, \\t, \\0, \\\\ and \\xHH.');
    expect(member).toMatchObject({ code: 4, stderr: expect.stringContaining('-o is beginning or end') });
    expect(away).toEqual({
      code: 5,
      stdout: '',
      stderr: `error: Nothing answers at http://${nobody} (ECONNREFUSED). Start it with \`npm start\`, or name another address with --http.\n`,
    });
    expect(gone).toMatchObject({ code: 5, stderr: expect.stringContaining('the stack still there') });
    expect(gone.stderr).not.toContain('npm start');
    expect(foreign.code).toBe(5);
    expect(foreign.stderr).toContain('is no Millrace');
    expect(unknown).toMatchObject({ code: 3, stdout: '' });
    expect(flag.code).toBe(4);
    expect(none.code).toBe(4);
    expect(none.stderr).toContain('Did you mean topic?');
  });

  test('https of a server that speaks http is a wrong address, and the right one is said', async () => {
    const { code, stderr } = await run(['topic', 'list', '--http', served.url.replace('http:', 'https:')]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/^error: What answers at https:\S+ speaks no https \(\w+\)\. .*\n$/);
    expect(stderr).toContain(`--http ${served.url}`);
  });
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function foreignServer(): Promise<string> {
  return listening(createServer((_, response) => response.end('<html>')));
}

async function freeAddress(): Promise<string> {
  const server = createServer();
  const address = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return address;
}

/** Stands before the real server: passes a request on, or passes it on and loses the answer, or refuses it with 429. */
async function proxy(decide: (request: { method: string; url: string; seen: number }) => 'pass' | 'lose' | 'refuse') {
  let posts = 0;
  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '' } = request;
    const body = await buffer(request);
    if (method === 'POST') posts++;
    const decision = decide({ method, url, seen: posts });
    if (decision === 'refuse') {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '0' });
      response.end('{"error_code":429,"message":"Too much."}');
      return;
    }
    const headers = Object.fromEntries(
      ['content-type', 'idempotency-key', 'accept'].map((name) => [name, String(request.headers[name])]),
    );
    const answer = await fetch(served.url + url, { method, headers, ...(method === 'POST' && { body }) });
    const text = await answer.text();
    if (decision === 'lose') request.socket.destroy();
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  });
  return { url: `http://${await listening(server)}`, posts: () => posts };
}
