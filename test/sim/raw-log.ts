import { decodeCommit } from '../../lib/log/commit.ts';
import type { Commit } from '../../lib/log/index.ts';
import { parseObjectKey } from '../../lib/log/index.ts';
import { parsePage } from '../../lib/log/page.ts';
import { baseOffset, batchLength, checkBatches, controlType, readRecords } from '../../lib/record/index.ts';
import type { Item } from '../../lib/store/index.ts';
import type { Seen } from '../checker/index.ts';
import { nameOf } from './clients/batches.ts';
import type { SimulatedStores } from './stores.ts';

/** What the stores hold of a partition, found by nothing but the items and the bytes. */
export interface RawPartition {
  readonly logStart: number;
  readonly end: number;
  /** All records that are there, markers not among them, from the oldest page that is kept. */
  readonly records: readonly Seen[];
  /** Those of them that are of no transaction, or of one that was committed. */
  readonly committed: readonly Seen[];
  /** Producers whose transactions have not ended. */
  readonly open: readonly number[];
}

/** What the raw contents of the stores say, and what is wrong with it. */
export interface RawLog {
  /** By `<topic id>/<partition>`. */
  readonly partitions: ReadonlyMap<string, RawPartition>;
  readonly problems: readonly string[];
}

/** Keys of segment objects begin so. */
const SEGMENTS = 'seg/';

/**
 * Judges what the stores hold, by itself: the log's codecs are used, and nothing of what reads, tends or verifies it.
 * 1. Whatever a commit names is there, whole, and its CRCs are right. 2. Offsets are dense from page to page to the head.
 * 4. A page begins where the one before it ended. 5. Every object is named by somebody (ask when collection is over).
 */
export function readRawLog(stores: SimulatedStores, topics: readonly { topicId: string; width: number }[]): RawLog {
  const objects = new Map<string, Uint8Array>();
  const ledgers = new Map<string, Map<string, Item>>();
  for (const { key, bytes } of stores.bucket.all()) objects.set(key, bytes);
  for (const { key, item } of stores.table.all()) {
    if (key.pk.startsWith('object/')) objects.set(key.sk, item.b as Uint8Array);
    if (!key.pk.startsWith('ledger/')) continue;
    const ledger = ledgers.get(key.pk) ?? new Map<string, Item>();
    ledgers.set(key.pk, ledger.set(key.sk, item));
  }
  const problems: string[] = [];
  const partitions = new Map<string, RawPartition>();
  const byId = new Map([...objects].map(([key, bytes]) => [parseObjectKey(key)?.id, { key, bytes }]));
  const named = new Set<string>();
  for (const [pk, items] of ledgers) {
    const [, topicId, index] = pk.split('/');
    const width = topics.find((topic) => topic.topicId === topicId)?.width ?? 1;
    const found = readLedger(pk, items, {
      bytesOf: (commit) => {
        named.add(commit.object.id);
        return byId.get(commit.object.id)?.bytes;
      },
      problem: (what) => problems.push(`${pk}: ${what}`),
    });
    for (const [slot, partition] of found.entries())
      partitions.set(`${topicId}/${Number(index) * width + slot}`, partition);
  }
  for (const { key } of byId.values()) {
    const id = parseObjectKey(key)?.id;
    if (key.startsWith(SEGMENTS) && id !== undefined && !named.has(id)) problems.push(`${key} is named by nobody`);
  }
  return { partitions, problems };
}

/** What was read of a partition so far. */
interface SlotReading {
  readonly records: Seen[];
  /** Offsets of records of aborted transactions. */
  readonly voided: Set<number>;
  /** Per producer, offsets of records of a transaction that has no marker yet. */
  readonly open: Map<number, number[]>;
}

interface LedgerReading {
  bytesOf(commit: Commit): Uint8Array | undefined;
  problem(what: string): void;
}

function readLedger(pk: string, items: ReadonlyMap<string, Item>, reading: LedgerReading): RawPartition[] {
  const head = items.get('head');
  if (!head) return [];
  const slots = Object.keys(head.n as object).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  const ends = slots.map((slot) => (head.n as Record<string, number>)[slot]!);
  const starts = slots.map((slot) => (head.s as Record<string, number>)[slot] ?? 0);
  const slotsRead = slots.map((): SlotReading => ({ records: [], voided: new Set(), open: new Map() }));
  // Where the next page, or the tail, has to begin; unknown before the first page.
  let next: number[] | undefined = head.k0 === 0 ? slots.map(() => 0) : undefined;
  for (let index = head.k0 as number; index < (head.k as number); index++) {
    const name = `page/${String(index).padStart(12, '0')}`;
    const item = items.get(name);
    if (!item) {
      reading.problem(`${name} is missing`);
      next = undefined;
      continue;
    }
    const page = parsePage(item, `${pk}/${name}`);
    const bases = slots.map((_, slot) => page.bases[slot] ?? 0);
    if (next && next.join() !== bases.join()) reading.problem(`${name} begins at ${bases}, not at ${next}`);
    next = bases;
    for (const commit of page.commits) readCommit(commit, next, slotsRead, reading);
  }
  const tail = (head.t as readonly Uint8Array[]).map(decodeCommit);
  const spans = slots.map(() => 0);
  for (const commit of tail) for (const run of commit.runs) spans[run.slot]! += run.span;
  const bases = ends.map((end, slot) => end - spans[slot]!);
  if (next && next.join() !== bases.join()) reading.problem(`the tail begins at ${bases}, the pages end at ${next}`);
  for (const commit of tail) readCommit(commit, bases, slotsRead, reading);
  return slotsRead.map(({ records, voided, open }, slot) => ({
    logStart: starts[slot]!,
    end: ends[slot]!,
    records,
    committed: records.filter(([offset]) => !voided.has(offset) && ![...open.values()].flat().includes(offset)),
    open: [...open.keys()],
  }));
}

/** Adds a commit's records to those of its slots, and moves `next` past its runs. */
function readCommit(commit: Commit, next: number[], slots: SlotReading[], reading: LedgerReading): void {
  const bytes = reading.bytesOf(commit);
  if (!bytes) reading.problem(`object ${commit.object.id} is named and not there`);
  for (const run of commit.runs) {
    const from = next[run.slot]!;
    next[run.slot]! += run.span;
    if (!bytes) continue;
    const stored = bytes.subarray(run.position, run.position + run.lengthBytes);
    try {
      const end = readRun(stored, { from, absolute: commit.absolute, to: slots[run.slot]! });
      // What compaction has cleaned away leaves offsets that nobody has, behind the last batch too.
      const isRight = commit.absolute ? end <= from + run.span : end === from + run.span;
      if (!isRight)
        reading.problem(`object ${commit.object.id} holds offsets to ${end}, its run goes to ${from + run.span}`);
    } catch (error) {
      reading.problem(`object ${commit.object.id}: ${error}`);
    }
  }
}

function readRun(
  bytes: Uint8Array,
  { from, absolute, to }: { from: number; absolute: boolean; to: SlotReading },
): number {
  let end = from;
  checkBatches(bytes, { sparse: absolute });
  for (let at = 0; at < bytes.length; at += batchLength(bytes, at)) {
    const [batch] = checkBatches(bytes.subarray(at, at + batchLength(bytes, at)), { sparse: absolute });
    const base = absolute ? baseOffset(bytes, at) : end;
    const shift = base - baseOffset(bytes, at);
    if (base < end) throw new Error(`a batch begins at ${base}, the one before it ended at ${end}`);
    end = base + batch!.offsetSpan;
    const { control, transactional, producerId } = batch!;
    for (const record of readRecords(bytes, { at })) {
      const { offset, key } = record;
      if (control) {
        if (controlType(key) === 'abort') for (const one of to.open.get(producerId) ?? []) to.voided.add(one);
        to.open.delete(producerId);
        continue;
      }
      to.records.push([offset + shift, nameOf(record)]);
      if (transactional) to.open.set(producerId, [...(to.open.get(producerId) ?? []), offset + shift]);
    }
  }
  return end;
}
