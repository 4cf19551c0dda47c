import { expect, it } from 'vitest';
import { check } from './check.ts';
import { type History, partitionName } from './history.ts';
import { Recorder } from './recorder.ts';

const PARTITIONS = Array.from({ length: 8 }, (_, i) => partitionName('orders', i));
const SMALL = 2_500;
const TIMES = 16;
/** 16 for what is linear, 256 for what is quadratic. */
const RATIO_MAX = 64;
const ROUNDS = 3;

/** Producers with transactions, and a group that consumes and commits: so many operations. */
function historyOf(operations: number): History {
  const recorder = new Recorder();
  const ends = new Map(PARTITIONS.map((partition) => [partition, 0]));
  const fresh = new Map<string, [number, string][]>(PARTITIONS.map((partition) => [partition, []]));
  recorder.note('c', { kind: 'assign', group: 'g', member: 'c', generation: 1, partitions: PARTITIONS });
  for (let i = 0; i < operations; i += 10) {
    const process = `p${i % 7}`;
    const txn = recorder.transaction({ process, transactionalId: process, atomic: false });
    for (const partition of PARTITIONS.slice((i / 10) % 5, ((i / 10) % 5) + 4)) {
      const [value, offset] = [`v${i}-${partition}`, ends.get(partition)!];
      ends.set(partition, offset + 2);
      fresh.get(partition)!.push([offset, value]);
      recorder.note(process, { kind: 'send', records: [{ partition, value, offset }], txn });
    }
    recorder.note(process, { kind: 'end', txn, commit: true });
    recorder.note('c', { kind: 'poll', isolation: 'committed', records: Object.fromEntries(fresh) });
    for (const partition of PARTITIONS) fresh.set(partition, []);
    recorder.note('c', { kind: 'heartbeat', group: 'g', member: 'c', generation: 1 });
    const offsets = Object.fromEntries(ends);
    recorder.note('c', { kind: 'commit', group: 'g', member: 'c', generation: 1, offsets });
    recorder.note('admin', { kind: 'committed', group: 'g', partitions: PARTITIONS, offsets });
    recorder.note('reader', {
      kind: 'read',
      partition: PARTITIONS[0]!,
      isolation: 'committed',
      from: ends.get(PARTITIONS[0]!)!,
      to: ends.get(PARTITIONS[0]!)!,
      records: [],
    });
  }
  return recorder.history();
}

function timeMs(history: History): number {
  const before = process.cpuUsage();
  expect(check(history)).toEqual([]);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

it('checking takes not much more than sixteen times as long for sixteen times as much', () => {
  const [small, large] = [historyOf(SMALL), historyOf(SMALL * TIMES)];
  timeMs(small);
  const rounds = Array.from({ length: ROUNDS }, () => [timeMs(small), timeMs(large)] as const);
  const least = (times: number[]) => Math.min(...times);
  expect(least(rounds.map(([, ms]) => ms)) / least(rounds.map(([ms]) => ms))).toBeLessThan(RATIO_MAX);
});
