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
  type Value,
  type Write,
} from '../store/index.ts';
import { fenceOf, requireGroupItem } from './commits.ts';
import { GroupError } from './errors.ts';
import type { GroupParts } from './group-store.ts';
import { byLedger, type OffsetToCommit } from './offsets.ts';
import {
  type CommittedOffset,
  type LedgerOffsets,
  latestTimeMs,
  offsetsKey,
  offsetValue,
  type PendingOffset,
  parseOffsetsItem,
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
   * The writes that tell where it will be decided what becomes of a transaction's offsets, one for each place that has any.
   */
  async announce(
    places: readonly PendingPlace[],
    transaction: TransactionRef,
    decision: DecisionRef,
  ): Promise<PlaceWrites> {
    const path = [decidedByAttribute(transaction)] as const;
    return this.#each(places, transaction, (key, pending): Write => {
      const actions = [{ do: 'set', path, to: encodeDecisionRef(decision) }] as const;
      return { write: 'update', key, actions, when: stillPending(transaction, pending) };
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
    return this.#each(places, transaction, (key, pending, item): Write => {
      const slots = new Map(pending.map((one) => [one.slot, one as Omit<CommittedOffset, 'timeMs'>]));
      const committed = parseOffsetsItem(key.sk, item);
      const timeMs = Math.max(nowMs, latestTimeMs(committed, { slots }) + 1);
      const moves = pending.map((one): Action => {
        return { do: 'set', path: [`p${one.slot}`], to: { ...offsetValue(one), t: timeMs } };
      });
      const names = pending.map(({ slot }) => openAttribute(transaction, slot));
      if (decision) names.push(decidedByAttribute(transaction));
      const removals = names.map((name): Action => ({ do: 'remove', path: [name] }));
      const older = pending.map(({ slot }): Condition => {
        const path = [`p${slot}`] as const;
        return {
          if: 'any',
          of: [
            { if: 'absent', path },
            { if: 'lt', path: [...path, 't'], value: timeMs },
          ],
        };
      });
      const commits = outcome === 'commit';
      return {
        write: 'update',
        key,
        actions: commits ? [...moves, ...removals] : removals,
        when: { if: 'all', of: [stillPending(transaction, pending), ...(commits ? older : [])] },
      };
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
    write: (key: ItemKey, pending: readonly PendingOffset[], item: Item) => Write,
  ): Promise<PlaceWrites> {
    const keys = places.map(({ group, topicId, ledger }) => offsetsKey(group, topicId, ledger));
    const items = await this.#parts.items.getMany(keys);
    const left: PendingPlace[] = [];
    let sizeBytes = 0;
    const writes = items.flatMap((item, i) => {
      const pending = item ? parseOffsetsItem(keys[i]!.sk, item).pending : [];
      const own = pending.filter((one) => one.producerId === producerId && one.epoch === epoch);
      if (item) sizeBytes += itemSizeBytes(keys[i]!, item);
      if (item && own.length > 0) return [write(keys[i]!, own, item)];
      left.push(places[i]!);
      return [];
    });
    return { writes, left, sizeBytes };
  }
}

function stillPending(transaction: TransactionRef, pending: readonly PendingOffset[]): Condition {
  const same = pending.map((one): Condition => {
    return { if: 'is', path: [openAttribute(transaction, one.slot)], value: one.stored as Value };
  });
  return { if: 'all', of: same };
}
