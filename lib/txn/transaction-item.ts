import { decisionItem, type KnownTransaction, type Outcome } from '../log/index.ts';
import { murmur2 } from '../record/index.ts';
import type { Item, ItemKey, Value, Write } from '../store/index.ts';
import { TransactionError } from './errors.ts';
import { ID_EXPIRY_MS } from './limits.ts';
import {
  type EndingState,
  isOpen,
  type OpenLedger,
  partitionsOf,
  type Status,
  type TransactionState,
} from './state.ts';

/*
 * A transactional id: pk `txn/<0-F>` by its hash, so that all can be looked through; sk the id. Attributes:
 *   v version, raised by every write, from a random start   p, e producer id and epoch   lp, le those before (last), ld true where a transaction's end changed them
 *   t time-out, ms   s status   b, u when it began, and changed   l ledger → width and slots   n topic id → name
 *   g group → ledgers with its offsets   x how it ends: p, e, o, m, t, d (EndingState)   d what was decided (lib/log)
 *   i true where sweeps look at it (open-item.ts): always while anything is open   ttl while nothing is open
 */

const SHARDS = [...'0123456789ABCDEF'];
const STATUS_LETTERS: Readonly<Record<Status, string>> = {
  empty: 'e',
  open: 'o',
  ending: 'x',
  committed: 'c',
  aborted: 'a',
};
const STATUSES = new Map(Object.entries(STATUS_LETTERS).map(([status, letter]) => [letter, status as Status]));

/** A state as it was read, and the version that a write is conditional on. */
export interface StoredTransaction {
  readonly version: number;
  readonly state: TransactionState;
  /** Whether sweeps look at it. */
  readonly listed: boolean;
}

/** Is told of transactional ids whose items cannot be read. */
export type Unreadable = (id: string, error: TransactionError) => void;

/** The partition keys of all transactional ids. */
export const TRANSACTION_PKS = SHARDS.map((shard) => `txn/${shard}`);

export function transactionKey(id: string): ItemKey {
  return { pk: TRANSACTION_PKS[murmur2(Buffer.from(id)) & 15]!, sk: id };
}

export function transactionItem({ version, state, listed }: StoredTransaction): Item {
  const { last, ending, status } = state;
  return {
    v: version,
    p: state.producerId,
    e: state.epoch,
    lp: last.producerId,
    le: last.epoch,
    ...(last.ended && { ld: true }),
    t: state.timeoutMs,
    s: STATUS_LETTERS[status],
    b: state.begunMs,
    u: state.updatedMs,
    l: Object.fromEntries([...state.ledgers].map(([name, { width, slots }]) => [name, Uint8Array.of(width, ...slots)])),
    n: Object.fromEntries(state.topics),
    g: Object.fromEntries(state.groups),
    ...(ending && { x: endingValue(ending), ...(ending.decided && decisionItem(ending.token, ending.outcome)) }),
    ...(listed && { i: true }),
    ...(!isOpen(state) && { ttl: Math.ceil((state.updatedMs + ID_EXPIRY_MS) / 1000) }),
  };
}

function endingValue({ transaction, outcome, markerEpoch, token, decided }: EndingState): Value {
  return { p: transaction.producerId, e: transaction.epoch, o: outcome, m: markerEpoch, t: token, d: decided };
}

/** A transaction that has not ended, as ledgers have to know it. */
export function asKnown(id: string, state: TransactionState): KnownTransaction {
  const { ending, begunMs } = state;
  const { producerId, epoch } = ending?.transaction ?? state;
  const decision = ending && { key: transactionKey(id), token: ending.token, decided: ending.decided };
  return { name: id, producerId, epoch, begunMs, partitions: partitionsOf(state), decision };
}

/** @throws TransactionError transaction_corrupt */
export function parseTransaction(id: string, item: Item): StoredTransaction {
  const status = STATUSES.get(item.s as string);
  const numbers = ['v', 'p', 'e', 'lp', 'le', 't', 'b', 'u'].map((name) => item[name]);
  const { l, n, g, x } = item;
  const whole =
    numbers.every(Number.isSafeInteger) &&
    isMapOf(l, (slots) => slots instanceof Uint8Array && slots.length > 0) &&
    isMapOf(n, (name) => typeof name === 'string') &&
    isMapOf(g, (ledgers) => Array.isArray(ledgers)) &&
    (x === undefined || isEnding(x));
  if (!status || !whole) {
    throw new TransactionError('transaction_corrupt', `The stored item of the transactional id "${id}" can't be read.`);
  }
  const [version, producerId, epoch, lastId, lastEpoch, timeoutMs, begunMs, updatedMs] = numbers as number[];
  return {
    version: version!,
    listed: item.i === true,
    state: {
      producerId: producerId!,
      epoch: epoch!,
      last: { producerId: lastId!, epoch: lastEpoch!, ended: item.ld === true },
      timeoutMs: timeoutMs!,
      status,
      begunMs: begunMs!,
      updatedMs: updatedMs!,
      ledgers: new Map(Object.entries(item.l as Item).map(([name, value]) => [name, openLedger(name, value)])),
      topics: new Map(Object.entries(item.n as { [topicId: string]: string })),
      groups: new Map(Object.entries(item.g as { [group: string]: readonly string[] })),
      ending: item.x === undefined ? undefined : parseEnding(item.x as Item),
    },
  };
}

function isMapOf(value: Value | undefined, holds: (one: Value) => boolean): value is Item {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isMap && Object.values(value).every(holds);
}

function isEnding(value: Value): boolean {
  if (!isMapOf(value, () => true)) return false;
  const { p, e, o, m, t, d } = value;
  return [p, e, m, t].every(Number.isSafeInteger) && (o === 'commit' || o === 'abort') && typeof d === 'boolean';
}

function openLedger(name: string, value: Value): OpenLedger {
  const [topicId, index] = name.split('/');
  const [width, ...slots] = value as Uint8Array;
  return { ledger: { topicId: topicId!, index: Number(index) }, width: width!, slots };
}

function parseEnding({ p, e, o, m, t, d }: Item): EndingState {
  return {
    transaction: { producerId: p as number, epoch: e as number },
    outcome: o as Outcome,
    markerEpoch: m as number,
    token: t as number,
    decided: d as boolean,
  };
}

/** Replaces the item, if it still has the version that `state` was made from; makes it, if there was none. */
export function storeTransaction(
  id: string,
  before: StoredTransaction | undefined,
  after: StoredTransaction,
): Extract<Write, { write: 'put' }> {
  const when = before ? ({ if: 'is', path: ['v'], value: before.version } as const) : ({ if: 'itemAbsent' } as const);
  return { write: 'put', key: transactionKey(id), item: transactionItem(after), when };
}
