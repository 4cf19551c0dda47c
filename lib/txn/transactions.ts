import type { Clock, Random } from '../bytes/index.ts';
import {
  checkGroupName,
  type Groups,
  type OffsetsUpdate,
  type OffsetToCommit,
  type PendingCommitter,
  type TopicDirectory,
} from '../group/index.ts';
import type { KnownTransactions, Log, Outcome } from '../log/index.ts';
import { type MetaStore, TRANSACT_WRITES_MAX } from '../store/index.ts';
import type { EndingParts } from './ending.ts';
import { Ends } from './ends.ts';
import { TransactionError } from './errors.ts';
import { abortLeft, idsWith } from './hanging.ts';
import { nextIdentity } from './identity.ts';
import { TIMEOUT_MS_MAX } from './limits.ts';
import { LostOffsets } from './lost.ts';
import { Meant } from './meant.ts';
import { OpenOfLate, openAmong, withProducers } from './open-of-late.ts';
import { located, type TopicPartition } from './places.ts';
import { ProducerIds } from './producer-ids.ts';
import { isGiven, raisingEnd, refused, statusAfter } from './raising.ts';
import { type Actor, checkId, checkTimeout, requireActor, requireRoom, unknown } from './requirements.ts';
import {
  closed,
  firstLedgers,
  type Identity,
  isExhausted,
  missingFrom,
  newState,
  opened,
  type TransactionState,
  transactionOf,
  withPartitions,
  withPlaces,
} from './state.ts';
import { type Step, type TransactionListing, TransactionStore } from './store.ts';
import { type SweepReport, Sweeps } from './sweep.ts';
import type { Unreadable } from './transaction-item.ts';

export interface TransactionsOptions {
  readonly items: MetaStore;
  readonly log: Pick<Log, 'transactions'>;
  readonly groups: Pick<Groups, 'pending'>;
  readonly directory: TopicDirectory;
  readonly clock: Clock;
  readonly random: Random;
  /** The longest time-out that a producer may ask for; 15 minutes unless given. */
  readonly timeoutMsMax?: number;
  /**
   * The writes that a transaction may end by at once; those that take more end in steps. As many as one transaction of the
   * store takes, unless given: fewer make the steps common, for tests.
   */
  readonly endWritesMax?: number | undefined;
}

/** What a step of a transaction may need besides its item, and its place among those that are open. */
const PARTITION_LEDGERS_MAX = TRANSACT_WRITES_MAX - 2;
/** Items that offsets share a write with: the group's, and two of the transaction's. */
const BESIDE_OFFSETS = 3;

/**
 * Transactions over partitions and consumer groups, by Kafka's rules, without a coordinator: all that is known of one is
 * its item, under optimistic version, so any process can go on with any of them, and one that comes late, from an epoch
 * that is over, changes nothing.
 *
 * Every method throws TransactionError; besides what it names, `transaction_busy`, `transaction_id_invalid` and
 * `transaction_corrupt`; and LogError or StoreError where the stores stay away.
 *
 * @example
 * const { producerId, epoch } = await transactions.init('mover', { timeoutMs: 60_000 });
 * const mover = { id: 'mover', producerId, epoch };
 * await transactions.addPartitions(mover, [{ topic: 'orders', partition: 0 }]);
 * await transactions.end(mover, 'commit');
 */
export class Transactions {
  /** Ids of producers, for those without transactions, too: a process takes one block of them. */
  readonly producerIds: ProducerIds;
  /** Those that are open, as whoever shows them may know them. */
  readonly openOfLate: OpenOfLate;
  /** Offsets of groups that wait for a transaction that is gone. */
  readonly lostOffsets: LostOffsets;
  readonly #parts: EndingParts;
  readonly #store: TransactionStore;
  readonly #clock: Clock;
  readonly #timeoutMsMax: number;
  readonly #ends: Ends;
  readonly #sweeps: Sweeps;

  constructor(options: TransactionsOptions) {
    const { items, log, groups, directory, clock, random, timeoutMsMax = TIMEOUT_MS_MAX } = options;
    const { endWritesMax = TRANSACT_WRITES_MAX } = options;
    this.#parts = { items, log, groups, directory, endWritesMax };
    this.#store = new TransactionStore({ items, clock, random });
    this.producerIds = new ProducerIds({ items, clock });
    this.openOfLate = new OpenOfLate(this.#store, clock);
    this.lostOffsets = new LostOffsets({ store: this.#store, groups, clock });
    this.#clock = clock;
    this.#timeoutMsMax = timeoutMsMax;
    this.#ends = new Ends(this.#parts, this.#store, () => this.#nowMs());
    const timeOut = (id: string) => this.#ends.timeOut(id);
    const carryOn = (id: string) => this.#ends.carryOn(id);
    this.#sweeps = new Sweeps({ store: this.#store, clock, timeOut, carryOn });
  }

  /**
   * Gives a producer its identity, and takes it from whoever had the id before; a transaction that one left open is aborted.
   * @param expected the identity that the producer has, where it goes on after an error
   * @throws transaction_timeout_invalid, transaction_fenced
   */
  async init(
    id: string,
    { timeoutMs, expected }: { timeoutMs: number; expected?: Identity | undefined },
  ): Promise<Identity> {
    checkId(id);
    checkTimeout(timeoutMs, this.#timeoutMsMax);
    return this.#ends.change(id, async (stored, attempt) => {
      const nowMs = this.#nowMs();
      if (!stored) {
        const identity = await this.#newIdentity();
        return { answer: identity, next: newState(identity, timeoutMs, nowMs) };
      }
      const { state } = stored;
      const next = nextIdentity(state, expected);
      const { producerId, epoch } = state;
      if (next.is === 'same') return { answer: { producerId, epoch } };
      const identity = next.is === 'new' ? await this.#newIdentity() : { producerId, epoch: next.epoch };
      const renewed = { ...state, ...identity, last: { ...next.last, ended: false }, timeoutMs, updatedMs: nowMs };
      if (state.status !== 'open') return { answer: identity, next: renewed };
      return this.#ends.step(id, stored, { renewed, outcome: 'abort', answer: identity }, attempt);
    });
  }

  /**
   * Adds partitions to the producer's transaction, which begins with the first.
   * @throws transaction_unknown, transaction_fenced, transaction_too_large; TopicError topic_unknown, partition_unknown
   */
  async addPartitions(actor: Actor, partitions: readonly TopicPartition[]): Promise<void> {
    checkId(actor.id);
    for (let isAll = false; !isAll; ) {
      isAll = await this.#ends.change(actor.id, async (stored): Promise<Step<boolean>> => {
        // Each time anew: a topic that was deleted meanwhile would keep the others out for ever.
        const { refs, names } = await located(this.#parts.directory, partitions);
        const { state } = requireActor(stored, actor);
        const missing = missingFrom(state, refs);
        if (missing.length === 0) return { answer: true };
        const { some, rest } = firstLedgers(missing, PARTITION_LEDGERS_MAX);
        const next = withPartitions(opened(state, this.#nowMs()), some, names);
        requireRoom(actor.id, next);
        const writes = this.#parts.log.transactions.register(transactionOf(actor), some);
        return { answer: rest === 0, next, alongside: writes.map(({ write }) => write) };
      });
    }
  }

  /**
   * As `addPartitions`, of a transaction that has an epoch of its own (`endAndRaise`): what this process remembers to be in it
   * is in it until that epoch is over, and is not looked at again. Where it was ended by `end` elsewhere, its next is found
   * once this process has read its item, as by `describe`.
   */
  async include(actor: Actor, partitions: readonly TopicPartition[]): Promise<void> {
    const { refs } = await located(this.#parts.directory, partitions);
    const known = this.#store.remembered(actor.id)?.state;
    const isIn = known?.producerId === actor.producerId && known.epoch === actor.epoch;
    if (isIn && missingFrom(known, refs).length === 0) return;
    await this.addPartitions(actor, partitions);
  }

  /**
   * Requires that a producer id is that of a transactional id, or of a batch whoever has another id could make it part of a
   * transaction. No producer id is ever given to two of them, so what is remembered is as good as what is stored.
   * @throws transaction_unknown
   */
  async requireOwner(id: string, producerId: number): Promise<void> {
    checkId(id);
    if (this.#store.remembered(id)?.state.producerId === producerId) return;
    if ((await this.#store.read(id))?.state.producerId !== producerId) throw unknown(id);
  }

  /**
   * Adds a group to the producer's transaction, which begins with it where none is open: only then can it commit offsets.
   * @throws transaction_unknown, transaction_fenced, transaction_too_large; GroupError group_name_invalid
   */
  async addOffsets(actor: Actor, group: string): Promise<void> {
    checkId(actor.id);
    checkGroupName(group);
    await this.#ends.change(actor.id, async (stored) => {
      const { state } = requireActor(stored, actor);
      if (state.status === 'open' && state.groups.has(group)) return { answer: undefined };
      const next = withPlaces(opened(state, this.#nowMs()), group, []);
      requireRoom(actor.id, next);
      return { answer: undefined, next };
    });
  }

  /**
   * Commits a group's offsets with the transaction. A member is checked in the same write, as in every commit of offsets.
   * @param adds whether that adds the group, and begins the transaction where none is open
   * @throws transaction_unknown, transaction_fenced, transaction_state (the group was not added); GroupError; TopicError
   */
  async commitOffsets(
    actor: Actor,
    group: string,
    offsets: readonly OffsetToCommit[],
    committer: PendingCommitter,
    { adds = false }: { adds?: boolean } = {},
  ): Promise<void> {
    checkId(actor.id);
    if (adds) checkGroupName(group);
    const { pending } = this.#parts.groups;
    const ledgers = await pending.byLedger(offsets);
    for (const chunk of await pending.inParts(group, ledgers, BESIDE_OFFSETS)) {
      let writes: readonly OffsetsUpdate[] = [];
      const change = this.#ends.change(actor.id, async (stored, { version }) => {
        const { state } = requireActor(stored, actor);
        if (!adds && (state.status !== 'open' || !state.groups.has(group))) {
          const message = `The transaction of "${actor.id}" does not have group "${group}"; add it first.`;
          throw new TransactionError('transaction_state', message);
        }
        const fence = await pending.fence(group, committer, chunk);
        const places = chunk.map(({ topicId, ledger }) => `${topicId}/${ledger}`);
        const next = withPlaces(opened(state, this.#nowMs()), group, places);
        requireRoom(actor.id, next);
        writes = chunk.map((one) => pending.pend(group, one, transactionOf(actor), version));
        return { answer: undefined, next, alongside: [fence, ...writes] };
      });
      await change.catch(async (error: unknown) => {
        throw await pending.explained(group, writes, error);
      });
    }
  }

  /**
   * Ends the producer's transaction: all of it becomes visible at once, or none of it ever. May be repeated.
   * @throws transaction_unknown, transaction_fenced, transaction_state (it ended the other way, or never began; or some of it
   * is gone, so that it can only be aborted)
   */
  async end(actor: Actor, outcome: Outcome): Promise<void> {
    checkId(actor.id);
    const meant = new Meant(this.#clock);
    await this.#ends.change(actor.id, async (stored, attempt): Promise<Step<undefined> | 'again'> => {
      const known = requireActor(stored, actor);
      const { state } = known;
      if (state.status === statusAfter(outcome)) return { answer: undefined };
      if (state.status !== 'open') throw refused(actor, outcome, state);
      meant.require(actor.id, state);
      return this.#ends.step(actor.id, known, { renewed: state, outcome, answer: undefined }, attempt);
    });
  }

  /**
   * As `end`, and answers who the producer is from then on: the next transaction has an epoch of its own, or a producer id,
   * so that nothing that comes late of this one counts for it (KIP-890). A retry has the same answer until the next begins.
   * One that never began can be aborted, too: what comes late cannot begin it then.
   * @throws transaction_unknown, transaction_fenced, transaction_state, as `end`
   */
  async endAndRaise(actor: Actor, outcome: Outcome): Promise<Identity> {
    checkId(actor.id);
    return this.#ends.change(actor.id, async (stored, attempt): Promise<Step<Identity> | 'again'> => {
      const end = raisingEnd(stored, actor, outcome);
      if (end.is === 'ended') {
        const { producerId, epoch } = end.state;
        if (isGiven(end.state)) return { answer: { producerId, epoch } };
        const given = await this.#identityAfter(end.state);
        return { answer: given, next: { ...end.state, ...given } };
      }
      const { state } = end.stored;
      const { producerId, epoch } = state;
      const identity = await this.#identityAfter(state);
      const renewed = { ...state, ...identity, last: { producerId, epoch, ended: true } };
      if (end.is === 'unbegun') return { answer: identity, next: closed(renewed, outcome, this.#nowMs()) };
      return this.#ends.step(actor.id, end.stored, { renewed, outcome, answer: identity }, attempt);
    });
  }

  /**
   * Aborts what holds a partition back under this producer and epoch. Where a transactional id still has these, that is the
   * whole transaction, and its producer is fenced, as after its time-out; else it is what is left of one in the partition.
   * Where there is nothing of it, nothing is done. Units: 16 queries.
   * @throws transaction_corrupt (the item of any id cannot be read); TopicError topic_unknown, partition_unknown
   */
  async abortIn(partition: TopicPartition, producer: Identity): Promise<void> {
    const { refs, names } = await located(this.#parts.directory, [partition]);
    const transaction = transactionOf(producer);
    for (const id of await idsWith(this.#store, producer.producerId)) {
      if (await this.#ends.abortKnown(id, transaction, refs[0]!, names)) return;
    }
    await abortLeft(this.#parts, transaction, refs[0]!);
  }

  /** What is known of a transactional id. @throws transaction_unknown */
  async describe(id: string): Promise<TransactionState> {
    checkId(id);
    const stored = await this.#store.read(id);
    if (!stored) throw unknown(id);
    return stored.state;
  }

  /**
   * The transactions that have not ended, as their ledgers have to know them, and the producer ids of all. Units: 16 queries.
   * @param unreadable is told of ids whose items cannot be read, which are left out; so are all by sweeps
   */
  async open(unreadable: Unreadable = () => {}): Promise<KnownTransactions> {
    let areAll = true;
    const producers = new Set<number>();
    const all = this.#store.all((id, error) => {
      areAll = false;
      unreadable(id, error);
    });
    const known = await openAmong(withProducers(all, producers));
    return { known, areAll, producers };
  }

  /** All transactional ids, but those whose items cannot be read, of which sweeps tell. Units: 16 queries. */
  async list(): Promise<TransactionListing[]> {
    const found: TransactionListing[] = [];
    for await (const { id, stored } of this.#store.all(() => {})) found.push({ id, state: stored.state });
    return found;
  }

  /** Aborts what took too long, and carries on what others have left. */
  sweep(): Promise<SweepReport> {
    return this.#sweeps.sweep();
  }

  async #newIdentity(): Promise<Identity> {
    return { producerId: await this.producerIds.next(), epoch: 0 };
  }

  /** Who a producer is once its epoch is over. */
  async #identityAfter({ producerId, epoch }: Identity): Promise<Identity> {
    return isExhausted(epoch) ? this.#newIdentity() : { producerId, epoch: epoch + 1 };
  }

  #nowMs(): number {
    return Math.floor(this.#clock.nowMs());
  }
}
