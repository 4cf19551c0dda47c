import { encodeCommit, spansOf } from '../commit.ts';
import { emptyHead, type Head, tailBases } from '../head.ts';
import { TAIL_BYTES_MAX, TAIL_COMMITS_MAX } from '../limits.ts';
import type { NumberedPage } from '../lineage.ts';
import { type Commit, NO_TIMESTAMP, type ObjectRef } from '../model.ts';
import { maximaOf, type Page, pageBytes, pageEnds } from '../page.ts';
import { UNREAD_SNAPSHOT } from '../producers/snapshot.ts';
import { tailSums } from '../roll.ts';
import { NO_ORDER } from '../sums.ts';
import type { OpenPartition, OpenTransactions } from '../transactions/open.ts';
import { type FreshShare, type LedgerSurvey, objectTimeMs } from './survey.ts';
import { type KnownTransactions, type SettledCommit, settleTransactions } from './transactions.ts';

/** All that is known of a lost ledger. */
export interface Evidence {
  readonly slots: number;
  /** What the footers say; undefined where no object has anything of it. */
  readonly survey: LedgerSurvey | undefined;
  /** The head of the catalog; undefined where there is none, or the topic is younger. */
  readonly head: Head | undefined;
  /** The pages that the catalog has. */
  readonly open: readonly NumberedPage[];
  /** Copies that merging has made of pages. */
  readonly copies: readonly NumberedPage[];
  /** Objects that earlier catalogs name: where the last one does not, they were merged, or let go of. */
  readonly namedBefore: ReadonlySet<string>;
  /** Transactions that are known to be open in it, or just to end. */
  readonly transactions: KnownTransactions;
  readonly exists: (objectId: string) => boolean;
  /** An object without events, which stands where an object is lost: offsets are kept, and no other event moves. */
  readonly empty: ObjectRef;
  /** Nothing made at or before this moment can be committed any more. */
  readonly markMs: number;
}

/** A ledger as it can be had again. */
export interface Assembled {
  readonly head: Head;
  readonly pages: readonly NumberedPage[];
  /** Offsets that stand where they stood. */
  readonly exact: number;
  /** Offsets given anew, in the order of the objects. */
  readonly reassigned: number;
  /** Offsets whose events are gone. */
  readonly lost: number;
  /** Shares of objects that are not new: merged already, released, or never committed. */
  readonly ignored: number;
  /** The names of transactions that go on. */
  readonly goOn: readonly string[];
  /** Partitions in which transactions were aborted that nothing knows of any more. */
  readonly aborted: number;
  /** Partitions in which transactions stay open that may be of an item that cannot be read. */
  readonly left: readonly OpenPartition[];
  /** Whether `empty` is named. */
  readonly usesEmpty: boolean;
}

/**
 * Puts a ledger together again: the pages that merged objects, copies and the catalog prove, at their numbers and offsets;
 * then what was appended since, by object id. Pure: the same evidence gives the same ledger.
 */
export function assemble(evidence: Evidence): Assembled {
  const firstKept = evidence.head?.firstPage ?? 0;
  const proven = newestPages(evidence, firstKept);
  const { pages, ends, exact, lost } = chain(evidence, proven);
  const { shares, ignored } = appendedSince(evidence, proven);
  const open = pages.at(-1)?.page.open ?? [];
  const settled = settleTransactions(shares, { open, ends }, evidence.transactions, evidence.empty);
  const commits = settled.commits.map(({ commit }) => commit);
  const durable = new Set([...(evidence.survey?.merged ?? []), ...evidence.copies].map(({ index }) => index));
  const unmerged = pages.find(({ index }) => !durable.has(index))?.index;
  const from = pages.at(-1)?.index ?? (evidence.head?.pages ?? 0) - 1;
  pages.push(...pagesOf(settled.commits, from + 1, ends));
  // The next catalog has to have the pages that no object tells of.
  const mergedPages = unmerged ?? from + 1;
  const spans = spansOf(commits, evidence.slots);
  return {
    head: headOf(evidence, pages, { mergedPages, ends, open: settled.open }),
    pages: withProducers(withSums(pages, evidence.slots)),
    exact,
    reassigned: sum(spans),
    lost,
    ignored: ignored + settled.ignored,
    goOn: settled.goOn,
    aborted: settled.aborted,
    left: settled.left,
    usesEmpty: pages.some(({ page }) => page.commits.some(({ object }) => object.id === evidence.empty.id)),
  };
}

/** By number: of each page the highest version that is known, which is the last that was written. */
function newestPages(evidence: Evidence, firstKept: number): Map<number, Page> {
  const found = new Map<number, Page>();
  const consider = (index: number, page: Page) => {
    const known = found.get(index);
    if (index < firstKept || (known && !isNewer(page, known))) return;
    found.set(index, page);
  };
  const intact = ({ page }: NumberedPage) => page.commits.every(({ object }) => evidence.exists(object.id));
  const all = [...(evidence.survey?.merged ?? []), ...evidence.copies, ...evidence.open];
  for (const one of all) if (intact(one)) consider(one.index, one.page);
  // A page of which something is lost stands where there is no whole one.
  const whole = new Set(found.keys());
  for (const one of all) if (!whole.has(one.index)) consider(one.index, one.page);
  const { head } = evidence;
  if (head && head.tail.length > 0 && !found.has(head.pages))
    found.set(head.pages, { ...pageOf(head.tail, tailBases(head)), sums: tailSums(head), open: head.open.partitions });
  return found;
}

/**
 * Two of one version were made from the same page, and only one of them was taken: as a rule the one that was made first.
 * The other has no event that was not there either, and cleaning begins anew after a rebuild.
 */
function isNewer(page: Page, known: Page): boolean {
  if (page.version !== known.version) return page.version > known.version;
  return (page.commits[0]?.object.id ?? '') < (known.commits[0]?.object.id ?? '');
}

/** The pages in their order, without holes: what is lost of them is offsets without events. */
function chain(evidence: Evidence, proven: ReadonlyMap<number, Page>) {
  const { empty, slots } = evidence;
  const pages: { index: number; page: Page }[] = [];
  let [exact, lost] = [0, 0];
  for (const index of [...proven.keys()].sort((a, b) => a - b)) {
    const page = padded(proven.get(index)!, slots);
    const whole = page.commits.some((commit) => evidence.exists(commit.object.id));
    // What is gone at the beginning was expired, or it is lost: either way the log begins behind it.
    if (pages.length === 0 && !whole) {
      lost += sum(spansOf(page.commits, slots));
      continue;
    }
    const before = pages.at(-1);
    if (before) {
      const gaps = pageEnds(before.page).map((end, slot) => Math.max(0, page.bases[slot]! - end));
      if (sum(gaps) > 0) before.page = withGap(before.page, gaps, empty);
      lost += sum(gaps);
      for (let missing = before.index + 1; missing < index; missing++) {
        pages.push({ index: missing, page: pageOf([], pageEnds(before.page), before.page.newestAppendMs) });
      }
    }
    const commits = page.commits.map((commit) => (evidence.exists(commit.object.id) ? commit : emptied(commit, empty)));
    for (const [i, { runs }] of page.commits.entries()) {
      const span = runs.reduce((total, run) => total + run.span, 0);
      if (commits[i] === page.commits[i]) exact += span;
      else lost += span;
    }
    const isWhole = commits.every((commit, i) => commit === page.commits[i]);
    pages.push({ index, page: { ...page, commits, sums: isWhole ? page.sums : undefined } });
  }
  const { ends, gaps } = closed(evidence, pages);
  return { pages, ends, exact, lost: lost + gaps };
}

/** Where the pages end. Offsets that the catalog knows to be taken, and that are lost, are not given to other events. */
function closed({ head, slots, empty }: Evidence, pages: { index: number; page: Page }[]) {
  const last = pages.at(-1);
  const reached = last ? pageEnds(last.page) : new Array<number>(slots).fill(0);
  const ends = reached.map((end, slot) => Math.max(end, head?.nextOffsets[slot] ?? 0));
  const gaps = ends.map((end, slot) => end - reached[slot]!);
  if (last && sum(gaps) > 0) last.page = withGap(last.page, gaps, empty);
  return { ends, gaps: last ? sum(gaps) : 0 };
}

/** Objects that nothing proves to have been there before, in the order of their ids: that is, of time. */
function appendedSince(
  evidence: Evidence,
  proven: ReadonlyMap<number, Page>,
): { shares: FreshShare[]; ignored: number } {
  const { survey, head, namedBefore } = evidence;
  const placed = new Set<string>();
  for (const page of proven.values()) for (const { object } of page.commits) placed.add(object.id);
  const sequences = new Set<string>();
  const shares: FreshShare[] = [];
  let ignored = 0;
  const all = [...(survey?.fresh ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [id, share] of all) {
    const { sequence } = share;
    if (placed.has(id)) continue;
    const old = survey!.sources.has(id) || namedBefore.has(id) || objectTimeMs(id) <= (head?.mark ?? 0);
    const repeated = sequence !== undefined && sequences.has(sequence);
    if (old || repeated) ignored++;
    else shares.push(share);
    if (sequence !== undefined) sequences.add(sequence);
  }
  return { shares, ignored };
}

/** Commits as pages, each as large as the writer would have made it. */
function pagesOf(settled: readonly SettledCommit[], first: number, bases: readonly number[]): NumberedPage[] {
  const pages: NumberedPage[] = [];
  let waiting: Commit[] = [];
  let bytes = 0;
  let open: readonly OpenPartition[] = [];
  let ends = [...bases];
  const close = () => {
    const page = { ...pageOf(waiting, ends), ...(open.length > 0 && { open }) };
    pages.push({ index: first + pages.length, page });
    ends = pageEnds(page);
    waiting = [];
    bytes = 0;
  };
  for (const { commit, open: behind } of settled) {
    waiting.push(commit);
    open = behind;
    bytes += encodeCommit(commit).length;
    if (bytes > TAIL_BYTES_MAX || waiting.length >= TAIL_COMMITS_MAX) close();
  }
  if (waiting.length > 0) close();
  return pages;
}

function headOf(
  evidence: Evidence,
  pages: readonly NumberedPage[],
  { mergedPages, ends, open }: { mergedPages: number; ends: readonly number[]; open: OpenTransactions },
): Head {
  const { head, slots, markMs } = evidence;
  const last = pages.at(-1);
  const count = last ? last.index + 1 : (head?.pages ?? 0);
  const firstPage = pages[0]?.index ?? count;
  const begins = pages[0]?.page.bases ?? ends;
  const nextOffsets = last ? pageEnds(last.page).map((end, slot) => Math.max(end, ends[slot]!)) : [...ends];
  return {
    ...emptyHead(slots),
    mark: Math.max(markMs, head?.mark ?? 0),
    // Whoever knew the ledger as it was must not go on by what it knew: no count of raises comes near a time.
    fence: Math.max(markMs, (head?.fence ?? 0) + 1),
    order: last?.page.sums?.order ?? NO_ORDER,
    rewrites: sum(pages.map(({ page }) => page.version)),
    nextOffsets,
    logStarts: nextOffsets.map((_, slot) => Math.max(begins[slot] ?? 0, head?.logStarts[slot] ?? 0)),
    firstPage,
    pages: count,
    mergedPages,
    cleanedPages: firstPage,
    open,
  };
}

/** Sets what pages say of the pages before them: bytes, and the largest timestamps of blocks. */
function withSums(pages: readonly NumberedPage[], slots: number): NumberedPage[] {
  const first = pages[0]?.index ?? 0;
  const maxima: number[][][] = [];
  let bytes = new Array<number>(slots).fill(0);
  return pages.map(({ index, page }, i) => {
    const bytesBefore = bytes;
    const own = pageBytes(page);
    bytes = bytesBefore.map((before, slot) => before + own[slot]!);
    const levels = [maximaOf(page.commits, slots)];
    for (let level = 1; (index + 1) % 2 ** level === 0; level++) {
      const half = maxima[index - 2 ** (level - 1) - first]?.[level - 1];
      levels.push(levels[level - 1]!.map((max, slot) => Math.max(max, half?.[slot] ?? NO_TIMESTAMP)));
    }
    maxima[i] = levels;
    return { index, page: { ...page, bytesBefore, maxima: levels } };
  });
}

/**
 * What the newest page tells of producers is what writers go by. Where pages were put together after the last that tells,
 * it says that nobody has counted: their footers are read when a producer comes.
 */
function withProducers(pages: NumberedPage[]): NumberedPage[] {
  const last = pages.at(-1);
  const any = pages.some(({ page }) => page.producers || page.commits.some(({ producers }) => producers));
  if (!last || last.page.producers || !any) return pages;
  return [...pages.slice(0, -1), { ...last, page: { ...last.page, producers: UNREAD_SNAPSHOT } }];
}

function pageOf(commits: readonly Commit[], bases: readonly number[], appendMs = 0): Page {
  const newestAppendMs = commits.reduce((newest, commit) => Math.max(newest, commit.appendTimeMs), appendMs);
  return {
    version: 0,
    bases: [...bases],
    bytesBefore: [],
    newestAppendMs,
    tombstonesSinceMs: 0,
    maxima: [],
    commits: [...commits],
  };
}

/** Partitions that were added after the page begin at 0. */
function padded(page: Page, slots: number): Page {
  return { ...page, bases: Array.from({ length: slots }, (_, slot) => page.bases[slot] ?? 0) };
}

/** The page, with offsets behind its last record that have no events any more. */
function withGap(page: Page, spans: readonly number[], object: ObjectRef): Page {
  const runs = spans.flatMap((span, slot) => {
    return span > 0 ? [{ slot, position: 0, lengthBytes: 0, span, maxTimestampMs: NO_TIMESTAMP }] : [];
  });
  const commit: Commit = { object, appendTimeMs: page.newestAppendMs, absolute: true, runs };
  return { ...page, commits: [...page.commits, commit], sums: undefined };
}

/** The commit's offsets without its events. */
function emptied(commit: Commit, object: ObjectRef): Commit {
  const runs = commit.runs.map((run) => ({ ...run, position: 0, lengthBytes: 0, maxTimestampMs: NO_TIMESTAMP }));
  return { ...commit, object, absolute: true, runs };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
