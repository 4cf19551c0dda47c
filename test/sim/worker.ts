import { planOf } from './plan.ts';
import { reportOf } from './report.ts';
import { simulate } from './run.ts';
import { shrink } from './shrink.ts';

/** What the parent asks for. */
export interface Task {
  readonly seed: number;
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
async function work({ seed, shrink: isShrunk }: Task): Promise<Told> {
  const { traceHash, problems, happenings, simulatedMs } = await simulate(planOf(seed));
  const failed = problems.length > 0 && isShrunk ? await shrink(seed) : undefined;
  return { seed, traceHash, problems, report: failed && reportOf(failed), happenings, simulatedMs };
}

process.on('message', (task: Task) => {
  void work(task).then((told) => process.send!(told));
});
