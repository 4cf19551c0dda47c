import { type OpenTransactions, openAttribute, parseOpen, type TransactionRef } from '../log/index.ts';
import { type Condition, type Item, type ItemKey, KEY_BYTES_MAX, type Value, type Write } from '../store/index.ts';
import { GroupError } from './errors.ts';
import { groupPk } from './group-item.ts';

/*
 * Committed offsets: one item per group and ledger, so that one write commits all of a ledger's partitions. It is keyed by
 * topic id: what was committed for a topic never applies to a later one of the same name. Attributes:
 *   n          the topic's name, so that a listing need not search it
 *   p0 … p31   one map per slot with a commit: o offset, t time, m metadata, e leader epoch (m and e where given)
 *   x…, w…     offsets of transactions that have not ended, named as in heads: as above, v a number in place of t. Where
 *              they end in steps: b the slot's t as that was announced (-1 for none), r by how many announcements
 *   z          how often what ends in steps was announced or carried out here: who does either changes it
 *
 * `t` is the wall time of the commit in ms, or one more than the slot's last where the clock is not beyond that. A commit
 * is conditional on a smaller `t`, so one that was delayed on its way can't undo a later one.
 */

const LEDGER_DIGITS = 5;
/** The attribute that changes with each step of a transaction that ends in several. */
export const STEPS = 'z';
/** What the sort keys of all offsets of a group begin with. */
export const OFFSETS_PREFIX = 'offsets/';

/** What is committed for one partition. */
export interface CommittedOffset {
  readonly offset: number;
  readonly metadata: string | undefined;
  readonly leaderEpoch: number | undefined;
  /** Wall time of the commit, made to grow from commit to commit. */
  readonly timeMs: number;
}

/** One item's worth of offsets to write: slots of one ledger. */
export interface LedgerOffsets {
  readonly topic: string;
  readonly topicId: string;
  readonly ledger: number;
  /** The ledger's first partition, which is its slot 0. */
  readonly firstPartition: number;
  readonly slots: ReadonlyMap<number, Omit<CommittedOffset, 'timeMs'>>;
}

/** An offset that a transaction commits, if it does. */
export interface PendingOffset extends TransactionRef, Omit<CommittedOffset, 'timeMs'> {
  readonly slot: number;
  /** Where it was announced that it ends in steps. */
  readonly announced: AnnouncedOffset | undefined;
  /** As it stands in the item. */
  readonly stored: Value;
}

/**
 * What orders offsets that end in steps among other commits of their slot: from the announcement to the last step others may
 * commit there. What they commit is younger, and stays.
 */
export interface AnnouncedOffset {
  /** The slot's commit time when it was announced: another one now means that somebody has committed since. */
  readonly baseMs: number;
  /** By how many announcements in the item; of two that nothing came between, the later one counts. */
  readonly rank: number;
}

/** Of a slot without a commit. */
export const NO_COMMIT_MS = -1;

/** One item as it was read. */
export interface StoredOffsets {
  readonly topic: string;
  readonly topicId: string;
  readonly ledger: number;
  readonly slots: ReadonlyMap<number, CommittedOffset>;
  readonly pending: readonly PendingOffset[];
  /** As in heads: where it is decided what becomes of pending offsets. */
  readonly open: OpenTransactions;
  /** What was announced or carried out here, in number; undefined where nothing was. */
  readonly steps: number | undefined;
}

export function offsetsKey(group: string, topicId: string, ledger: number): ItemKey {
  return { pk: groupPk(group), sk: `${offsetsPrefix(topicId)}${String(ledger).padStart(LEDGER_DIGITS, '0')}` };
}

/** What the sort keys of a topic's offsets begin with. */
export function offsetsPrefix(topicId: string): string {
  return `${OFFSETS_PREFIX}${topicId}/`;
}

/**
 * Commits the slots. Its condition fails where a slot has a commit of `timeMs` or later: see `latestTimeMs`; with `forward`,
 * also where one has come further.
 * Units: the item's size in KB, rounded up (about 30 bytes a slot, and its metadata); twice that in a transaction.
 */
export function commitOffsets(
  group: string,
  offsets: LedgerOffsets,
  timeMs: number,
  forward = false,
): Write & { write: 'update' } {
  const older: Condition[] = [];
  const actions = [...offsets.slots].map(([slot, { offset, metadata, leaderEpoch }]) => {
    const path = `p${slot}`;
    older.push({
      if: 'any',
      of: [
        { if: 'absent', path: [path] },
        { if: 'lt', path: [path, 't'], value: timeMs },
      ],
    });
    if (forward) {
      const notBeyond: Condition = { if: 'le', path: [path, 'o'], value: offset };
      older.push({ if: 'any', of: [{ if: 'absent', path: [path] }, notBeyond] });
    }
    const to = { ...offsetValue({ offset, metadata, leaderEpoch }), t: timeMs };
    return { do: 'set', path: [path], to } as const;
  });
  return {
    write: 'update',
    key: offsetsKey(group, offsets.topicId, offsets.ledger),
    actions: [{ do: 'set', path: ['n'], to: offsets.topic }, ...actions],
    when: { if: 'all', of: older },
  };
}

/** An offset as it stands in an item, without its time. */
export function offsetValue({ offset, metadata, leaderEpoch }: Omit<CommittedOffset, 'timeMs'>): {
  [name: string]: Value;
} {
  const value: { [name: string]: Value } = { o: offset };
  if (metadata !== undefined) value.m = metadata;
  if (leaderEpoch !== undefined) value.e = leaderEpoch;
  return value;
}

/** The latest commit time among the slots that `offsets` would write, as `stored` has them; -Infinity without any. */
export function latestTimeMs(stored: StoredOffsets, offsets: { readonly slots: ReadonlyMap<number, unknown> }): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (const slot of offsets.slots.keys()) latest = Math.max(latest, stored.slots.get(slot)?.timeMs ?? latest);
  return latest;
}

/** Whether `stored` has just what `commitOffsets(…, offsets, timeMs)` writes: a commit whose answer was lost did land. */
export function hasCommitted(stored: StoredOffsets, offsets: LedgerOffsets, timeMs: number): boolean {
  return [...offsets.slots].every(([slot, wanted]) => {
    const there = stored.slots.get(slot);
    return (
      there?.timeMs === timeMs &&
      there.offset === wanted.offset &&
      there.metadata === wanted.metadata &&
      there.leaderEpoch === wanted.leaderEpoch
    );
  });
}

/** Whether nobody has committed the slot since these were announced; they count, then. Without an announcement they do. */
export function isYoungest({ slots }: StoredOffsets, { slot, announced }: PendingOffset): boolean {
  return announced === undefined || announced.baseMs === (slots.get(slot)?.timeMs ?? NO_COMMIT_MS);
}

/** Whether a transaction that has not ended, or whose end is not carried out here, has anything in the item. */
export function hasPending({ pending, open }: StoredOffsets): boolean {
  return pending.length > 0 || open.decidedBy.size > 0;
}

/** The item without what transactions have pending in it: for a copy that outlives them. */
export function withoutPending(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => name === 'n' || /^p\d{1,2}$/.test(name)));
}

/** @throws GroupError group_corrupt */
export function parseOffsetsItem(sk: string, item: Item): StoredOffsets {
  const place = /^offsets\/([0-9A-Z]{26})\/(\d{5})$/.exec(sk);
  if (!place || typeof item.n !== 'string') throw corrupt(sk);
  const slots = new Map<number, CommittedOffset>();
  for (const [name, value] of Object.entries(item)) {
    const slot = /^p(\d{1,2})$/.exec(name);
    if (slot) slots.set(Number(slot[1]), parseSlot(sk, value));
  }
  const open = parseOpen(item);
  const pending = open.partitions.map((one): PendingOffset => {
    const stored = item[openAttribute(one, one.slot)]!;
    const { offset, metadata, leaderEpoch } = parseSlot(sk, { ...(stored as Item), t: 0 });
    const { producerId, epoch, slot } = one;
    return {
      producerId,
      epoch,
      slot,
      offset,
      metadata,
      leaderEpoch,
      announced: parseAnnounced(sk, stored as Item),
      stored,
    };
  });
  const steps = item[STEPS];
  if (steps !== undefined && typeof steps !== 'number') throw corrupt(sk);
  return { topic: item.n, topicId: place[1]!, ledger: Number(place[2]), slots, pending, open, steps };
}

function parseAnnounced(sk: string, { b, r }: Item): AnnouncedOffset | undefined {
  if (b === undefined && r === undefined) return undefined;
  if (typeof b !== 'number' || typeof r !== 'number') throw corrupt(sk);
  return { baseMs: b, rank: r };
}

function parseSlot(sk: string, value: Value): CommittedOffset {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw corrupt(sk);
  const { o, t, m, e } = value as Item;
  const fits =
    typeof o === 'number' &&
    typeof t === 'number' &&
    (m === undefined || typeof m === 'string') &&
    (e === undefined || typeof e === 'number');
  if (!fits) throw corrupt(sk);
  return { offset: o, timeMs: t, metadata: m, leaderEpoch: e };
}

function corrupt(sk: string): GroupError {
  return new GroupError('group_corrupt', `The stored offsets item "${sk.slice(0, KEY_BYTES_MAX.sk)}" can't be read.`);
}
