import { type Groups, OFFSETS_BYTES_MAX, type PlaceWrites, type TopicDirectory } from '../group/index.ts';
import type { DecisionRef, LedgerRef, LedgersEnd, Log, PartitionRef, TransactionRef } from '../log/index.ts';
import { type MetaStore, StoreError, type Write } from '../store/index.ts';
import { TransactionError } from './errors.ts';
import { ATTEMPTS_MAX, WRITES_AT_ONCE } from './limits.ts';
import { closed, type EndingState, partitionsOf, placesOf, type TransactionState, widthOf } from './state.ts';
import type { TransactionStore } from './store.ts';
import { transactionKey } from './transaction-item.ts';

export interface EndingParts {
  readonly items: MetaStore;
  readonly log: Pick<Log, 'transactions'>;
  readonly groups: Pick<Groups, 'pending'>;
  readonly directory: TopicDirectory;
  /** What ends in more writes than that, ends in steps. */
  readonly endWritesMax: number;
}

/** Whether the end of a transaction is more than one transaction of the store may hold. */
export function isWide(state: TransactionState, { endWritesMax }: Pick<EndingParts, 'endWritesMax'>): boolean {
  return widthOf(state) + 1 > endWritesMax;
}

/** What ends a transaction in all that it touches. */
export interface EndWrites {
  readonly writes: readonly Write[];
  readonly ledgers: readonly LedgerRef[];
  readonly left: LeftOut;
  /** Whether that is more than one transaction of the store can hold, in bytes. */
  readonly isLarge: boolean;
}

/** What a transaction has by its own item, and what was left out of its end, as it is not there. */
interface LeftOut {
  readonly gone: readonly PartitionRef[];
  readonly closed: number;
}

/**
 * The writes by which a transaction ends: markers, and offsets that take their place. `look` leaves out what is gone.
 * @throws LogError; StoreError
 */
export async function endWrites(
  { log, groups }: EndingParts,
  state: TransactionState,
  { transaction, outcome, markerEpoch, token }: EndingState,
  { look, id }: { look: boolean; id: string | undefined },
): Promise<EndWrites> {
  const decision = id === undefined ? undefined : { key: transactionKey(id), token };
  const partitions = partitionsOf(state);
  const [ledgers, offsets] = await Promise.all([
    log.transactions.end({ transaction, partitions, outcome, markerEpoch, decision }, look),
    groups.pending.end(placesOf(state), { transaction, outcome, decision }),
  ]);
  return {
    writes: [...ledgers.writes.map(({ write }) => write), ...offsets.writes],
    ledgers: ledgers.writes.map(({ ledger }) => ledger),
    left: leftOut(ledgers, offsets),
    isLarge: offsets.sizeBytes > OFFSETS_BYTES_MAX,
  };
}

function leftOut({ gone, closed }: LedgersEnd, { left }: PlaceWrites): LeftOut {
  return { gone, closed: closed.length + left.length };
}

/**
 * Whether all of a transaction is there that has not ended. What went with a topic that was deleted is not missed.
 * @throws TransactionError transaction_busy where a ledger is gone and its topic seems to be there: either is news soon
 */
export async function isWhole(
  { directory }: EndingParts,
  id: string,
  { topics }: TransactionState,
  { gone, closed }: LeftOut,
): Promise<boolean> {
  if (closed > 0) return false;
  for (const topicId of new Set(gone.map((one) => one.topicId))) {
    const topic = topics.get(topicId)!;
    const layout = await directory.layout(topic);
    if (layout?.topicId !== topicId) continue;
    const message = `The transaction of "${id}" cannot be committed now: topic "${topic}" is just being deleted, or a head of it is lost, which verify tells.`;
    throw new TransactionError('transaction_busy', message);
  }
  return true;
}

/** A transaction of which something is gone, as by damage: it never says to be committed without that. */
export function broken(id: string): TransactionError {
  return new TransactionError(
    'transaction_state',
    `The transaction of "${id}" cannot be committed: some of its partitions or offsets know nothing of it, as after damage. Abort it, and send all of it again.`,
  );
}

/**
 * Ends a wide transaction: all that it touches is told where the decision will stand; then it is decided, and visible; then
 * markers and offsets are written. Each part may be done again, by anyone, at any time; all that is written fails where
 * another has come further. What is looked at counts only if the item says afterwards that this end is not over: else it may
 * be of the producer's next transaction, which looks the same.
 *
 * A commit of which something is gone before it is decided is decided to be an abort.
 *
 * @throws TransactionError transaction_busy; LogError; StoreError
 */
export async function carryOn(
  parts: EndingParts,
  store: TransactionStore,
  id: string,
  nowMs: () => number,
): Promise<void> {
  const begun = await store.read(id);
  let ending = begun?.state.ending;
  if (!begun || !ending) return;
  const { transaction, token } = ending;
  const isMine = (state: TransactionState | undefined) => state?.ending?.token === token;
  const goesOn = async () => isMine((await store.read(id))?.state);
  if (!ending.decided) {
    const decision = { key: transactionKey(id), token };
    const ledgers = await parts.log.transactions.announce(transaction, partitionsOf(begun.state), decision);
    const offsets = await parts.groups.pending.announce(placesOf(begun.state), transaction, decision);
    if (!(await goesOn())) return;
    await writeAll(parts.items, [...ledgers.writes.map(({ write }) => write), ...offsets.writes]);
    if (!(await announceRest(parts, begun.state, { transaction, decision, goesOn }))) return;
    const isCommit = ending.outcome === 'commit' && (await isWhole(parts, id, begun.state, leftOut(ledgers, offsets)));
    const outcome = isCommit ? 'commit' : 'abort';
    const decided: EndingState = { ...ending, outcome, decided: true };
    ending = await store.change<EndingState | undefined>(id, async (stored) => {
      if (!stored || !isMine(stored.state)) return { answer: undefined };
      if (stored.state.ending?.decided) return { answer: stored.state.ending };
      return { answer: decided, next: { ...stored.state, ending: decided } };
    });
    if (!ending) return;
    await parts.log.transactions.changed(ledgers.writes.map(({ ledger }) => ledger));
  }
  const end = ending;
  for (let passes = 0; ; passes++) {
    const { writes, ledgers } = await endWrites(parts, begun.state, end, { look: true, id });
    if (writes.length === 0) break;
    if (!(await goesOn())) return;
    if (passes === ATTEMPTS_MAX)
      throw new TransactionError(
        'transaction_busy',
        `The transaction of "${id}" is decided, and still being carried out.`,
      );
    await writeAll(parts.items, writes);
    await parts.log.transactions.changed(ledgers);
  }
  await store.change(id, async (stored) => {
    if (!stored || !isMine(stored.state)) return { answer: undefined };
    return { answer: undefined, next: closed(stored.state, end.outcome, nowMs()) };
  });
}

/** Tells those places again that have changed while they were told, until all know. False where this end is over. */
async function announceRest(
  { items, groups }: EndingParts,
  state: TransactionState,
  {
    transaction,
    decision,
    goesOn,
  }: { transaction: TransactionRef; decision: DecisionRef; goesOn: () => Promise<boolean> },
): Promise<boolean> {
  for (let passes = 0; ; passes++) {
    const { writes } = await groups.pending.announce(placesOf(state), transaction, decision);
    if (writes.length === 0) return true;
    if (!(await goesOn())) return false;
    if (passes === ATTEMPTS_MAX) {
      const message = `The transaction of producer ${transaction.producerId} cannot end now: its groups commit too often beside it.`;
      throw new TransactionError('transaction_busy', message);
    }
    await writeAll(items, writes);
  }
}

/** Writes that each stand alone; those whose condition fails have been made, or have nothing to do any more. */
export async function writeAll(items: MetaStore, writes: readonly Write[]): Promise<void> {
  for (let from = 0; from < writes.length; from += WRITES_AT_ONCE) {
    await Promise.all(writes.slice(from, from + WRITES_AT_ONCE).map((write) => writeOne(items, write)));
  }
}

async function writeOne(items: MetaStore, write: Write): Promise<void> {
  if (write.write === 'check') throw new StoreError('store_invalid', 'A check stands in transactions alone.');
  await items.write(write);
}
