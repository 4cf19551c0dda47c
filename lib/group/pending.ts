import {
  type DecisionRef,
  decidedByAttribute,
  encodeDecisionRef,
  type Outcome,
  openAttribute,
  type TransactionRef,
} from '../log/index.ts';
import {
  type Action,
  type Check,
  type Condition,
  type Item,
  type ItemKey,
  itemSizeBytes,
  TRANSACT_WRITES_MAX,
  type Write,
} from '../store/index.ts';
import { fenceOf, requireGroupItem } from './commits.ts';
import { GroupError } from './errors.ts';
import type { GroupParts } from './group-store.ts';
import { byLedger, type OffsetToCommit } from './offsets.ts';
import {
  isYoungest,
  type LedgerOffsets,
  latestTimeMs,
  NO_COMMIT_MS,
  offsetsKey,
  offsetValue,
  type PendingOffset,
  parseOffsetsItem,
  STEPS,
  type StoredOffsets,
} from './offsets-item.ts';
import type { TopicDirectory } from './port.ts';
import { explained, type OffsetsUpdate, partsOf } from './room.ts';
import { allWaiting, dropWaiting, type WaitingOffsets } from './waiting.ts';

/** A group's offsets of one ledger: where a transaction has offsets that wait for its end. */
export interface PendingPlace {
  readonly group: string;
  readonly topicId: string;
  readonly ledger: number;
}

/** What is written of a transaction's offsets, in its places. */
export interface PlaceWrites {
  readonly writes: readonly Write[];
  /** Places that are left out: they have nothing of it (any more). */
  readonly left: readonly PendingPlace[];
  /** What the items have that they are of. */
  readonly sizeBytes: number;
}

/** Who commits offsets as part of a transaction: a member, or a client that does not say, as old ones. */
export type PendingCommitter =
  | { readonly memberId: string; readonly memberEpoch: number; readonly instanceId?: string | undefined }
  | 'unnamed';

/**
 * Offsets that groups commit as part of a transaction. They stand in the items of the groups' offsets, beside what is
 * committed, until the transaction ends: then they take its place, or go. The writes are made here, and belong in one
 * transaction of the store with that of whoever knows the transaction (lib/txn).
 */
export class PendingOffsets {
  readonly #parts: GroupParts;
  readonly #directory: TopicDirectory;

  constructor(parts: GroupParts, directory: TopicDirectory) {
    this.#parts = parts;
    this.#directory = directory;
  }

  /** Checks offsets, and sorts them by ledger. @throws GroupError offset_invalid, metadata_too_large; TopicError */
  byLedger(offsets: readonly OffsetToCommit[]): Promise<readonly LedgerOffsets[]> {
    return byLedger(this.#directory, offsets);
  }

  /** Offsets in parts that one transaction of the store takes each, beside `others` items. */
  inParts(group: string, ledgers: readonly LedgerOffsets[], others: number): Promise<LedgerOffsets[][]> {
    return partsOf(this.#parts, group, ledgers, TRANSACT_WRITES_MAX - others);
  }

  /** Why offsets could not be written: GroupError offsets_too_large where that is it, else the error itself. */
  explained(group: string, writes: readonly OffsetsUpdate[], error: unknown): Promise<unknown> {
    return explained(this.#parts, group, writes, error);
  }

  /**
   * What holds for as long as the committer may commit these.
   * @throws GroupError group_unknown, member_unknown, group_fenced, group_generation_illegal, instance_fenced
   */
  async fence(group: string, committer: PendingCommitter, ledgers: readonly LedgerOffsets[]): Promise<Check> {
    if (committer === 'unnamed') return requireGroupItem(this.#parts, group);
    const fence = await fenceOf(this.#parts, group, committer, ledgers);
    if (fence instanceof GroupError) throw fence;
    return fence;
  }

  /**
   * The write that puts offsets of a ledger beside what is committed.
   * @param token tells them from those of the producer's other transactions
   */
  pend(group: string, offsets: LedgerOffsets, transaction: TransactionRef, token: number): OffsetsUpdate {
    const { topic, topicId, ledger, slots } = offsets;
    const actions = [...slots].map(([slot, given]): Action => {
      return { do: 'set', path: [openAttribute(transaction, slot)], to: { ...offsetValue(given), v: token } };
    });
    return {
      write: 'update',
      key: offsetsKey(group, topicId, ledger),
      actions: [{ do: 'set', path: ['n'], to: topic }, ...actions],
    };
  }

  /**
   * The writes that tell where it will be decided what becomes of a transaction's offsets, and what is committed until then:
   * one for each place that has any, and has not been told. They fail where another step was made there meanwhile, and are
   * then to be asked for again.
   */
  async announce(
    places: readonly PendingPlace[],
    transaction: TransactionRef,
    decision: DecisionRef,
  ): Promise<PlaceWrites> {
    return this.#each(places, transaction, ({ key, own, stored }) => {
      if (own.every(({ announced }) => announced)) return undefined;
      const rank = (stored.steps ?? 0) + 1;
      const bases = own.map((one): Action => {
        const b = stored.slots.get(one.slot)?.timeMs ?? NO_COMMIT_MS;
        return { do: 'set', path: [openAttribute(transaction, one.slot)], to: { ...(one.stored as Item), b, r: rank } };
      });
      const decidedBy = {
        do: 'set',
        path: [decidedByAttribute(transaction)],
        to: encodeDecisionRef(decision),
      } as const;
      const step = { do: 'set', path: [STEPS], to: rank } as const;
      const when: Condition = { if: 'all', of: [stepsAre(stored), ...stillPending(own)] };
      return { write: 'update', key, actions: [decidedBy, step, ...bases], when };
    });
  }

  /**
   * The writes that end a transaction in its places: one for each that has anything of it. They fail where the offsets have
   * changed since they were looked at.
   */
  async end(
    places: readonly PendingPlace[],
    {
      transaction,
      outcome,
      decision,
    }: { transaction: TransactionRef; outcome: Outcome; decision?: DecisionRef | undefined },
  ): Promise<PlaceWrites> {
    const nowMs = Math.floor(this.#parts.clock.nowMs());
    return this.#each(places, transaction, (place) => {
      const { key, own, stored } = place;
      const names = own.map(({ slot }) => openAttribute(transaction, slot));
      if (decision) names.push(decidedByAttribute(transaction));
      const removals = names.map((name): Action => ({ do: 'remove', path: [name] }));
      const counting = outcome === 'commit' ? own.filter((one) => isYoungest(stored, one)) : [];
      const slots = new Map(counting.map((one) => [one.slot, one]));
      const timeMs = Math.max(nowMs, latestTimeMs(stored, { slots }) + 1);
      const moves = counting.map((one): Action => {
        return { do: 'set', path: [`p${one.slot}`], to: { ...offsetValue(one), t: timeMs } };
      });
      const still = [...stillPending(own), ...counting.map((one) => stillCounts(stored, one, timeMs))];
      if (!decision) return { write: 'update', key, actions: [...moves, ...removals], when: { if: 'all', of: still } };
      // What was announced later, on the same ground, now follows on this.
      const later = stored.pending.filter((one) => counting.some((moved) => isBefore(moved, one)));
      const rebased = later.map((one): Action => {
        return { do: 'set', path: [openAttribute(one, one.slot), 'b'], to: timeMs };
      });
      const step = { do: 'set', path: [STEPS], to: (stored.steps ?? 0) + 1 } as const;
      const when: Condition = { if: 'all', of: [stepsAre(stored), ...still, ...stillPending(later)] };
      return { write: 'update', key, actions: [step, ...moves, ...rebased, ...removals], when };
    });
  }

  /** All that waits for transactions, in any group, whether or not anything is known of them: see `allWaiting`. */
  all(failed: (error: unknown, group: string) => void): AsyncGenerator<WaitingOffsets> {
    return allWaiting(this.#parts, failed);
  }

  /** Drops what waits for a transaction that nobody can end any more. False where it has changed since it was read. */
  async drop(waiting: WaitingOffsets): Promise<boolean> {
    return (await this.#parts.items.write(dropWaiting(waiting))).applied;
  }

  async #each(
    places: readonly PendingPlace[],
    { producerId, epoch }: TransactionRef,
    write: (place: PlaceAsRead) => Write | undefined,
  ): Promise<PlaceWrites> {
    const keys = places.map(({ group, topicId, ledger }) => offsetsKey(group, topicId, ledger));
    const items = await this.#parts.items.getMany(keys);
    const left: PendingPlace[] = [];
    let sizeBytes = 0;
    const writes = items.flatMap((item, i) => {
      const key = keys[i]!;
      const stored = item && parseOffsetsItem(key.sk, item);
      const own = stored?.pending.filter((one) => one.producerId === producerId && one.epoch === epoch) ?? [];
      if (item) sizeBytes += itemSizeBytes(key, item);
      if (!stored || own.length === 0) {
        left.push(places[i]!);
        return [];
      }
      return write({ key, own, stored }) ?? [];
    });
    return { writes, left, sizeBytes };
  }
}

/** A place as it was read, with what the transaction has there. */
interface PlaceAsRead {
  readonly key: ItemKey;
  readonly own: readonly PendingOffset[];
  readonly stored: StoredOffsets;
}

function stillPending(pending: readonly PendingOffset[]): Condition[] {
  return pending.map((one) => ({ if: 'is', path: [openAttribute(one, one.slot)], value: one.stored }));
}

/** Nobody has announced or carried out anything in the item since. */
function stepsAre({ steps }: StoredOffsets): Condition {
  return steps === undefined ? { if: 'absent', path: [STEPS] } : { if: 'is', path: [STEPS], value: steps };
}

/** Whether, of two that were announced on the same ground, `one` came first. */
function isBefore(one: PendingOffset, other: PendingOffset): boolean {
  const [first, second] = [one.announced, other.announced];
  return one.slot === other.slot && !!first && !!second && first.baseMs === second.baseMs && first.rank < second.rank;
}

/** What was announced counts while nobody has committed the slot since; what ends at once, if no commit is of a later time. */
function stillCounts({ slots }: StoredOffsets, { slot, announced }: PendingOffset, timeMs: number): Condition {
  const path = [`p${slot}`] as const;
  const absent: Condition = { if: 'absent', path };
  if (!announced) return { if: 'any', of: [absent, { if: 'lt', path: [...path, 't'], value: timeMs }] };
  return slots.has(slot) ? { if: 'is', path: [...path, 't'], value: announced.baseMs } : absent;
}
