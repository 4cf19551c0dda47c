import { StoreError } from '../store/index.ts';
import { type LedgerRef, LogError } from './model.ts';
import type { Pages } from './pages.ts';

/**
 * Looks something up by pages as last seen. Compaction may have replaced them, and the collector taken what they name:
 * then the look is made once more, by pages as they are now (`fresh`).
 *
 * @throws LogError `log_corrupt` where even those name an object that is not there
 */
export async function lookTwice<T>(
  pages: Pages,
  ledgers: Iterable<LedgerRef>,
  look: (fresh: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await look(false);
  } catch (error) {
    if (!isOutdated(error)) throw error;
  }
  for (const ledger of ledgers) pages.dropLedger(ledger);
  try {
    return await look(true);
  } catch (error) {
    throw isMissing(error) ? lost(error) : error;
  }
}

/** What pages or heads led to is gone: an object that was collected, or a page that retention has removed. */
export function isOutdated(error: unknown): boolean {
  return isMissing(error) || (error instanceof LogError && error.code === 'offset_out_of_range');
}

export function isMissing(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === 'object_missing';
}

/** What it means where a page that is not outdated names a missing object. */
export function lost(cause: StoreError): LogError {
  return new LogError('log_corrupt', `A segment object that the ledger names is not there: ${cause.message}`, {
    cause,
  });
}
