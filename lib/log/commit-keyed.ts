import { MillraceError } from '../bytes/index.ts';
import type { Item, Write } from '../store/index.ts';
import { type Attempts, isRefused, isUnknown, refused, unknown } from './attempts.ts';
import { announce, partitionMissing, refuseLongTail } from './commit-share.ts';
import { assignOffsets, commitOf, type LedgerShare, type Segment } from './flush.ts';
import { type Head, headKey, ledgerMissing, parseHead, withCommit } from './head.ts';
import { commitActions, nextOffsetIs, notCollected, raiseMark } from './head-writes.ts';
import { type LedgerRef, LogError, ledgerName } from './model.ts';
import { parseRemembered, type Remembered, recall, rememberWrite } from './once.ts';
import type { LogParts } from './parts.ts';
import { settleCommit } from './settle.ts';
import type { Pending } from './writer.ts';

/** How a try to commit keyed requests ended. */
export type KeyedOutcome =
  | {
      done: true;
      /** Per ledger, about what its head is now: other partitions of it may have moved meanwhile. */
      heads: { ledger: LedgerRef; about: Head }[];
    }
  | {
      done: false;
      /** Requests that cannot be part of the next try, with their answers. */
      leaving: Map<Pending, Remembered | MillraceError>;
      /** Where set, the object must be written anew, younger than this. */
      floorMs: number | undefined;
    };

/**
 * One try to commit requests of which some have idempotency keys: all ledgers and the keys' answers in one transaction,
 * conditional on the offsets that those answers promise. Or one request with what others write beside it.
 */
export async function tryKeyed(
  parts: LogParts,
  attempts: Attempts,
  requests: readonly Pending[],
  segment: Segment,
): Promise<KeyedOutcome> {
  const { items, heads, clock } = parts;
  const nowMs = clock.nowMs();
  const read = () => Promise.all(segment.shares.map((share) => headFor(parts, share)));
  const found = await attempts.repeat(read, refused);
  const gone = withoutLedger(requests, segment, found);
  if (gone.size > 0) return { done: false, leaving: gone, floorMs: undefined };
  const before = found as Head[];
  const keyed = requests.filter((pending) => pending.once);
  const committed = (): KeyedOutcome => ({
    done: true,
    heads: segment.shares.map((share, i) => {
      // What was seen may be older than what other processes have made of it: not a head that ever was.
      heads.drop(share.ledger);
      announce(parts, segment, share);
      return { ledger: share.ledger, about: withCommit(before[i]!, commitOf(segment, share, nowMs)) };
    }),
  });
  const besides = await besidesOf(parts, attempts, requests);
  if ('leaving' in besides) return { done: false, leaving: besides.leaving, floorMs: undefined };
  try {
    const answer = await items.transact([...keyedWrites(segment, before, keyed, nowMs), ...besides.writes]);
    return answer.applied ? committed() : whyNot(parts, answer.failed, segment, requests);
  } catch (error) {
    if (isRefused(error)) return { done: false, leaving: new Map(), floorMs: undefined };
    if (!isUnknown(error)) throw error;
    const tookEffect = await attempts.repeat(() => keyedTookEffect(parts, segment, before[0]!, keyed[0]), unknown);
    return tookEffect ? committed() : { done: false, leaving: new Map(), floorMs: segment.timeMs };
  }
}

/** The transaction; the slices get the offsets that they will have if it is applied. */
function keyedWrites(segment: Segment, before: readonly Head[], keyed: readonly Pending[], nowMs: number): Write[] {
  const updates = segment.shares.map((share, i): Write => {
    const head = before[i]!;
    refuseLongTail(share.ledger, head);
    const commit = commitOf(segment, share, nowMs);
    assignOffsets(share, head, commit.appendTimeMs);
    const slots = new Set(share.runs.map((run) => run.slot));
    const expected = [...slots].map((slot) => nextOffsetIs(slot, head.nextOffsets[slot]!));
    const when = { if: 'all', of: [notCollected(segment.timeMs), ...expected] } as const;
    return { write: 'update', key: headKey(share.ledger), actions: commitActions(commit), when };
  });
  const answers = keyed.map(({ once, slices }) => {
    const appended = slices.map((slice) => slice.appended!);
    return rememberWrite(once!, segment.object.id, appended, nowMs);
  });
  return [...updates, ...answers];
}

/** What others write beside a request; or why the request leaves, as they have nothing to write any more. */
async function besidesOf(
  { items, clock }: LogParts,
  attempts: Attempts,
  requests: readonly Pending[],
): Promise<{ writes: readonly Write[] } | { leaving: Map<Pending, Remembered | MillraceError> }> {
  const [pending] = requests;
  if (!pending?.beside) return { writes: [] };
  try {
    const { beside } = pending;
    return { writes: await attempts.repeat(() => beside.writes(), refused) };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    // What stands in the way may be what an earlier try of this very request has done meanwhile, through another process.
    const { once } = pending;
    const ask = async () => once && recall(items, once.key, clock.nowMs());
    return { leaving: new Map([[pending, (await attempts.repeat(ask, unknown)) ?? error]]) };
  }
}

/**
 * A transaction is all or nothing: fencing one of its ledgers fences it whole. One of its keys tells its fate, or, where it
 * has none, the ledger itself.
 */
async function keyedTookEffect(
  { items, pages, clock }: LogParts,
  segment: Segment,
  before: Head,
  pending: Pending | undefined,
): Promise<boolean> {
  const { ledger } = segment.shares[0]!;
  if (!pending)
    return (
      (await settleCommit({ items, pages }, ledger, segment.object.id, segment.timeMs, before.pages)) !== undefined
    );
  await raiseMark(items, ledger, segment.timeMs);
  const remembered = await recall(items, pending.once!.key, clock.nowMs());
  return remembered?.objectId === segment.object.id;
}

/** What to change before the next try, from the items on which conditions failed. */
function whyNot(
  parts: LogParts,
  failed: readonly ({ readonly item: Item | undefined } | undefined)[],
  segment: Segment,
  requests: readonly Pending[],
): KeyedOutcome {
  const keyed = requests.filter((pending) => pending.once);
  let floorMs: number | undefined;
  segment.shares.forEach((share, i) => {
    const at = failed[i];
    if (!at) return;
    parts.heads.drop(share.ledger);
    if (!at.item) return; // the next try reads the head, and finds that it is gone
    const head = parseHead(at.item);
    parts.heads.set(share.ledger, head);
    if (head.mark >= segment.timeMs) floorMs = Math.max(floorMs ?? 0, head.mark);
  });
  const leaving = new Map<Pending, Remembered | MillraceError>();
  keyed.forEach((pending, i) => {
    const at = failed[segment.shares.length + i];
    if (at?.item) leaving.set(pending, parseRemembered(at.item));
  });
  for (const pending of requests) {
    if (leaving.has(pending)) continue;
    const reason = refusedBeside(pending, failed.slice(segment.shares.length + keyed.length));
    if (reason) leaving.set(pending, reason);
  }
  return { done: false, leaving, floorMs };
}

/** Why a request leaves whose neighbours' conditions failed; undefined where it may be tried again. */
function refusedBeside(
  { beside }: Pending,
  failed: readonly ({ readonly item: Item | undefined } | undefined)[],
): MillraceError | undefined {
  if (!beside?.refused || failed.every((one) => one === undefined)) return undefined;
  try {
    beside.refused(failed);
    return undefined;
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return error;
  }
}

/** The head as last seen, or as it is now where it was last seen without a partition that another has added. */
async function headFor({ heads }: LogParts, { ledger, runs }: LedgerShare): Promise<Head | undefined> {
  try {
    const head = await heads.cached(ledger);
    return runs.every((run) => run.slot < head.nextOffsets.length) ? head : await heads.fresh(ledger);
  } catch (error) {
    if (error instanceof LogError && error.code === 'ledger_missing') return undefined;
    throw error;
  }
}

/** Requests that cannot be stored: their ledger is gone, or lacks the partition. */
function withoutLedger(
  requests: readonly Pending[],
  segment: Segment,
  heads: readonly (Head | undefined)[],
): Map<Pending, MillraceError> {
  const errors = new Map<string, MillraceError>();
  segment.shares.forEach((share, i) => {
    const head = heads[i];
    const lacking = share.runs.find((run) => head && run.slot >= head.nextOffsets.length);
    if (!head) errors.set(ledgerName(share.ledger), ledgerMissing(share.ledger));
    else if (lacking) errors.set(ledgerName(share.ledger), partitionMissing(share.ledger));
  });
  const leaving = new Map<Pending, MillraceError>();
  for (const pending of requests) {
    const name = pending.ledgers.find((ledger) => errors.has(ledger));
    if (name !== undefined) leaving.set(pending, errors.get(name)!);
  }
  return leaving;
}
