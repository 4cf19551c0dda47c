import { describe, expect, it } from 'vitest';
import type { Fetched } from '../../lib/log/index.ts';
import { checkBatches, readRecords } from '../../lib/record/index.ts';
import { seededRandom } from '../support/clock.ts';
import { batchOf, type World, world } from './world.ts';

const HOUR = 3600_000;
const PARTITIONS = 2;
const SEEDS = Array.from({ length: Number(process.env.MILLRACE_TEST_SEEDS ?? 10) }, (_, i) => i + 1);

/** What a reader of the whole partition ends up with: the last value of each key that was not deleted. */
async function stateOf(w: World, partition: number): Promise<Record<string, string>> {
  const state: Record<string, string> = {};
  let before = -1;
  for (let offset = 0; ; ) {
    const [fetched] = await w.log.fetch([{ from: w.at(partition), offset, maxBytes: 5_000 }], { maxBytes: 5_000 });
    for (const record of recordsOf(fetched!)) {
      if (record.offset < offset) continue;
      expect(record.offset).toBeGreaterThan(before);
      before = record.offset;
      const key = String(record.key);
      if (record.value === null) delete state[key];
      else state[key] = String(record.value);
    }
    if (fetched!.nextOffset === offset) return state;
    offset = fetched!.nextOffset;
  }
}

function recordsOf(fetched: Fetched) {
  return fetched.batches.flatMap((bytes) =>
    checkBatches(bytes, { sparse: true }).flatMap(({ position }) =>
      [...readRecords(bytes, { at: position })].map(({ offset, key, value }) => ({
        offset,
        key: Buffer.from(key!),
        value: value && Buffer.from(value),
      })),
    ),
  );
}

/** Writes and deletes keys while the log is tended by two processes, at any time and in any order. */
async function run(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pick = (below: number) => Math.floor(random.next() * below);
  const settings = { mergeAgeMs: pick(2) * HOUR, mergeBytes: 1 << (8 + pick(12)), staleObjectMs: 1, collectGraceMs: 1 };
  const w = await world({ partitions: PARTITIONS, settings });
  const other = await world({ seed: 2, stores: w.stores, clock: w.clock, settings });
  const layout = { topicId: w.topicId, partitions: PARTITIONS, width: 32 };
  const cleaning = { deleteRetentionMs: HOUR, minCompactionLagMs: pick(2) * HOUR, minDirtyRatio: pick(4) / 4 };
  const expected: Record<string, string>[] = Array.from({ length: PARTITIONS }, () => ({}));
  for (let round = 0; round < 40; round++) {
    for (let i = round % 8 === 0 ? 40 : pick(4); i >= 0; i--) {
      const partition = pick(PARTITIONS);
      const events = Array.from({ length: 1 + pick(3) }, (_, j) => {
        const key = `k${pick(30)}`;
        const value = random.next() < 0.3 ? null : `${round}.${i}.${j}`;
        if (value === null) delete expected[partition]![key];
        else expected[partition]![key] = value;
        return [key, value] as const;
      });
      await w.log.append([batchOf(w.at(partition), events)]);
    }
    if (pick(3) > 0) await w.log.roll({ topicId: w.topicId, index: 0 });
    await w.clock.advance(pick(3) * HOUR);
    const topics = [{ layout, retention: undefined, cleaning }];
    const report = await (pick(2) ? w : other).log.tend(topics, { collect: pick(2) === 0 });
    expect(report.failures.filter(({ error }) => (error as { code?: string }).code !== 'object_missing')).toEqual([]);
    for (const [partition, state] of expected.entries()) expect(await stateOf(w, partition)).toEqual(state);
  }
  expect((await w.log.verify([layout])).problems).toEqual([]);
}

describe('keyed compaction at any time', () => {
  it.each(SEEDS)('leaves each key its last value, and what was deleted deleted (seed %i)', (seed) => run(seed));
});
