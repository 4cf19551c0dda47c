import { describe, expect, it } from 'vitest';
import { newUlid, ulidText } from '../../lib/bytes/index.ts';
import { type Log, LogError, openLog, type PartitionRef } from '../../lib/log/index.ts';
import { memoryStores, StoreError } from '../../lib/store/index.ts';
import { seededRandom, simulatedClock } from '../support/clock.ts';
import { type FaultPlan, faultyStores } from '../support/faulty.ts';
import { batchOf, numbered, readAll, WANTED } from './world.ts';

const PARTITIONS = 2;
const GATEWAYS = 3;
const PRODUCERS = 3;
const BATCHES = 25;
const PLAIN = 30;
/** Batches that a producer has under way at once; Kafka's clients allow no more. */
const IN_FLIGHT_MAX = 5;
/** MILLRACE_TEST_SEEDS asks for more. */
const SEEDS = Array.from({ length: Number(process.env.MILLRACE_TEST_SEEDS ?? 10) }, (_, i) => i + 1);
const HOUR = 3600_000;

const FAULTS: FaultPlan = {
  latencyMs: [1, 40],
  unavailable: 0.04,
  answerLost: 0.05,
  requestLost: 0.03,
  delayed: 0.04,
  delayMs: [10, 20_000],
};

/** What a client was told of one batch, and where: every answer has to be the same offset. */
interface Answered {
  readonly text: string;
  readonly to: PartitionRef;
  readonly offset: number;
}

/**
 * Producers send batches in a pipeline, as Kafka's clients do: what fails, or takes too long, is sent again from the first
 * batch that has no answer, to whichever gateway, while the request before may still be on its way. Others write without
 * numbers, the log is tended, gateways are replaced, and the network fails. Then all is read and judged.
 */
async function run(seed: number): Promise<void> {
  const clock = simulatedClock(Date.parse('2026-01-01T00:00:00Z'));
  const random = seededRandom(seed);
  const inner = memoryStores();
  const faulty = faultyStores(inner, { clock, random });
  const settings = {
    staleObjectMs: HOUR,
    collectGraceMs: HOUR,
    mergeAgeMs: seed % 2 === 0 ? HOUR : -1,
    flushesInFlightMax: 1 + (seed % 4),
  };
  const gateway = () => openLog({ stores: faulty, clock, random, settings });
  const gateways = Array.from({ length: GATEWAYS }, gateway);
  const layout = { topicId: ulidText(newUlid(clock.nowMs(), random)), partitions: PARTITIONS, width: 32 };
  await gateways[0]!.createLedgers(layout, WANTED);
  faulty.plan(FAULTS);

  const pick = (below: number) => Math.floor(random.next() * below);
  const answers: Answered[] = [];
  const dangling: Promise<unknown>[] = [];
  const sends = async (log: Log, to: PartitionRef, text: string, append: Parameters<Log['append']>[0]) => {
    try {
      const { appended } = await log.append(append);
      answers.push({ text, to, offset: appended[0]!.baseOffset });
      return 'stored';
    } catch (error) {
      expect(error).toSatisfy((e: unknown) => e instanceof LogError || e instanceof StoreError);
      return (error as LogError).code;
    }
  };

  const produce = async (id: number, partition: number) => {
    const to = { topicId: layout.topicId, width: 32, partition };
    // Some begin just before their numbers wrap.
    const start = id === 1 ? 2 ** 31 - 20 : 0;
    let sequence = start;
    const batches = Array.from({ length: BATCHES }, (_, i) => {
      const texts = Array.from({ length: 1 + (i % 3) }, (_, j) => `${id}.${partition}.${i}.${j}`);
      const append = numbered(to, { id, sequence }, texts);
      sequence = (sequence + texts.length) % 2 ** 31;
      return { append, text: texts[0]! };
    });
    let due = 0;
    let log = gateways[pick(GATEWAYS)]!;
    while (due < BATCHES) {
      const window = batches.slice(due, due + 1 + pick(IN_FLIGHT_MAX));
      const outcomes = window.map(({ append, text }) => sends(log, to, text, [append]));
      dangling.push(...outcomes);
      const timeoutMs = random.next() < 0.3 ? pick(200) : 60_000;
      for (const [i, outcome] of outcomes.entries()) {
        const told = await Promise.race([outcome, clock.sleep(timeoutMs).then(() => 'timeout')]);
        if (told === 'stored') {
          due++;
          continue;
        }
        // What a real client takes for a fatal error must not be told of the batch that is due.
        const due0 = i === 0;
        expect({ told, due0 }).not.toEqual({ told: 'sequence_out_of_order', due0: true });
        expect(told).not.toBe('producer_epoch_stale');
        break;
      }
      await clock.sleep(pick(100));
      if (random.next() < 0.3) log = gateways[pick(GATEWAYS)]!;
    }
  };
  const plain = async () => {
    for (let i = 0; i < PLAIN; i++) {
      const partition = pick(PARTITIONS);
      const to = { topicId: layout.topicId, width: 32, partition };
      const outcome = sends(gateways[pick(GATEWAYS)]!, to, `plain${i}`, [batchOf(to, [`plain${i}`])]);
      dangling.push(outcome);
      await Promise.race([outcome, clock.sleep(pick(300))]);
    }
  };
  const upkeep = async () => {
    for (let i = 0; i < 6; i++) {
      await clock.sleep(pick(20_000));
      try {
        await gateways[pick(GATEWAYS)]!.tend([{ layout, retention: undefined, cleaning: undefined }]);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
      }
      // The one before lives on as a zombie, with all that it had under way.
      if (random.next() < 0.5) gateways[pick(GATEWAYS)] = gateway();
      if (random.next() < 0.2) clock.jump(Math.floor((random.next() - 0.5) * 4 * HOUR));
    }
  };
  const settled = async (work: Promise<unknown>[]) => {
    let left = true;
    const all = Promise.allSettled(work).finally(() => (left = false));
    while (left) if (!(await clock.step())) await clock.advance(1);
    for (const outcome of await all) if (outcome.status === 'rejected') throw outcome.reason;
  };

  const producers = Array.from({ length: PRODUCERS }, (_, id) =>
    Array.from({ length: PARTITIONS }, (_, partition) => produce(id, partition)),
  ).flat();
  await settled([...producers, plain(), upkeep()]);
  faulty.plan({});
  await settled(dangling);
  await clock.advance(4 * HOUR); // what was delayed arrives
  expect(faulty.outstanding).toBe(0);

  const reader = openLog({ stores: inner, clock, random });
  expect((await reader.verify([layout])).problems).toEqual([]);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const to = { topicId: layout.topicId, width: 32, partition };
    const found = (await readAll(reader, to)).map((text) => text.split('=')[1]!);
    for (const { text, offset } of answers.filter((one) => one.to.partition === partition)) {
      expect({ text, at: found[offset] }).toEqual({ text, at: text });
    }
    for (let id = 0; id < PRODUCERS; id++) {
      const own = found.filter((text) => text.startsWith(`${id}.${partition}.`));
      const expected = Array.from({ length: BATCHES }, (_, i) =>
        Array.from({ length: 1 + (i % 3) }, (_, j) => `${id}.${partition}.${i}.${j}`),
      ).flat();
      expect(own).toEqual(expected);
    }
    const plains = found.filter((text) => text.startsWith('plain'));
    expect(new Set(plains).size).toBe(plains.length);
  }
}

describe('idempotent producers over several gateways whose store fails', () => {
  it.each(SEEDS)('have each batch stored once and in order, and are told where (seed %i)', (seed) => run(seed));
});
