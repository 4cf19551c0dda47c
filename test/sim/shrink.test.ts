import { describe, expect, it } from 'vitest';
import { cutPlan } from './cut.ts';
import { type Plan, planOf } from './plan.ts';
import { reportOf } from './report.ts';
import { type Outcome, simulate } from './run.ts';
import { shrink } from './shrink.ts';

const SEED = 3;
const whole = planOf(SEED);
const client = whole.clients.at(-1)!.name;
const fault = whole.faults.at(-1)!.name;
const HISTORY = { operations: [], endMs: 0 } as unknown as Outcome['history'];

/** What came of a simulation in which nothing happened but these problems. */
function outcome({ seed }: Plan, problems: readonly string[]): Promise<Outcome> {
  return Promise.resolve({ seed, problems, traceHash: '', trace: [], history: HISTORY, simulatedMs: 0, happenings: 0 });
}

function has(plan: Plan, ...names: readonly string[]): boolean {
  const there = new Set([...plan.clients, ...plan.faults].map(({ name }) => name));
  return names.every((name) => there.has(name));
}

describe('a failing seed', () => {
  it('is cut down to the one client, the one fault and the time that its failure needs', async () => {
    const run = (plan: Plan) => outcome(plan, has(plan, client, fault) && plan.chaosMs >= 1_000 ? ['3 are lost'] : []);
    const { plan, cut } = (await shrink(SEED, { run }))!;
    expect(whole.clients.length + whole.faults.length).toBeGreaterThan(4);
    expect(plan.clients.map(({ name }) => name)).toEqual([client]);
    expect(plan.faults.map(({ name }) => name)).toEqual([fault]);
    expect(plan.chaosMs).toBeLessThan(2_000);
    expect(plan.chances).toMatchObject({ refused: 0, answerLost: 0, delayed: 0, slow: 0 });
    expect(cutPlan(whole, cut)).toEqual(plan);
  });

  it('keeps failing in the way in which it failed, with other numbers', async () => {
    let runs = 0;
    const run = (plan: Plan) => outcome(plan, has(plan, client) ? [`${runs++} are lost`] : ['it came to no end']);
    const { plan, outcome: found } = (await shrink(SEED, { run }))!;
    expect(plan.clients.map(({ name }) => name)).toEqual([client]);
    expect(found.problems[0]).toMatch(/^[0-9]+ are lost$/);
  });

  it('takes no more simulations than it may', async () => {
    let runs = 0;
    const run = (plan: Plan) => outcome(plan, runs++ < 100 ? ['it is lost'] : []);
    await shrink(SEED, { run, tries: 7 });
    expect(runs).toBe(7);
  });

  it('that does not fail has no shortest plan', async () => {
    expect(await shrink(SEED, { run: (plan) => outcome(plan, []) })).toBeUndefined();
  });

  it('is reported with a shorter history, and with the command that runs just that', async () => {
    // A judge who does not like what one client reads or writes.
    const run = async (plan: Plan) => {
      const real = await simulate(plan);
      const isDisliked = real.history.operations.some(({ process }) => process.startsWith(`${client}.`));
      return { ...real, problems: isDisliked ? ['somebody was there'] : [] };
    };
    const first = await run(whole);
    const failed = (await shrink(SEED, { run, tries: whole.clients.length + 1 }))!;
    expect(failed.outcome.history.operations.length).toBeLessThan(first.history.operations.length / 2);
    const report = reportOf(failed);
    expect(report).toContain('somebody was there');
    expect(report).toContain(`Again: npm run sim -- --seed ${SEED} --without ${failed.cut.without.join(',')}`);
  }, 60_000);
});
