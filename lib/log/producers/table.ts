import { StoreError } from '../../store/index.ts';
import { type Head, tailBases } from '../head.ts';
import { type Commit, type LedgerRef, LogError } from '../model.ts';
import type { Page } from '../page.ts';
import type { LogParts } from '../parts.ts';
import { laterEntry, type ProducerBatch, type ProducerEntry, pairName, withBatch } from './entry.ts';
import { decodeSnapshot, isUnread } from './snapshot.ts';

/** What a table is read from. */
export type TableStore = Pick<LogParts, 'pages' | 'footers'>;

/** Producers that were silent for so long are forgotten, as Kafka's are after `transactional.id.expiration.ms`. */
export const PRODUCER_EXPIRY_MS = 7 * 24 * 60 * 60_000;

/** Producers of one ledger, per partition: what a snapshot has room for. */
const PRODUCERS_MAX = 8_000;

/** Footers read at once. */
const FOOTERS_AT_ONCE = 32;

/** A stretch of commits and the offsets, per slot, at which it begins. */
interface Stretch {
  readonly bases: readonly number[];
  readonly commits: readonly Commit[];
}

/** A batch that a footer tells of. */
interface Found {
  readonly slot: number;
  readonly batch: ProducerBatch;
  readonly baseOffset: number;
  readonly appendMs: number;
}

/**
 * The producers of one ledger, from the newest page's snapshot and the footers of what was committed since. Batches may
 * be told more than once and in any order between producers: offsets tell which are news.
 */
export class ProducerTable {
  readonly entries = new Map<string, ProducerEntry>();
  /** Commits since the ledger began of which all producers are known; undefined until the first were read. */
  #position: number | undefined;

  /** Brings the table up to the head: all that is committed there is then known. @throws StoreError; LogError `log_corrupt` */
  async catchUp(store: TableStore, ledger: LedgerRef, head: Head): Promise<void> {
    const known = this.#position !== undefined && this.#position >= head.trimmed;
    const base = known ? undefined : await baseOf(store.pages, ledger, head);
    const bases = tailBases(head);
    const skipped = known ? this.#position! - head.trimmed : 0;
    const tail = { bases: afterCommits(bases, head.tail.slice(0, skipped)), commits: head.tail.slice(skipped) };
    const found: Found[] = [];
    for (const stretch of [...(base?.stretches ?? []), tail]) found.push(...(await batchesIn(store, ledger, stretch)));
    // From here on nothing waits: whoever looks meanwhile sees all of it or nothing.
    for (const entry of base?.entries ?? []) {
      const name = pairName(entry.slot, entry.producerId);
      const other = this.entries.get(name);
      this.entries.set(name, other ? laterEntry(entry, other) : entry);
    }
    for (const one of found) this.apply(one);
    this.#position = Math.max(this.#position ?? 0, head.trimmed + head.tail.length);
  }

  /** Takes note of a batch that was appended. */
  apply({ slot, batch, baseOffset, appendMs }: Found): void {
    const name = pairName(slot, batch.producerId);
    this.entries.set(name, withBatch(this.entries.get(name), slot, batch, baseOffset, appendMs));
  }

  /** Forgets those that have been silent for `PRODUCER_EXPIRY_MS`, and the longest silent where there are too many. */
  expire(nowMs: number): void {
    for (const [name, { lastMs }] of this.entries) if (lastMs < nowMs - PRODUCER_EXPIRY_MS) this.entries.delete(name);
    if (this.entries.size <= PRODUCERS_MAX) return;
    const oldest = [...this.entries].sort(([, a], [, b]) => a.lastMs - b.lastMs);
    for (const [name] of oldest.slice(0, this.entries.size - PRODUCERS_MAX)) this.entries.delete(name);
  }
}

/** What is known as of the end of the last page: its snapshot, or, after a rebuild, an older one and the pages since. */
async function baseOf(
  pages: LogParts['pages'],
  ledger: LedgerRef,
  head: Head,
): Promise<{ entries: ProducerEntry[]; stretches: Stretch[] }> {
  const stretches: Stretch[] = [];
  // What has been merged is an hour old or more: nobody sends it again.
  for (let index = head.pages - 1; index >= Math.max(head.firstPage, head.mergedPages - 1); index--) {
    const page: Page | undefined = await pages.find(ledger, index);
    if (page?.producers && !isUnread(page.producers)) return { entries: decodeSnapshot(page.producers), stretches };
    // A page without a snapshot has no producers, and nor has any before it, unless a rebuild has put it there.
    if (!page || (stretches.length === 0 && !page.producers)) break;
    stretches.unshift({ bases: page.bases, commits: page.commits });
  }
  return { entries: [], stretches };
}

async function batchesIn(store: TableStore, ledger: LedgerRef, { bases, commits }: Stretch): Promise<Found[]> {
  const found: Found[] = [];
  const next = [...bases];
  for (let from = 0; from < commits.length; from += FOOTERS_AT_ONCE) {
    const some = commits.slice(from, from + FOOTERS_AT_ONCE);
    const told = await Promise.all(some.map((commit) => (commit.producers ? footerOf(store, commit) : [])));
    for (const [i, commit] of some.entries()) {
      for (const run of commit.runs) {
        const footer = told[i]!.find(
          ({ topicId, partition, width, position }) =>
            topicId === ledger.topicId && partition === ledger.index * width + run.slot && position === run.position,
        );
        let baseOffset = next[run.slot] ?? 0;
        next[run.slot] = baseOffset + run.span;
        for (const { span, ...batch } of footer?.batches ?? []) {
          const named = { ...batch, offsetSpan: span };
          if (batch.producerId >= 0)
            found.push({ slot: run.slot, batch: named, baseOffset, appendMs: commit.appendTimeMs });
          baseOffset += span;
        }
      }
    }
  }
  return found;
}

/** The runs of a commit's object. One that is lost or damaged tells nothing, and must not end the ledger: `verify` names it. */
async function footerOf({ footers }: TableStore, commit: Commit) {
  try {
    return await footers.of(commit.object);
  } catch (error) {
    const damaged = error instanceof LogError && error.code === 'log_corrupt';
    const gone = error instanceof StoreError && (error.code === 'object_missing' || error.code === 'store_corrupt');
    if (damaged || gone) return [];
    throw error;
  }
}

function afterCommits(bases: readonly number[], commits: readonly Commit[]): number[] {
  const next = [...bases];
  for (const commit of commits) for (const run of commit.runs) next[run.slot]! += run.span;
  return next;
}
