import { describe, expect, it } from 'vitest';
import { newUlid, ulidText } from '../../lib/bytes/index.ts';
import { type Log, LogError, openLog, type PartitionRef } from '../../lib/log/index.ts';
import { memoryStores, StoreError } from '../../lib/store/index.ts';
import { seededRandom, simulatedClock } from '../support/clock.ts';
import { type FaultPlan, faultyStores } from '../support/faulty.ts';
import { batchOf, readAll, WANTED } from './world.ts';

const PARTITIONS = 3;
const WRITERS = 3;
const ROUNDS = 25;
/** MILLRACE_TEST_SEEDS asks for more. */
const SEEDS = Array.from({ length: Number(process.env.MILLRACE_TEST_SEEDS ?? 10) }, (_, i) => i + 1);
const HOUR = 3600_000;

const FAULTS: FaultPlan = {
  latencyMs: [1, 40],
  unavailable: 0.05,
  answerLost: 0.06,
  requestLost: 0.04,
  delayed: 0.04,
  delayMs: [10, 3 * HOUR],
};

interface Sent {
  text: string;
  to: PartitionRef;
  keyed: boolean;
  /** Offset, where it was acknowledged; the error's code where it was not. */
  outcome: number | string;
}

/** Several processes append through a failing network, while one of them tends the log; then all is read and judged. */
async function run(seed: number): Promise<void> {
  const clock = simulatedClock(Date.parse('2026-01-01T00:00:00Z'));
  const random = seededRandom(seed);
  const inner = memoryStores();
  const faulty = faultyStores(inner, { clock, random });
  // Half of them compact at once, and so may take the page of a commit whose answer was lost.
  const mergeAgeMs = seed % 2 === 0 ? HOUR : -1;
  const settings = { staleObjectMs: HOUR, collectGraceMs: HOUR, mergeAgeMs, headPollMs: 50 };
  const logs = Array.from({ length: WRITERS }, () => openLog({ stores: faulty, clock, random, settings }));
  const layout = { topicId: ulidText(newUlid(clock.nowMs(), random)), partitions: PARTITIONS, width: 32 };
  await logs[0]!.createLedgers(layout, WANTED);
  faulty.plan(FAULTS);

  const sent: Sent[] = [];
  const pick = (below: number) => Math.floor(random.next() * below);
  const append = async (log: Log, number: number): Promise<void> => {
    const to = { topicId: layout.topicId, width: 32, partition: pick(PARTITIONS) };
    const keyed = random.next() < 0.4;
    const text = `${keyed ? 'k' : 'p'}${number}`;
    const once = keyed ? { key: text, fingerprint: Buffer.from(text) } : undefined;
    const one: Sent = { text, to, keyed, outcome: 'pending' };
    sent.push(one);
    // A keyed sender comes back, to whichever process, until it has an answer.
    for (let tries = 0; tries < (keyed ? 8 : 1) && typeof one.outcome === 'string'; tries++) {
      try {
        const answer = await (tries === 0 ? log : logs[pick(WRITERS)]!).append([batchOf(to, [text])], once);
        one.outcome = answer.appended[0]!.baseOffset;
      } catch (error) {
        expect(error).toSatisfy((e: unknown) => e instanceof LogError || e instanceof StoreError);
        one.outcome = (error as LogError).code;
      }
    }
  };
  const tend = async () => {
    try {
      await logs[pick(WRITERS)]!.tend([{ layout, retention: undefined, cleaning: undefined }]);
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
    if (round % 5 === 4) work.push(tend());
    await settled(work);
    if (random.next() < 0.1) clock.jump(Math.floor((random.next() - 0.5) * 4 * HOUR));
    if (random.next() < 0.3) await clock.advance(random.next() * HOUR);
  }
  faulty.plan({});
  await clock.advance(4 * HOUR); // what was delayed arrives
  for (let i = 0; i < 3; i++) {
    await settled([tend()]);
    await clock.advance(2 * HOUR);
  }
  expect(faulty.outstanding).toBe(0);

  const reader = openLog({ stores: inner, clock, random });
  const report = await reader.verify([layout]);
  expect(report.problems).toEqual([]);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const found = await readAll(reader, { topicId: layout.topicId, width: 32, partition });
    expect(found.map((text) => Number(text.split('=')[0]))).toEqual(found.map((_, offset) => offset));
    judge(
      sent.filter(({ to }) => to.partition === partition),
      found.map((text) => text.split('=')[1]!),
    );
  }
  expect(sent.filter(({ outcome }) => typeof outcome === 'number').length).toBeGreaterThan(sent.length / 2);
}

/** Acknowledged: there, once, where the answer said. Refused: not there. Unknown: there at most once. */
function judge(sent: readonly Sent[], found: readonly string[]): void {
  const counts = new Map<string, number>();
  for (const text of found) counts.set(text, (counts.get(text) ?? 0) + 1);
  for (const { text, outcome } of sent) {
    const count = counts.get(text) ?? 0;
    if (typeof outcome === 'number') {
      expect({ text, at: found[outcome], count }).toEqual({ text, at: text, count: 1 });
    } else if (outcome === 'append_unknown') expect(count).toBeLessThanOrEqual(1);
    else expect({ text, outcome, count }).toEqual({ text, outcome, count: 0 });
  }
}

describe('a log whose store fails', () => {
  it.each(SEEDS)('keeps what it acknowledged, once, in order (seed %i)', (seed) => run(seed));
});
