import { AbortedError, type Clock } from '../../bytes/index.ts';

/** How a stretch of upkeep is done: `atOnce`, or so that others notice little of it. */
export type Pace = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Where somebody waits for upkeep, or pays for its time. */
export const atOnce: Pace = (work) => work();

/** So a stretch that was held up, by a store that hangs, is not rested from for as long. */
const REST_MS_MAX = 10_000;

export interface Sparing {
  /** Of the time, that work may take: above 0, and at most 1. */
  readonly part: number;
  /** Work that is not done after so long goes on at once. */
  readonly forMs: number;
  /** Nothing rests any more once it fires. */
  readonly signal: AbortSignal;
}

/**
 * Rests after each stretch of work, so that work takes `part` of the time. Who appends and reads meanwhile makes the
 * stretches longer, and with them the rests: upkeep gives way to load.
 *
 * @example
 * const pace = sparing(clock, { part: 0.25, forMs: 60_000, signal }); // rests three times as long as it works, for a minute
 * const page = await pace(() => readPage());
 */
export function sparing(clock: Clock, { part, forMs, signal }: Sparing): Pace {
  const untilMs = clock.monotonicMs() + forMs;
  return async (work) => {
    const begunMs = clock.monotonicMs();
    try {
      return await work();
    } finally {
      const endedMs = clock.monotonicMs();
      const restMs = Math.min((endedMs - begunMs) * (1 / part - 1), REST_MS_MAX, untilMs - endedMs);
      if (restMs > 0) await rest(clock, restMs, signal);
    }
  };
}

async function rest(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!(error instanceof AbortedError)) throw error;
  }
}
