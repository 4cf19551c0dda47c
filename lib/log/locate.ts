import { type Chunk, chunksOf, isWhole } from './chunks.ts';
import type { Footers } from './footers.ts';
import { type Head, tailBases } from './head.ts';
import type { Commit, LedgerRef, PartitionRef, Run } from './model.ts';
import type { Pages } from './pages.ts';

/** Pages without a byte of the partition that one read passes over before it answers with what it has. */
const EMPTY_PAGES_MAX = 64;

/** Where the records of a partition stand, from some offset on. */
export interface Located {
  chunks: Chunk[];
  /** Nothing stands before this offset that is not in `chunks`: where the next read goes on. */
  nextOffset: number;
  /** Whether all of it stands at the ledger's end, where other readers are too. */
  hot: boolean;
}

/**
 * The number of the page that holds `offset` of the slot, which is at least the log start and before the tail: a binary
 * search over the offsets that pages begin with, so O(log n) small reads, most of them cached.
 */
export async function findPage(
  pages: Pages,
  ledger: LedgerRef,
  head: Head,
  slot: number,
  offset: number,
): Promise<number> {
  let low = head.firstPage;
  let high = head.pages - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const page = await pages.get(ledger, middle);
    if ((page.bases[slot] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Lists what to read for `offset` and what follows it, until `maxBytes` are found beyond the first chunk, or the offset
 * `until` is reached.
 */
export async function locate(
  store: { pages: Pages; footers: Footers },
  head: Head,
  ref: { ledger: LedgerRef; partition: PartitionRef; slot: number },
  offset: number,
  maxBytes: number,
  until = Number.POSITIVE_INFINITY,
): Promise<Located> {
  const { ledger, slot } = ref;
  const found: Located = { chunks: [], nextOffset: offset, hot: true };
  const wanted = { maxBytes, bytes: 0, until };
  const tailBase = tailBases(head)[slot]!;
  if (offset < tailBase) {
    const first = await findPage(store.pages, ledger, head, slot, offset);
    found.hot = first >= head.pages - 1;
    for (let index = first, empty = 0; index < head.pages; index++) {
      const page = await store.pages.get(ledger, index);
      const before = found.chunks.length;
      const done = await addCommits(store.footers, found, wanted, page.commits, ref, page.bases[slot] ?? 0);
      if (done) return found;
      if (found.chunks.length === before && ++empty > EMPTY_PAGES_MAX) return found;
    }
  }
  await addCommits(store.footers, found, wanted, head.tail, ref, tailBase);
  return found;
}

/** Adds the chunks of the slot's runs that reach beyond `found.nextOffset`. True when enough is found. */
async function addCommits(
  footers: Footers,
  found: Located,
  wanted: { readonly maxBytes: number; bytes: number; readonly until: number },
  commits: readonly Commit[],
  ref: { partition: PartitionRef; slot: number },
  base: number,
): Promise<boolean> {
  let offset = base;
  for (const commit of commits) {
    for (const run of commit.runs) {
      if (run.slot !== ref.slot) continue;
      const first = offset;
      offset += run.span;
      if (offset <= found.nextOffset) continue;
      if (first >= wanted.until) return true;
      for (const chunk of await chunksOfRun(footers, commit, run, ref.partition, first)) {
        if (chunk.endOffset <= found.nextOffset) continue;
        if (wanted.bytes >= wanted.maxBytes || chunk.baseOffset >= wanted.until) return true;
        if (found.chunks.length > 0) wanted.bytes += chunk.lengthBytes;
        found.chunks.push(chunk);
        found.nextOffset = Math.min(chunk.endOffset, wanted.until);
      }
      // Keyed compaction may have left a gap behind the last batch.
      found.nextOffset = Math.min(offset, wanted.until);
    }
  }
  return false;
}

export async function chunksOfRun(
  footers: Footers,
  commit: Commit,
  run: Run,
  partition: PartitionRef,
  firstOffset: number,
): Promise<Chunk[]> {
  if (run.lengthBytes === 0) return [];
  const { object, absolute } = commit;
  if (isWhole(run)) {
    const { position, lengthBytes, span } = run;
    return [{ object, position, lengthBytes, baseOffset: firstOffset, endOffset: firstOffset + span, absolute }];
  }
  const described = await footers.runAt(object, partition, run.position);
  return chunksOf(object, run, described.batches, firstOffset, absolute);
}
