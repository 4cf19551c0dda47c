import type { Clock, Random } from '../bytes/index.ts';
import { StoreError } from '../store/index.ts';
import { GroupError } from './errors.ts';

/** With the pauses below, some three seconds: enough for a hundred members that join at once. */
const ATTEMPTS_MAX = 16;
const PAUSE_FIRST_MS = 4;
const PAUSE_MAX_MS = 400;

/**
 * Runs `attempt` until it returns something else than undefined ("others were faster"), with growing, jittered pauses.
 * A store that had no effect, or gave no answer, is tried again too: every attempt begins by reading what is there, and
 * all that it writes is conditional on what it read, so a write that lands late changes nothing. `uncertain` tells the
 * attempt that an earlier one may have landed.
 *
 * @throws GroupError group_conflict when others were faster every time; the last StoreError when it was the store
 */
export async function withRetries<T extends object>(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  group: string,
  attempt: (uncertain: boolean) => Promise<T | undefined>,
): Promise<T> {
  let uncertain = false;
  let last: StoreError | undefined;
  for (let tried = 0; tried < ATTEMPTS_MAX; tried++) {
    // The first retry comes at once, unless the store asked for a pause: one read too old is what mostly happened.
    if (tried > 1 || last) await clock.sleep(random.next() * Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** tried));
    try {
      const result = await attempt(uncertain);
      if (result !== undefined) return result;
      last = undefined;
    } catch (error) {
      const passing =
        error instanceof StoreError && (error.code === 'store_unavailable' || error.code === 'store_unknown');
      if (!passing) throw error;
      if (error.code === 'store_unknown') uncertain = true;
      last = error;
    }
  }
  if (last) throw last;
  throw new GroupError(
    'group_conflict',
    `Group "${group}" was changed by others ${ATTEMPTS_MAX} times in a row; nothing was done. Try again.`,
  );
}
