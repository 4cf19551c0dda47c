import { parseUlid, ulidTimeMs } from '../../bytes/index.ts';
import { eachObject, StoreError } from '../../store/index.ts';
import { readFooter } from '../footers.ts';
import { raiseMark } from '../head-writes.ts';
import { type LedgerRef, LogError, ledgerName, ledgersOf, type ObjectRef, type TopicLayout } from '../model.ts';
import type { LogParts } from '../parts.ts';
import { type FooterRun, OBJECT_PREFIX, OBJECT_SPREAD, objectKey, parseObjectKey } from '../segment.ts';
import { forgetCondemned, readCondemned, writeCondemned } from './condemned-item.ts';
import { eachCommit } from './names.ts';

/** Objects looked at in one go: their ids are held in memory, a hundred bytes each. */
const CANDIDATES_MAX = 100_000;
const FOOTERS_AT_ONCE = 16;

export interface CollectReport {
  /** Old enough to be looked at. */
  examined: number;
  /** Found to be named by nobody, now or ever again; deleted after the grace. */
  condemned: number;
  deleted: number;
  /** Objects that cannot be read as what they should be: left alone, for `verify` to report. */
  unreadable: number;
}

/**
 * Deletes segment objects that no ledger names: left by writers that stopped between put and commit, or released by
 * compaction, retention, or the end of a topic. In this order, so that a writer or a reader may be as slow as it likes:
 *
 * 1. Objects older than `staleObjectMs` that no ledger of `topics` names are candidates.
 * 2. The collection marks of the ledgers in a candidate's footer are raised over it: from here on, no commit of it succeeds.
 * 3. Those ledgers are searched again. A candidate that none of them names can never be named again: it is condemned.
 * 4. What has been condemned for `collectGraceMs`, longer than any read takes, is deleted.
 *
 * A ledger of which something is missing or damaged may name more than can be seen: nothing of it is condemned.
 * Any clock may be wrong: then an object goes late, or a slow writer has to write once more; nothing named is lost.
 */
export async function collect(parts: LogParts, topics: readonly TopicLayout[]): Promise<CollectReport> {
  const report: CollectReport = { examined: 0, condemned: 0, deleted: 0, unreadable: 0 };
  const { items, clock, settings } = parts;
  const condemned = await readCondemned(items);
  const dueMs = clock.nowMs() - settings.collectGraceMs;
  const sinceMs = new Map<string, number>();
  for (const one of condemned.values()) for (const id of one.ids) sinceMs.set(id, one.sinceMs);
  let left = OBJECT_SPREAD.map((spread): Stretch => ({ prefix: `${OBJECT_PREFIX}${spread}/`, after: undefined }));
  while (left.length > 0) {
    const stale = await listStale(parts, left);
    left = stale.left;
    report.examined += stale.candidates.size;
    const partial = await removeNamed(parts, topics, stale.candidates);
    await judge(parts, stale.candidates, partial, { sinceMs, dueMs }, report);
  }
  // All that were due are deleted by now, be it by an earlier run that stopped before it could say so.
  for (const [sk, one] of condemned) if (one.sinceMs <= dueMs) await forgetCondemned(items, sk);
  return report;
}

/** Keys that are still to be listed: those below a prefix that come after one. */
interface Stretch {
  readonly prefix: string;
  readonly after: string | undefined;
}

/**
 * Old objects by id, as many as may be looked at in one go, and what is left to be listed: searching the ledgers for them
 * costs a read of every page, however many they are. Ids begin with their time, so a prefix's listing ends at the first
 * young one.
 */
async function listStale(
  parts: LogParts,
  stretches: readonly Stretch[],
): Promise<{ candidates: Map<string, ObjectRef>; left: Stretch[] }> {
  const youngestMs = parts.clock.nowMs() - parts.settings.staleObjectMs;
  const candidates = new Map<string, ObjectRef>();
  for (const [i, { prefix, after }] of stretches.entries()) {
    for await (const { key } of eachObject(parts.objects, prefix, after)) {
      const object = parseObjectKey(key);
      if (!object) continue;
      if (ulidTimeMs(parseUlid(object.id)!) > youngestMs) break;
      candidates.set(object.id, object);
      if (candidates.size >= CANDIDATES_MAX)
        return { candidates, left: [{ prefix, after: key }, ...stretches.slice(i + 1)] };
    }
  }
  return { candidates, left: [] };
}

/** Leaves those that no ledger names. Returns the ledgers, by name, of which not everything is there to tell. */
async function removeNamed(
  parts: LogParts,
  topics: readonly TopicLayout[],
  candidates: Map<string, ObjectRef>,
): Promise<Set<string>> {
  const partial = new Set<string>();
  for (const { ledger } of topics.flatMap(ledgersOf)) {
    if (candidates.size === 0) break;
    const seen = await eachCommit(parts.items, ledger, (commit) => candidates.delete(commit.object.id));
    if (seen !== 'all') partial.add(ledgerName(ledger));
  }
  return partial;
}

/** Condemns what nobody names, after making sure that nobody can; deletes what has been condemned long enough. */
async function judge(
  parts: LogParts,
  candidates: ReadonlyMap<string, ObjectRef>,
  partial: ReadonlySet<string>,
  { sinceMs, dueMs }: { sinceMs: ReadonlyMap<string, number>; dueMs: number },
  report: CollectReport,
): Promise<void> {
  const { items, objects, clock } = parts;
  const due: ObjectRef[] = [];
  const fresh: ObjectRef[] = [];
  for (const object of candidates.values()) {
    const since = sinceMs.get(object.id);
    if (since === undefined) fresh.push(object);
    else if (since <= dueMs) due.push(object);
  }
  await objects.delete(due.map(objectKey));
  report.deleted += due.length;

  const ids = [...(await unnameable(parts, fresh, partial, report))].map(({ id }) => id);
  await writeCondemned(items, { ids, sinceMs: clock.nowMs() });
  report.condemned += ids.length;
}

/** Those of the objects that no ledger names and none ever will: marks are raised first, ledgers searched then. */
async function unnameable(
  parts: LogParts,
  objects: readonly ObjectRef[],
  partial: ReadonlySet<string>,
  report: CollectReport,
): Promise<Iterable<ObjectRef>> {
  const left = new Map(objects.map((object) => [object.id, object]));
  const marks = new Map<string, { ledger: LedgerRef; markMs: number }>();
  for (let from = 0; from < objects.length; from += FOOTERS_AT_ONCE) {
    await Promise.all(
      objects.slice(from, from + FOOTERS_AT_ONCE).map(async (object) => {
        const footer = await footerOf(parts, object);
        if (footer === undefined) {
          left.delete(object.id);
          report.unreadable++;
          return;
        }
        const markMs = ulidTimeMs(parseUlid(object.id)!);
        for (const run of footer) {
          const ledger = { topicId: run.topicId, index: Math.floor(run.partition / run.width) };
          if (partial.has(ledgerName(ledger))) left.delete(object.id);
          const known = marks.get(ledgerName(ledger));
          marks.set(ledgerName(ledger), { ledger, markMs: Math.max(markMs, known?.markMs ?? 0) });
        }
      }),
    );
  }
  for (const { ledger, markMs } of marks.values()) {
    const alive = await raiseMark(parts.items, ledger, markMs);
    parts.heads.drop(ledger);
    if (alive) await eachCommit(parts.items, ledger, (commit) => left.delete(commit.object.id));
  }
  return left.values();
}

async function footerOf(parts: LogParts, object: ObjectRef): Promise<FooterRun[] | undefined> {
  try {
    return await readFooter(parts.objects, object);
  } catch (error) {
    const damaged = error instanceof LogError && error.code === 'log_corrupt';
    const gone = error instanceof StoreError && error.code === 'object_missing';
    if (damaged || gone) return undefined;
    throw error;
  }
}
