import { type Cut, cutPlan, NO_CUT, whatToCut } from './cut.ts';
import { type Plan, planOf } from './plan.ts';
import { type Outcome, simulate } from './run.ts';
import type { Theme } from './themes.ts';

/** A failing seed, as short as it was found to be. */
export interface Shrunk {
  readonly cut: Cut;
  readonly plan: Plan;
  readonly outcome: Outcome;
}

export interface ShrinkOptions {
  /** Simulations that it may take. */
  readonly tries?: number;
  readonly from?: Cut;
  readonly theme?: Theme | undefined;
  readonly run?: (plan: Plan) => Promise<Outcome>;
}

/** Simulations that shrinking may take. */
const TRIES_MAX = 150;
const CHAOS_MS_MIN = 500;

/**
 * The shortest simulation of a seed that still fails in the same way, as far as leaving out one thing after the other finds
 * it: clients, faults, chances, then half of the time, again and again.
 *
 * @returns undefined where the seed does not fail
 */
export async function shrink(
  seed: number,
  { tries = TRIES_MAX, from = NO_CUT, theme, run = simulate }: ShrinkOptions = {},
): Promise<Shrunk | undefined> {
  const whole = planOf(seed, theme);
  let left = tries;
  const attempt = async (cut: Cut): Promise<Shrunk | undefined> => {
    left--;
    const plan = cutPlan(whole, cut);
    const outcome = await run(plan);
    return outcome.problems.length > 0 ? { cut, plan, outcome } : undefined;
  };
  let best = await attempt(from);
  if (!best) return undefined;
  const kinds = new Set(best.outcome.problems.map(kindOf));
  const isSame = (one: Shrunk | undefined): one is Shrunk =>
    one?.outcome.problems.some((problem) => kinds.has(kindOf(problem))) ?? false;
  for (let isSmaller = true; isSmaller && left > 0; ) {
    isSmaller = false;
    for (const name of whatToCut(whole)) {
      if (left <= 0 || best.cut.without.includes(name)) continue;
      const shorter = await attempt({ ...best.cut, without: [...best.cut.without, name] });
      if (!isSame(shorter)) continue;
      best = shorter;
      isSmaller = true;
    }
    for (let ms = Math.round(best.plan.chaosMs / 2); ms >= CHAOS_MS_MIN && left > 0; ms = Math.round(ms / 2)) {
      const shorter = await attempt({ ...best.cut, chaosMs: ms });
      if (!isSame(shorter)) break;
      best = shorter;
      isSmaller = true;
    }
  }
  return best;
}

/** A problem without what differs between two runs of one bug. */
function kindOf(problem: string): string {
  return problem.replaceAll(/[0-9A-Z]{26}|[0-9]+/g, '#').slice(0, 60);
}
