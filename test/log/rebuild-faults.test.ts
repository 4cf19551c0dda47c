import { describe, expect, it } from 'vitest';
import { newUlid, ulidText } from '../../lib/bytes/index.ts';
import { type Log, LogError, openLog } from '../../lib/log/index.ts';
import { type KeyedItem, memoryStores, StoreError } from '../../lib/store/index.ts';
import { seededRandom, simulatedClock } from '../support/clock.ts';
import { type FaultPlan, faultyStores } from '../support/faulty.ts';
import { batchOf, readAll, WANTED } from './world.ts';

const PARTITIONS = 3;
const WRITERS = 3;
const ROUNDS = 30;
const HOUR = 3600_000;
const SEEDS = Array.from({ length: Number(process.env.MILLRACE_TEST_SEEDS ?? 10) }, (_, i) => i + 1);

const FAULTS: FaultPlan = {
  latencyMs: [1, 40],
  unavailable: 0.05,
  answerLost: 0.06,
  requestLost: 0.04,
  delayed: 0.04,
  delayMs: [10, 3 * HOUR],
};

interface Sent {
  readonly text: string;
  readonly partition: number;
  /** Where it was acknowledged. */
  offset: number | undefined;
}

/** Appends and upkeep through a failing network, on clocks that jump; at any moment the items are lost. */
async function run(seed: number): Promise<void> {
  const clock = simulatedClock(Date.parse('2026-01-01T00:00:00Z'));
  const random = seededRandom(seed);
  const pick = (below: number) => Math.floor(random.next() * below);
  const inner = memoryStores();
  const faulty = faultyStores(inner, { clock, random });
  const settings = {
    staleObjectMs: HOUR,
    collectGraceMs: HOUR,
    mergeAgeMs: seed % 2 === 0 ? HOUR : -1,
    headPollMs: 50,
  };
  const logs = Array.from({ length: WRITERS }, () => openLog({ stores: faulty, clock, random, settings }));
  const layout = { topicId: ulidText(newUlid(clock.nowMs(), random)), partitions: PARTITIONS, width: 32 };
  const at = (partition: number) => ({ topicId: layout.topicId, width: 32, partition });
  await logs[0]!.createLedgers(layout, WANTED);
  faulty.plan(FAULTS);

  const sent: Sent[] = [];
  let kept: { items: KeyedItem[]; ends: number[] } = { items: [], ends: [0, 0, 0] };
  const append = async (log: Log, number: number): Promise<void> => {
    const one: Sent = { text: `e${number}`, partition: pick(PARTITIONS), offset: undefined };
    sent.push(one);
    try {
      one.offset = (await log.append([batchOf(at(one.partition), [one.text])])).appended[0]!.baseOffset;
    } catch (error) {
      expect(error).toSatisfy((e: unknown) => e instanceof LogError || e instanceof StoreError);
    }
  };
  const tend = async (log: Log): Promise<void> => {
    const beforeCollect = async () => {
      const items = await log.snapshotLedgers([layout]);
      const head = items.find(({ key }) => key.sk === 'head')!.item.n as Record<string, number>;
      const ends = [0, 1, 2].map((slot) => head[`p${slot}`]!);
      kept = { items, ends };
    };
    try {
      await log.tend([{ layout, retention: undefined, cleaning: undefined }], { beforeCollect });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  };
  const settled = async (work: Promise<unknown>[]) => {
    let left = true;
    const all = Promise.allSettled(work).finally(() => (left = false));
    while (left) if (!(await clock.step())) await clock.advance(1);
    for (const outcome of await all) if (outcome.status === 'rejected') throw outcome.reason;
  };
  for (let round = 0; round < ROUNDS; round++) {
    const work = Array.from({ length: 8 }, (_, i) => append(logs[pick(WRITERS)]!, round * 8 + i));
    if (round % 4 === 3) work.push(tend(logs[pick(WRITERS)]!));
    await settled(work);
    if (random.next() < 0.1) clock.jump(Math.floor((random.next() - 0.5) * 4 * HOUR));
    if (random.next() < 0.3) await clock.advance(random.next() * HOUR);
  }

  const log = openLog({ stores: { objects: inner.objects, items: memoryStores().items }, clock, random });
  const rebuild = await log.rebuild({ newest: kept.items, before: [] });
  await rebuild.write(layout);
  expect(rebuild.report).toMatchObject({ lost: 0, unreadable: [] });
  expect((await log.verify([layout])).problems).toEqual([]);
  let acknowledged = 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const found = await readAll(log, at(partition));
    for (const { text, offset } of sent.filter((one) => one.partition === partition && one.offset !== undefined)) {
      const places = found.filter((one) => one.endsWith(`=${text}`));
      expect(places.length, `acknowledged event ${text}`).toBeGreaterThan(0);
      // An attempt whose answer was lost, and that was made again, may have left an object that nobody had committed: what
      // it holds comes again, behind all that is known.
      const again = places.map((one) => Number(one.split('=')[0])).filter((one) => one !== offset);
      if (offset! < kept.ends[partition]!) {
        expect(places).toContain(`${offset}=${text}`);
        for (const one of again) expect(one).toBeGreaterThanOrEqual(kept.ends[partition]!);
      }
      acknowledged++;
    }
  }
  expect(acknowledged).toBeGreaterThan(sent.length / 2);
}

describe('a log that was lost on a bad day', () => {
  it.each(SEEDS)('is rebuilt with all it acknowledged, what the catalog knew in its place (seed %i)', (seed) =>
    run(seed),
  );
});
