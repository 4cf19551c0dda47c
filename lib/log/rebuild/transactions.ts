import type { AbortedRange, Commit, ObjectRef } from '../model.ts';
import type { OpenPartition } from '../transactions/open.ts';
import type { FreshShare } from './survey.ts';

/** A commit, and what is open behind it. */
export interface SettledCommit {
  readonly commit: Commit;
  readonly open: readonly OpenPartition[];
}

/**
 * The commits of shares that are appended anew, with what their abort markers make void. Transactions of which no marker is
 * found are aborted: the items that knew them are lost, and nobody could end them any more. Their producers come back with
 * other ids, so it needs no marker for what follows.
 *
 * @param open what was open before the first of them
 * @param ends per slot, where that begins
 */
export function settleTransactions(
  shares: readonly FreshShare[],
  open: readonly OpenPartition[],
  ends: readonly number[],
  empty: ObjectRef,
): SettledCommit[] {
  const firsts = new Map(open.map((one) => [nameOf(one), one]));
  const next = [...ends];
  const settled = shares.map(({ commit, transactional }): SettledCommit => {
    const aborted: AbortedRange[] = [];
    for (const { slot, producerId, epoch, part, at } of transactional) {
      const name = nameOf({ slot, producerId });
      const began = firsts.get(name) ?? { slot, producerId, epoch, firstOffset: (next[slot] ?? 0) + at };
      if (part === 'events') firsts.set(name, began);
      else firsts.delete(name);
      if (part === 'abort') aborted.push(rangeOf(began, at));
    }
    for (const { slot, span } of commit.runs) next[slot] = (next[slot] ?? 0) + span;
    return { commit: aborted.length > 0 ? { ...commit, aborted } : commit, open: [...firsts.values()] };
  });
  if (firsts.size === 0) return settled;
  const appendTimeMs = settled.at(-1)?.commit.appendTimeMs ?? 0;
  const aborted = [...firsts.values()].map((one) => rangeOf(one, 0));
  return [...settled, { commit: { object: empty, appendTimeMs, absolute: true, runs: [], aborted }, open: [] }];
}

function rangeOf({ slot, producerId, firstOffset }: OpenPartition, markerAt: number): AbortedRange {
  return { slot, producerId, firstOffset, markerAt };
}

function nameOf({ slot, producerId }: { slot: number; producerId: number }): string {
  return `${slot}/${producerId}`;
}
