import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aimsOf, dollars } from '../../bench/cost/aims.ts';
import { billOf, perMillion, sqsInTens } from '../../bench/cost/bill.ts';
import { headWrites } from '../../bench/cost/heads.ts';
import { type Calls, type FunctionUse, plus, scaled, upkeep, useOf } from '../../bench/cost/month.ts';
import { cost, SECONDS_PER_MONTH } from '../../bench/cost/prices.ts';
import { type Month, replay } from '../../bench/cost/replay.ts';
import { written } from '../../bench/cost/report.ts';
import { parseResults, resultsText } from '../../bench/cost/results.ts';
import { rivalsOf } from '../../bench/cost/rivals.ts';
import { IDLE, WORKLOADS } from '../../bench/cost/workloads.ts';
import { seededRandom } from '../support/clock.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

function calls(some: Partial<Calls>): Calls {
  return { reads: 0, readUnits: 0, writes: 0, writeUnits: 0, lists: 0, bytesIn: 0, bytesOut: 0, ...some };
}

function use(some: Partial<FunctionUse>): FunctionUse {
  return { invocations: 0, gbSeconds: 0, calls: {}, ...some };
}

function month(some: Partial<Month>): Month {
  return {
    name: 'x',
    readers: '1 route',
    workload: { ...IDLE, routes: 0 },
    replayed: { events: 0, times: 1 },
    events: 1e6,
    uses: {},
    gatewayUnits: 0,
    sinkRequests: 0,
    queue: { sent: 0, received: 0, deleted: 0 },
    objectGb: 0,
    itemGb: 0,
    lagSeconds: 0,
    walks: 0,
    ...some,
  };
}

describe('a bill', () => {
  it('prices each call once, at its service: known counts cost what the price list says', () => {
    const uses = {
      api: use({
        invocations: 1e6,
        gbSeconds: 1e6,
        calls: {
          object: calls({ writes: 1e6, reads: 1e6, lists: 1e6 }),
          head: calls({ writes: 1e6, writeUnits: 2e6, reads: 5e6, readUnits: 1e6 }),
        },
      }),
      tend: use({ calls: { page: calls({ writeUnits: 2e6, readUnits: 3e6 }) } }),
    };
    const queue = { sent: 1e6, received: 1e5, deleted: 1e5 };
    const workload = { ...IDLE, groups: 2, routes: 1 };
    const bill = billOf(month({ uses, queue, workload, gatewayUnits: 3e6, objectGb: 100, itemGb: 10 }));
    expect(bill.lambda).toBeCloseTo(0.2 + 13.3334, 9);
    expect(bill.s3).toBeCloseTo(5 + 5 + 0.4, 9);
    expect(bill.dynamodb).toBeCloseTo(4 * 0.625 + 4 * 0.125, 9);
    expect(bill.sqs).toBeCloseTo(1.2 * 0.4, 9);
    expect(bill.storage).toBeCloseTo(2.3 + 10 * (0.25 + 0.2), 9);
    expect(bill.cloudwatch).toBeCloseTo(4 * 0.3, 9);
    expect(bill.apiGateway).toBe(3);
    expect(bill.total).toBeCloseTo(13.5334 + 10.4 + 3 + 0.48 + 6.8 + 1.2, 9);
  });

  it('says what a million events cost, whatever their number', () => {
    expect(perMillion({ events: 250_000 }, 1)).toBe(4);
    expect(sqsInTens(month({ queue: { sent: 1e6, received: 1e5, deleted: 1e5 } }))).toBeCloseTo(0.12, 9);
    expect(cost('s3.put', 2_000)).toBeCloseTo(0.01, 12);
  });

  it('counts processor time as much longer as a function has less of a processor, and whole milliseconds', () => {
    const counts = { invocations: 10, environments: 1, waitedMs: 1_000, cpuMs: 30, calls: 100, meters: {} };
    const ms = 1_000 + (30 + 100 * 0.7) * (1_769 / 512) + 10 * 0.5;
    expect(useOf('api', counts).gbSeconds).toBeCloseTo((ms / 1_000) * 0.5, 9);
  });

  it('of upkeep takes what comes with rounds by their number, and what comes with events by theirs', () => {
    const idle = use({ calls: { head: calls({ reads: 2 }) } });
    const replayed = use({ calls: { head: calls({ reads: 2 * 3 + 50 }) } });
    const found = upkeep(replayed, { rounds: 3, idle, times: 10, roundsPerMonth: 1_000 });
    expect(found.calls.head?.reads).toBe(500 + 2_000);
    expect(plus(idle, scaled(idle, 2), 3).calls.head?.reads).toBe(2 + 12);
  });
});

describe('rivals', () => {
  const million = { ...IDLE, eventsPerSecond: 1e6 / 86_400, routes: 1 };
  const megabyte = { ...million, eventsPerSecond: 1e6 / 1_024 };

  it.each([
    ['idle', IDLE, [29, 11, 558, 0]],
    ['1 M × 1 KiB a day', million, [33, 11, 563, 30 + 15]],
    ['1 MB/s', megabyte, [323, 23, 934, 2_566 + 1_232]],
  ] as const)('%s cost what their price pages make of it', (_, workload, expected) => {
    expect(Object.values(rivalsOf(workload)).map(Math.round)).toEqual(expected);
  });
});

describe('a replay', () => {
  const workload = { ...WORKLOADS.find(({ name }) => name.includes('batches of 100'))!, replayMs: 60_000 };

  it('counts one object and one head write for each request, and readers that keep pace', async () => {
    const one = { ...workload, groups: 0, routes: 1 };
    const { replayed, uses, lagSeconds, events } = await replay(one, '1 route', seededRandom(1));
    const flushes = replayed.events / one.batch;
    expect(uses.api?.calls.object?.writes).toBeCloseTo(flushes * replayed.times, 3);
    expect(uses.api?.invocations).toBeCloseTo(flushes * replayed.times, 3);
    expect(uses.api?.calls.head?.writeUnits).toBeLessThanOrEqual(2.5 * flushes * replayed.times);
    expect(uses.deliver?.calls.object?.reads).toBeGreaterThan(0.9 * flushes * replayed.times);
    expect(uses.tend?.calls.object?.reads).toBeGreaterThan(0);
    expect(events).toBeCloseTo((1e6 * SECONDS_PER_MONTH) / 86_400, 0);
    expect(lagSeconds).toBeLessThan(10);
  });

  it('counts the same again with the same randomness', async () => {
    const run = async () => {
      const { uses } = await replay({ ...workload, groups: 1, routes: 0 }, '1 group', seededRandom(2));
      return Object.values(uses).map(({ calls }) => calls);
    };
    expect(await run()).toEqual(await run());
  });

  it('finds one head write a flush and ledger', async () => {
    const found = await headWrites(64, seededRandom(3));
    expect(found).toMatchObject({ ledgers: 2, commits: 2 * found.flushes });
    expect(found.unitsMost).toBeLessThanOrEqual(2);
  });
});

describe('docs/cost.md', () => {
  const results = parseResults(read('bench/cost/results.json'));

  it('shows what the stored results make', () => {
    expect(written(read('docs/cost.md'), results)).toBe(read('docs/cost.md'));
  });

  it('is made from every workload, and from readers that kept pace', () => {
    const names = (all: readonly { name: string; readers: string }[]) =>
      all.map((one) => `${one.name}, ${one.readers}`);
    expect(names(results.months)).toEqual(names(WORKLOADS));
    expect(results.months.filter(({ lagSeconds }) => lagSeconds > 15)).toEqual([]);
  });

  it('says of each aim whether it is met', () => {
    const aims = aimsOf(results);
    expect(aims.filter(({ aim }) => /^(Idle|One head write)/.test(aim)).map(({ met }) => met)).toEqual([true, true]);
    expect(aims).toHaveLength(2 + 12);
    expect(dollars(1_234.5)).toBe('$1,235');
  });

  it('refuses to be written where it lacks a place for a table', () => {
    expect(() => written('# Cost', results)).toThrow('docs/cost.md has no place for "aims"');
  });

  it('is stored in few digits', () => {
    expect(resultsText(results)).toBe(read('bench/cost/results.json'));
  });
});
