import type { Write } from '../store/index.ts';
import { headKey, SLOT_NAMES } from './head.ts';
import type { LedgerRef } from './model.ts';

/**
 * A check that holds while nothing was committed to the ledger since its partitions had these high watermarks (by slot,
 * all of them). For whoever gives something up in a transaction on the condition that no work has come meanwhile.
 *
 * @example
 * await items.transact([giveLeaseBack, unchangedSince({ topicId, index: 0 }, [17, 4])]);
 */
export function unchangedSince(
  ledger: LedgerRef,
  highWatermarks: readonly number[],
): Extract<Write, { write: 'check' }> {
  const next = Object.fromEntries(highWatermarks.map((offset, slot) => [SLOT_NAMES[slot]!, offset]));
  return { write: 'check', key: headKey(ledger), when: { if: 'is', path: ['n'], value: next } };
}
