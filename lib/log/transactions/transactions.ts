import { MillraceError } from '../../bytes/index.ts';
import { batchHeader, encodeMarker } from '../../record/index.ts';
import type { Condition, Write } from '../../store/index.ts';
import type { Slice } from '../flush.ts';
import { type Head, headKey } from '../head.ts';
import { commitActions, notCollected } from '../head-writes.ts';
import { TAIL_BYTES_MAX, TAIL_COMMITS_MAX } from '../limits.ts';
import {
  type AbortedRange,
  type LedgerRef,
  LogError,
  ledgerName,
  ledgerOf,
  type PartitionRef,
  slotOf,
  type TransactionRef,
} from '../model.ts';
import type { LogParts } from '../parts.ts';
import { rollTail } from '../roll.ts';
import { type DecisionRef, encodeDecisionRef } from './decision.ts';
import {
  closeActions,
  decidedByAttribute,
  isOpen,
  isOpenFrom,
  type Outcome,
  openActions,
  transactionName,
} from './open.ts';

/** A write to one ledger, for a transaction of the store. */
export interface LedgerWrite {
  readonly ledger: LedgerRef;
  readonly write: Write;
}

/** What ends a transaction in its ledgers. */
export interface LedgersEnd {
  readonly writes: readonly LedgerWrite[];
  /** Partitions that are left out, as their ledgers are gone. Found where they were looked at; so are those that are closed. */
  readonly gone: readonly PartitionRef[];
  /** Partitions that are left out, as their ledgers know nothing of the transaction (any more). */
  readonly closed: readonly PartitionRef[];
}

/** What is to be ended, and how. */
export interface Ending {
  /** As its partitions were registered. */
  readonly transaction: TransactionRef;
  readonly partitions: readonly PartitionRef[];
  readonly outcome: Outcome;
  /** The producer's epoch from now on, which its markers have. */
  readonly markerEpoch: number;
  /** Where it was decided, if its heads were told so. */
  readonly decision?: DecisionRef | undefined;
}

/**
 * Transactions as ledgers know them: partitions that are open for one, and markers that end it. Who may do what, and when,
 * lies with the caller, whose own item is in the same writes.
 */
export class LogTransactions {
  readonly #parts: LogParts;

  constructor(parts: LogParts) {
    this.#parts = parts;
  }

  /**
   * The writes that open partitions for a transaction, one for each ledger. From then on their last stable offset stays
   * where it is, and batches of the transaction are taken. Partitions that are open already stay as they are.
   * A ledger that is gone fails its write's condition; a partition that it does not have is `store_invalid`.
   */
  register(transaction: TransactionRef, partitions: readonly PartitionRef[]): LedgerWrite[] {
    return byLedger(partitions).map(({ ledger, slots }) => {
      const actions = openActions(transaction, slots);
      return { ledger, write: { write: 'update', key: headKey(ledger), actions, when: { if: 'itemExists' } } };
    });
  }

  /**
   * The writes that tell ledgers where it will be decided how a transaction ends. From then on they take no more of it.
   * Those that are gone, or know nothing of the transaction, are left out. A write that comes late, when it has ended, and
   * its producer may have begun another, fails its condition.
   */
  async announce(
    transaction: TransactionRef,
    partitions: readonly PartitionRef[],
    decision: DecisionRef,
  ): Promise<LedgersEnd> {
    const heads = await this.#heads(partitions);
    const path = [decidedByAttribute(transaction)] as const;
    const actions = [{ do: 'set', path, to: encodeDecisionRef(decision) }] as const;
    const writes = byLedger(partitions).flatMap(({ ledger, slots }): LedgerWrite[] => {
      const head = heads.get(ledgerName(ledger));
      const same = slots.flatMap((slot): Condition[] => {
        const value = head && firstOffsetOf(head, transaction, slot);
        return value === undefined ? [] : [isOpenFrom(transaction, slot, value)];
      });
      if (same.length === 0) return [];
      return [{ ledger, write: { write: 'update', key: headKey(ledger), actions, when: { if: 'all', of: same } } }];
    });
    return { writes, ...leftOut(heads, transaction, partitions) };
  }

  /**
   * Stores the markers of a transaction as one object, and makes the writes that append them and close the transaction, one
   * for each ledger. They fail where a ledger is gone, does not know of the transaction, or has passed the object; made once
   * more with `look`, they leave out what is gone, and what has ended there already.
   *
   * @throws LogError `append_refused`; StoreError
   */
  async end(ending: Ending, look = false): Promise<LedgersEnd> {
    const { transaction, outcome, decision } = ending;
    const heads = look || outcome === 'abort' ? await this.#heads(ending.partitions) : undefined;
    const partitions = heads ? ending.partitions.filter((one) => isOpenIn(heads, transaction, one)) : ending.partitions;
    const left = heads ? leftOut(heads, transaction, ending.partitions) : { gone: [], closed: [] };
    if (partitions.length === 0) return { writes: [], ...left };
    const floorMs = Math.max(0, ...[...(heads?.values() ?? [])].map(({ mark }) => mark));
    const segment = await this.#parts.attempts.put(
      partitions.map((to) => this.#marker(ending, to)),
      floorMs,
    );
    const writes = segment.shares.map(({ ledger, runs }): LedgerWrite => {
      const slots = runs.map(({ slot }) => slot);
      const appendTimeMs = Math.max(this.#parts.clock.nowMs(), segment.timeMs);
      const aborted = outcome === 'abort' ? voided(heads!.get(ledgerName(ledger))!, transaction, slots) : undefined;
      // A decision that nobody can make any more goes, too.
      const isAnnounced = decision !== undefined || isDecidedElsewhere(heads?.get(ledgerName(ledger)), transaction);
      const commit = { object: segment.object, appendTimeMs, absolute: false, runs, ...(aborted && { aborted }) };
      const actions = [...commitActions(commit), ...closeActions(transaction, slots, isAnnounced)];
      // What is void begins where it was looked at: by now the producer may have another open here, that looks the same.
      const open = aborted
        ? aborted.map(({ slot, firstOffset }) => isOpenFrom(transaction, slot, firstOffset))
        : slots.map((slot) => isOpen(transaction, slot));
      const when: Condition = { if: 'all', of: [notCollected(segment.timeMs), ...decidedBy(ending), ...open] };
      return { ledger, write: { write: 'update', key: headKey(ledger), actions, when } };
    });
    return { writes, ...left };
  }

  /** Whether a partition is open for a transaction; that of a ledger that is gone is not. */
  async isOpen(transaction: TransactionRef, partition: PartitionRef): Promise<boolean> {
    return isOpenIn(await this.#heads([partition]), transaction, partition);
  }

  /** Wakes those who wait for ledgers that have just changed by such writes. */
  async changed(ledgers: readonly LedgerRef[]): Promise<void> {
    const { heads, bus } = this.#parts;
    for (const ledger of ledgers) {
      heads.drop(ledger);
      bus.committed(ledger);
    }
    await Promise.all(ledgers.map((ledger) => this.#rollIfLong(ledger)));
  }

  /** Nobody else need roll a tail to which markers alone are appended. */
  async #rollIfLong(ledger: LedgerRef): Promise<void> {
    try {
      const head = await this.#head(ledger);
      if (!head || (head.tailBytes <= TAIL_BYTES_MAX && head.tail.length < TAIL_COMMITS_MAX)) return;
      await rollTail(this.#parts, ledger, head);
    } catch (error) {
      // What has changed is stored already; the next commit finds the tail still long, and tries again.
      if (!(error instanceof MillraceError)) throw error;
      this.#parts.heads.drop(ledger);
    }
  }

  async #heads(partitions: readonly PartitionRef[]): Promise<Map<string, Head>> {
    const ledgers = byLedger(partitions).map(({ ledger }) => ledger);
    const found = await Promise.all(ledgers.map((ledger) => this.#head(ledger)));
    return new Map(ledgers.flatMap((ledger, i) => (found[i] ? [[ledgerName(ledger), found[i]]] : [])));
  }

  /** The head as it is, or undefined where the ledger is gone. */
  async #head(ledger: LedgerRef): Promise<Head | undefined> {
    try {
      return await this.#parts.heads.fresh(ledger);
    } catch (error) {
      if (error instanceof LogError && error.code === 'ledger_missing') return undefined;
      throw error;
    }
  }

  #marker({ transaction, outcome, markerEpoch }: Ending, to: PartitionRef): Slice {
    const timestampMs = Math.floor(this.#parts.clock.nowMs());
    const { producerId } = transaction;
    const batches = encodeMarker({ type: outcome, producerId, producerEpoch: markerEpoch, timestampMs });
    return { append: { to, batches, infos: [batchHeader(batches)] }, span: 1, appended: undefined };
  }
}

/** Holds while the head says that it is decided there, and not elsewhere. */
function decidedBy({ transaction, decision }: Ending): Condition[] {
  if (!decision) return [];
  return [{ if: 'is', path: [decidedByAttribute(transaction)], value: encodeDecisionRef(decision) }];
}

function isOpenIn(heads: ReadonlyMap<string, Head>, transaction: TransactionRef, partition: PartitionRef): boolean {
  const head = heads.get(ledgerName(ledgerOf(partition)));
  return head !== undefined && firstOffsetOf(head, transaction, slotOf(partition)) !== undefined;
}

function isDecidedElsewhere(head: Head | undefined, transaction: TransactionRef): boolean {
  return head?.open.decidedBy.has(transactionName(transaction)) ?? false;
}

function leftOut(heads: ReadonlyMap<string, Head>, transaction: TransactionRef, partitions: readonly PartitionRef[]) {
  const left = partitions.filter((one) => !isOpenIn(heads, transaction, one));
  const isGone = (one: PartitionRef) => !heads.has(ledgerName(ledgerOf(one)));
  return { gone: left.filter(isGone), closed: left.filter((one) => !isGone(one)) };
}

function firstOffsetOf({ open }: Head, { producerId, epoch }: TransactionRef, slot: number): number | undefined {
  const found = open.partitions.find(
    (one) => one.slot === slot && one.producerId === producerId && one.epoch === epoch,
  );
  return found?.firstOffset;
}

/** What the abort markers of a commit make void: one marker in each of the slots. */
function voided(head: Head, transaction: TransactionRef, slots: readonly number[]): AbortedRange[] {
  const { producerId } = transaction;
  return slots.map((slot) => {
    return { slot, producerId, firstOffset: firstOffsetOf(head, transaction, slot)!, markerAt: 0 };
  });
}

/** Partitions by their ledgers, each slot once. */
function byLedger(partitions: readonly PartitionRef[]): { ledger: LedgerRef; slots: number[] }[] {
  const found = new Map<string, { ledger: LedgerRef; slots: number[] }>();
  for (const partition of partitions) {
    const ledger = ledgerOf(partition);
    const name = ledgerName(ledger);
    const one = found.get(name) ?? { ledger, slots: [] };
    found.set(name, one);
    const slot = slotOf(partition);
    if (!one.slots.includes(slot)) one.slots.push(slot);
  }
  return [...found.values()];
}
