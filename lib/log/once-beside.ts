import { MillraceError } from '../bytes/index.ts';
import { type Attempts, isRefused, isUnknown, refused, unknown } from './attempts.ts';
import type { Beside } from './beside.ts';
import { COMMIT_TRIES_MAX } from './limits.ts';
import { type Idempotency, parseRemembered, type Remembered, recall, rememberWrite } from './once.ts';
import type { LogParts } from './parts.ts';

/** Stands for the object of an answer without events. */
const NO_OBJECT = '';

/**
 * Writes what would be beside events, where there are none, once for its key: in the same transaction of the store as the
 * answer that the key is remembered by. A write that is late finds the key taken, so it may be tried again at any time.
 *
 * @returns what the key is remembered by already, be it by another request or by a try of this one; else undefined
 * @throws what `beside` throws, unless a try before was not answered; LogError append_refused, append_unknown; StoreError
 */
export async function writeOnce(
  { items, clock }: Pick<LogParts, 'items' | 'clock'>,
  attempts: Attempts,
  once: Idempotency,
  beside: Beside,
): Promise<Remembered | undefined> {
  let last: unknown;
  const ask = () => attempts.repeat(() => recall(items, once.key, clock.nowMs()), unknown);
  for (let tries = 1; tries <= COMMIT_TRIES_MAX; tries++) {
    try {
      const writes = await attempts.repeat(() => beside.writes(), refused);
      const answer = await items.transact([...writes, rememberWrite(once, NO_OBJECT, [], clock.nowMs())]);
      if (answer.applied) return undefined;
      const taken = answer.failed.at(-1)?.item;
      if (taken) return parseRemembered(taken);
      beside.refused?.(answer.failed.slice(0, -1));
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      if (!isRefused(error) && !isUnknown(error)) {
        // What stands in the way may be what an earlier try of this very request has done.
        const remembered = await ask();
        if (remembered) return remembered;
        // A try that was not answered may land yet: to refuse what is stored then would be wrong.
        throw last ? unknown(last) : error;
      }
      if (isUnknown(error)) last = error;
    }
    await attempts.pause(tries);
  }
  throw last ? unknown(last) : refused();
}
