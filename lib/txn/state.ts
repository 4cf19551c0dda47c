import type { PendingPlace } from '../group/index.ts';
import {
  type LedgerRef,
  ledgerName,
  ledgerOf,
  type Outcome,
  type PartitionRef,
  slotOf,
  type TransactionRef,
} from '../log/index.ts';
import { EPOCH_LAST } from './limits.ts';

/** A producer: the epoch tells who has its id now. By the same two partitions know its transaction. */
export type Identity = TransactionRef;

/** Who somebody was before. */
export interface Former extends Identity {
  /** Whether it has changed by the end of its transaction, of which a retry is answered alike. */
  readonly ended: boolean;
}

/**
 * - `empty`: there was no transaction yet;
 * - `open`: one has begun;
 * - `ending`: it ends in several steps (`ending`), and how is certain;
 * - `committed`, `aborted`: the last one has ended so.
 */
export type Status = 'empty' | 'open' | 'ending' | 'committed' | 'aborted';

/** The partitions of one ledger that are in the transaction. */
export interface OpenLedger {
  readonly ledger: LedgerRef;
  readonly width: number;
  readonly slots: readonly number[];
}

/** What is known of a transactional id. */
export interface TransactionState extends Identity {
  /** Who got the present epoch, coming from which; epoch -1 where it did not say. A retry of that is answered alike. */
  readonly last: Former;
  readonly timeoutMs: number;
  readonly status: Status;
  /** When the transaction began, by wall time; 0 where none is open. */
  readonly begunMs: number;
  readonly updatedMs: number;
  /** By name of the ledger. */
  readonly ledgers: ReadonlyMap<string, OpenLedger>;
  /** Names of the topics, by id. */
  readonly topics: ReadonlyMap<string, string>;
  /** By group: in which ledgers, as `<topic id>/<index>`, it has offsets that wait for the end. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly ending: EndingState | undefined;
}

/** A transaction that ends in several steps. */
export interface EndingState {
  readonly transaction: TransactionRef;
  readonly outcome: Outcome;
  readonly markerEpoch: number;
  /** Tells its decision from others: the version of the item with which the end began. */
  readonly token: number;
  /** Whether it was decided: from then on it is visible, or void. */
  readonly decided: boolean;
}

const NOBODY: Former = { producerId: -1, epoch: -1, ended: false };

/** The state of a transactional id that comes for the first time. */
export function newState(identity: Identity, timeoutMs: number, nowMs: number): TransactionState {
  return { ...identity, last: NOBODY, timeoutMs, status: 'empty', updatedMs: nowMs, ...NOTHING_OPEN };
}

const NOTHING_OPEN = {
  begunMs: 0,
  ledgers: new Map<string, OpenLedger>(),
  topics: new Map<string, string>(),
  groups: new Map<string, readonly string[]>(),
  ending: undefined,
};

/** The state with a transaction that is open, beginning it where none is. */
export function opened(state: TransactionState, nowMs: number): TransactionState {
  if (state.status === 'open') return { ...state, updatedMs: nowMs };
  return { ...state, ...NOTHING_OPEN, status: 'open', begunMs: nowMs, updatedMs: nowMs };
}

/** The state once its transaction has ended. */
export function closed(state: TransactionState, outcome: Outcome, nowMs: number): TransactionState {
  const status = outcome === 'commit' ? 'committed' : 'aborted';
  return { ...state, ...NOTHING_OPEN, status, updatedMs: nowMs };
}

/** The epoch that fences whoever has the present one. The last that there is may come twice: nobody is given it. */
export function fencingEpoch({ epoch }: Identity): number {
  return Math.min(epoch + 1, EPOCH_LAST + 1);
}

/** The state under the epoch by which whoever had the present one, and took too long, is fenced. */
export function fencedState(state: TransactionState): TransactionState {
  const { producerId, epoch } = state;
  return { ...state, epoch: fencingEpoch(state), last: { producerId, epoch, ended: true } };
}

/** Whether no further epoch of the producer id can be given. */
export function isExhausted(epoch: number): boolean {
  return epoch >= EPOCH_LAST;
}

/** The partitions of those given that are not in the transaction. */
export function missingFrom(state: TransactionState, partitions: readonly PartitionRef[]): PartitionRef[] {
  if (state.status !== 'open') return [...partitions];
  return partitions.filter((one) => !state.ledgers.get(ledgerName(ledgerOf(one)))?.slots.includes(slotOf(one)));
}

/** The state with these partitions in the transaction. */
export function withPartitions(
  state: TransactionState,
  partitions: readonly PartitionRef[],
  names: ReadonlyMap<string, string>,
): TransactionState {
  const ledgers = new Map(state.ledgers);
  const topics = new Map(state.topics);
  for (const one of partitions) {
    const ledger = ledgerOf(one);
    const name = ledgerName(ledger);
    const known = ledgers.get(name)?.slots ?? [];
    const slot = slotOf(one);
    if (!known.includes(slot)) ledgers.set(name, { ledger, width: one.width, slots: [...known, slot] });
    topics.set(one.topicId, names.get(one.topicId)!);
  }
  return { ...state, ledgers, topics };
}

/** The state with these places of a group's offsets in the transaction. */
export function withPlaces(state: TransactionState, group: string, places: readonly string[]): TransactionState {
  const all = new Set([...(state.groups.get(group) ?? []), ...places]);
  return { ...state, groups: new Map(state.groups).set(group, [...all]) };
}

export function partitionsOf({ ledgers }: TransactionState): PartitionRef[] {
  return [...ledgers.values()].flatMap(({ ledger, width, slots }) =>
    slots.map((slot) => ({ topicId: ledger.topicId, width, partition: ledger.index * width + slot })),
  );
}

export function placesOf({ groups }: TransactionState): PendingPlace[] {
  return [...groups].flatMap(([group, places]) =>
    places.map((place) => {
      const [topicId, ledger] = place.split('/');
      return { group, topicId: topicId!, ledger: Number(ledger) };
    }),
  );
}

/** How many items of others the end of the transaction touches. */
export function widthOf({ ledgers, groups }: TransactionState): number {
  let places = 0;
  for (const one of groups.values()) places += one.length;
  return ledgers.size + places;
}

/** Whether there is a transaction that has not ended. */
export function isOpen({ status }: TransactionState): boolean {
  return status === 'open' || status === 'ending';
}

/** Whether a transaction has taken longer than its producer allows. */
export function isOverdue({ status, begunMs, timeoutMs }: TransactionState, nowMs: number): boolean {
  return status === 'open' && begunMs + timeoutMs <= nowMs;
}

export function transactionOf({ producerId, epoch }: Identity): TransactionRef {
  return { producerId, epoch };
}

/** The partitions of the first so many ledgers among them, and how many partitions are left. */
export function firstLedgers(
  partitions: readonly PartitionRef[],
  most: number,
): { some: PartitionRef[]; rest: number } {
  const ledgers = new Set<string>();
  const some = partitions.filter((one) => {
    const name = ledgerName(ledgerOf(one));
    if (!ledgers.has(name) && ledgers.size === most) return false;
    ledgers.add(name);
    return true;
  });
  return { some, rest: partitions.length - some.length };
}
