import type { Action, Condition, Item } from '../../store/index.ts';
import type { Append, TransactionRef } from '../model.ts';
import { damaged, isCount } from '../stored.ts';

/*
 * Open transactions in a ledger's head. Each partition of one is an attribute of its own, `x<producer id>.<epoch>.<slot>`,
 * numbers in base 36: the slot's next offset when it was registered, before which nothing of the transaction stands. A
 * transaction that ends takes its attributes away in the same write that appends its markers. One that is too wide for one
 * write has `w<producer id>.<epoch>`, too: where its decision is to be found (decision.ts); nothing is appended to it then.
 */

/** A partition of an open transaction. */
export interface OpenPartition extends TransactionRef {
  readonly slot: number;
  /** Nothing of the transaction stands before it. */
  readonly firstOffset: number;
}

/** What a head says of transactions. */
export interface OpenTransactions {
  readonly partitions: readonly OpenPartition[];
  /** Of those that end in several writes, by `transactionName`: the sort and partition keys of what decides. */
  readonly decidedBy: ReadonlyMap<string, string>;
}

/** How a transaction ends. */
export type Outcome = 'commit' | 'abort';

export const NONE_OPEN: OpenTransactions = { partitions: [], decidedBy: new Map() };

const OPEN = 'x';
const DECIDED_BY = 'w';
const NAME = /^([xw])([0-9a-z]+)\.([0-9a-z]+)(?:\.([0-9a-v]))?$/;

/** A transaction's name in maps and attributes. */
export function transactionName({ producerId, epoch }: TransactionRef): string {
  return `${producerId.toString(36)}.${epoch.toString(36)}`;
}

/** The attribute that a partition of an open transaction is. */
export function openAttribute(transaction: TransactionRef, slot: number): string {
  return `${OPEN}${transactionName(transaction)}.${slot.toString(36)}`;
}

/** The attribute that says where the decision is. */
export function decidedByAttribute(transaction: TransactionRef): string {
  return `${DECIDED_BY}${transactionName(transaction)}`;
}

/** Among an item's attributes, those of open transactions. @throws LogError `log_corrupt` */
export function parseOpen(item: Item): OpenTransactions {
  let partitions: OpenPartition[] | undefined;
  let decidedBy: Map<string, string> | undefined;
  for (const name of Object.keys(item)) {
    if (name[0] !== OPEN && name[0] !== DECIDED_BY) continue;
    const [, kind, id, epochText, slot] = NAME.exec(name) ?? [];
    if (id === undefined || epochText === undefined) continue;
    const [producerId, epoch] = [Number.parseInt(id, 36), Number.parseInt(epochText, 36)];
    if (!isCount(producerId) || !isCount(epoch)) throw damaged('An item', `${name} names no transaction.`);
    if (kind === OPEN && slot !== undefined) {
      partitions ??= [];
      partitions.push({ producerId, epoch, slot: Number.parseInt(slot, 36), firstOffset: item[name] as number });
    } else if (kind === DECIDED_BY) {
      decidedBy ??= new Map();
      decidedBy.set(transactionName({ producerId, epoch }), item[name] as string);
    }
  }
  return partitions || decidedBy
    ? { partitions: partitions ?? [], decidedBy: decidedBy ?? NONE_OPEN.decidedBy }
    : NONE_OPEN;
}

/** The attributes that `parseOpen` reads. */
export function openItem({ partitions, decidedBy }: OpenTransactions): Item {
  return Object.fromEntries([
    ...partitions.map((one) => [openAttribute(one, one.slot), one.firstOffset]),
    ...[...decidedBy].map(([name, key]) => [`${DECIDED_BY}${name}`, key]),
  ]);
}

/** The actions that open the slots for a transaction; those that are open stay as they are. */
export function openActions(transaction: TransactionRef, slots: readonly number[]): Action[] {
  return slots.map((slot) => ({
    do: 'copyOnce',
    path: [openAttribute(transaction, slot)],
    from: ['n', `p${slot}`],
  }));
}

/** The actions that take a transaction off the head. */
export function closeActions(transaction: TransactionRef, slots: readonly number[], wide: boolean): Action[] {
  const names = slots.map((slot) => openAttribute(transaction, slot));
  if (wide) names.push(decidedByAttribute(transaction));
  return names.map((name) => ({ do: 'remove', path: [name] }));
}

/** Holds while the slot is open for the transaction. */
export function isOpen(transaction: TransactionRef, slot: number): Condition {
  return { if: 'exists', path: [openAttribute(transaction, slot)] };
}

/** Holds while the transaction that is open in the slot is the one that was opened at this offset. */
export function isOpenFrom(transaction: TransactionRef, slot: number, firstOffset: number): Condition {
  return { if: 'is', path: [openAttribute(transaction, slot)], value: firstOffset };
}

/** The transaction that an append says to be part of. */
export function transactionOf({ infos }: Append): TransactionRef | undefined {
  const [info] = infos;
  return info?.transactional ? { producerId: info.producerId, epoch: info.producerEpoch } : undefined;
}

/**
 * What appends to transactions depend on: that each is open in its slot, and none has begun to end.
 * @param appends slots and the transactions that they are part of
 */
export function stillOpen(appends: readonly { slot: number; transaction: TransactionRef }[]): Condition[] {
  const slots = new Set(appends.map(({ slot, transaction }) => openAttribute(transaction, slot)));
  const ending = new Set(appends.map(({ transaction }) => decidedByAttribute(transaction)));
  return [
    ...[...slots].map((name): Condition => ({ if: 'exists', path: [name] })),
    ...[...ending].map((name): Condition => ({ if: 'absent', path: [name] })),
  ];
}

/** Whether an append to the transaction in this slot would be taken, by the head as it is. */
export function takesAppends(open: OpenTransactions, slot: number, transaction: TransactionRef): boolean {
  const { producerId, epoch } = transaction;
  if (open.decidedBy.has(transactionName(transaction))) return false;
  return open.partitions.some((one) => one.slot === slot && one.producerId === producerId && one.epoch === epoch);
}

/** By `transactionName`, how transactions end that have been decided, though their markers are not there yet. */
export type Outcomes = ReadonlyMap<string, Outcome>;

/** What offsets are known by in a head. */
type HeadOffsets = { open: OpenTransactions; nextOffsets: readonly number[]; logStarts: readonly number[] };

/** The last stable offset: before it stands nothing of a transaction that may still end either way (Kafka's LSO). */
export function stableOffset(head: HeadOffsets, slot: number, outcomes?: Outcomes): number {
  const stable = heldBy(head, slot, outcomes)?.firstOffset ?? head.nextOffsets[slot]!;
  return Math.max(stable, head.logStarts[slot]!);
}

/** The open transaction at which the last stable offset stands; undefined where that is the slot's end. */
export function heldBy(
  { open, nextOffsets }: HeadOffsets,
  slot: number,
  outcomes?: Outcomes,
): OpenPartition | undefined {
  let first: OpenPartition | undefined;
  for (const one of open.partitions) {
    if (one.slot !== slot || one.firstOffset >= (first?.firstOffset ?? nextOffsets[slot]!)) continue;
    if (!outcomes?.has(transactionName(one))) first = one;
  }
  return first;
}
