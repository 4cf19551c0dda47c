import { planOf } from './plan.ts';
import { reportOf } from './report.ts';
import { simulate } from './run.ts';
import { shrink } from './shrink.ts';
import type { Theme } from './themes.ts';

/** What the parent asks for. */
export interface Task {
  readonly seed: number;
  /** In place of the one that the seed draws. */
  readonly theme?: Theme | undefined;
  /** Whether a seed that fails is made as short as possible. */
  readonly shrink: boolean;
}

/** What a worker tells of a seed. */
export interface Told {
  readonly seed: number;
  readonly traceHash: string;
  readonly problems: readonly string[];
  /** Of a seed that fails. */
  readonly report: string | undefined;
  readonly happenings: number;
  readonly simulatedMs: number;
}

/** A process that simulates one seed after the other, as its parent asks. */
async function work({ seed, theme, shrink: isShrunk }: Task): Promise<Told> {
  const { traceHash, problems, happenings, simulatedMs } = await simulate(planOf(seed, theme));
  const failed = problems.length > 0 && isShrunk ? await shrink(seed, { theme }) : undefined;
  return { seed, traceHash, problems, report: failed && reportOf(failed), happenings, simulatedMs };
}

process.on('message', (task: Task) => {
  void work(task).then((told) => process.send!(told));
});
