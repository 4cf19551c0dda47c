import { AbortedError, type Clock } from '../../bytes/index.ts';

/** How a stretch of upkeep is done: `atOnce`, or so that others notice little of it. */
export type Pace = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Where somebody waits for upkeep, or pays for its time. */
export const atOnce: Pace = (work) => work();

/** So a stretch that was held up, by a store that hangs, is not rested from for as long. */
const REST_MS_MAX = 2_000;

/**
 * Rests after each stretch of work, so that work takes `part` of the time. Who appends and reads meanwhile makes the
 * stretches longer, and with them the rests: upkeep gives way to load, and is quick where there is none. Nothing rests any
 * more once `signal` fires.
 *
 * @example
 * const pace = sparing(clock, 0.25, signal); // rests three times as long as it works
 * const page = await pace(() => readPage());
 */
export function sparing(clock: Clock, part: number, signal: AbortSignal): Pace {
  return async (work) => {
    const begunMs = clock.monotonicMs();
    try {
      return await work();
    } finally {
      const restMs = (clock.monotonicMs() - begunMs) * (1 / part - 1);
      await rest(clock, Math.min(restMs, REST_MS_MAX), signal);
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
