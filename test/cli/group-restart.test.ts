import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { MILLRACE, ServerProcess } from '../support/server-process.ts';
import { millrace, world } from './world.ts';

/** Far below the 30 s that a session lasts: a member that waited for its own would come too late. */
const SOON = { timeout: 15_000, interval: 50 };

/** `consume -G` as a process that goes on until the test ends. */
function member(url: string, topic: string, ...args: string[]) {
  const child = spawn(process.execPath, [MILLRACE, 'consume', topic, '-G', 'team', '--http', url, ...args]);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const stop = () => {
    child.kill('SIGINT');
    return ended;
  };
  return { said, stop };
}

test.each(['stop', 'kill'] as const)(
  'a member outlasts a server that is ended by %s and comes back, and reads on at once',
  async (how) => {
    const data = mkdtempSync(join(tmpdir(), 'millrace-restart-'));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const first = await ServerProcess.start({ data });
    const env = { MILLRACE_HTTP: first.url };
    await millrace(['topic', 'create', 'orders', '-p', '2'], { env });
    await millrace(['produce', 'orders', '-p', '0'], { env, input: 'before\n' });
    const { said, stop } = member(first.url, 'orders');
    await vi.waitFor(() => expect(said.out).toBe('before\n'), SOON);
    // Once that is committed, it is not to come again.
    await vi.waitFor(async () => {
      const { stdout } = await millrace(['group', 'lag', 'team', '--output', 'json'], { env });
      expect(JSON.parse(stdout)).toMatchObject({ total: 0 });
    }, SOON);
    await first[how]();
    await vi.waitFor(() => expect(said.err).toContain('Trying again for 60 s'), SOON);
    const second = await ServerProcess.start({ data, port: first.port });
    onTestFinished(() => second.kill());
    await millrace(['produce', 'orders', '-p', '1'], { env, input: 'after\n' });
    await vi.waitFor(() => expect(said.out).toBe('before\nafter\n'), SOON);
    expect(said.err).not.toContain('Standing by');
    expect(await stop()).toBe(0);
  },
  60_000,
);

test('a member without a partition says that it stands by, and when it gets one', async () => {
  const { served } = await world();
  onTestFinished(() => served.close());
  await served.platform.topics.create('one', { partitions: 1 });
  await served.platform.events.produce('one', [{ key: null, value: Buffer.from('a') }]);
  const reading = member(served.url, 'one');
  await vi.waitFor(() => expect(reading.said.out).toBe('a\n'), SOON);
  const standing = member(served.url, 'one');
  await vi.waitFor(() => expect(standing.said.err).toBe('Standing by: other members have all partitions.\n'), SOON);
  expect(await reading.stop()).toBe(0);
  await vi.waitFor(() => expect(standing.said.err).toMatch(/\nIt has partitions now\.\n$/), SOON);
  expect(await standing.stop()).toBe(0);
}, 60_000);
