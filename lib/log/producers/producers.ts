import type { MillraceError } from '../../bytes/index.ts';
import type { BatchInfo } from '../../record/index.ts';
import type { Slice } from '../flush.ts';
import type { Head } from '../head.ts';
import { raiseFence } from '../head-writes.ts';
import { type Append, type Appended, type LedgerRef, LogError, ledgerName, ledgerOf, slotOf } from '../model.ts';
import type { Page } from '../page.ts';
import type { LogParts } from '../parts.ts';
import {
  type BatchMark,
  endOffset,
  type Floor,
  judgeBatch,
  type ProducerEntry,
  pairName,
  storedBefore,
  withBatch,
} from './entry.ts';
import { encodeSnapshot, isUnread } from './snapshot.ts';
import { PRODUCER_EXPIRY_MS, ProducerTable } from './table.ts';
import { type Pair, readTaken, writeTaken } from './taken-item.ts';

export type ProducerStore = Pick<LogParts, 'items' | 'heads' | 'pages' | 'footers' | 'clock'>;

/** Ledgers whose producers are kept, and producers in all of them: some 400 bytes each. Least recently used first out. */
const LEDGERS_CACHED = 2_048;
const ENTRIES_CACHED = 200_000;
/** Raises of the fence tried before the caller is told: each failure means that another process has raised it. */
const RAISE_TRIES_MAX = 10;
/** Who raises tells what it took a moment later. Waited for, in ms, before all is taken for lost. */
const TAKEN_WAITS_MS = [5, 20, 80];
/** How long a batch that failed must come again before later ones: beyond Kafka's `delivery.timeout.ms`, two minutes. */
const FLOOR_MS = 10 * 60_000;
const FLOORS_MAX = 10_000;

/** One ledger's producers, as this process knows them. */
interface LedgerState {
  readonly ledger: LedgerRef;
  table: ProducerTable;
  /** The fence by which `owned` is known; undefined until this process has raised it. */
  fence: number | undefined;
  /** Pairs of which this process knows all: it has raised the fence for them, and nobody else has since. */
  readonly owned: Set<string>;
  readonly floors: Map<string, Floor & { untilMs: number }>;
}

type SliceVerdict =
  | { readonly is: 'new' }
  | { readonly is: 'same'; readonly sameAs: Slice }
  | { readonly is: 'stored'; readonly appended: Appended }
  | { readonly is: 'refused'; readonly error: LogError };

/** What may be committed, and under which condition. */
export interface Admission {
  readonly stays: Slice[];
  /** That which the commit depends on; undefined where no idempotent producer is in it. */
  readonly fence: number | undefined;
}

/**
 * Idempotent producers: their batches land once, and in their order, whichever processes they are sent to.
 *
 * A process that meets a producer which it does not own raises the ledger's fence, so that no commit of others that is
 * still on its way can land, reads what was committed by then, and owns the producer from there on: all further batches
 * are judged from memory, and committed on the condition that the fence stands. Where it does not, another process has
 * taken some producer over. It says which (taken-item.ts): the others are still owned, and the commit is made again.
 *
 * All but `snapshot` and `known` is called in the ledger's turn, one call after the other.
 */
export class Producers {
  readonly #store: ProducerStore;
  readonly #ledgers = new Map<string, LedgerState>();

  constructor(store: ProducerStore) {
    this.#store = store;
  }

  /** The answer to an append that is stored already, as far as that is known here: it need not be written again. */
  recall(append: Append): Appended | undefined {
    const info = append.infos[0];
    if (!info || !isNamed(append)) return undefined;
    const slot = slotOf(append.to);
    const entry = this.#ledgers
      .get(ledgerName(ledgerOf(append.to)))
      ?.table.entries.get(pairName(slot, info.producerId));
    // Whether it is due is not asked: those before it may still be under way.
    const of = entry && storedBefore(entry, info);
    return of && this.#answer(ledgerOf(append.to), entry, of);
  }

  /**
   * Judges the slices of a flush in their order, having taken over those producers that are not owned. Slices that need
   * not or must not be stored leave, with their answer or error set.
   *
   * @throws LogError `ledger_missing`, `producer_moved`; StoreError
   */
  async admit(ledger: LedgerRef, slices: readonly Slice[]): Promise<Admission> {
    const named = slices.filter((slice) => isNamed(slice.append));
    if (named.length === 0) return { stays: [...slices], fence: undefined };
    const state = this.#stateOf(ledger);
    const pairs = named.map(pairOf);
    for (let tries = 0; tries < RAISE_TRIES_MAX; tries++) {
      const foreign = pairs.filter((pair) => !state.owned.has(nameOf(pair)));
      if (foreign.length > 0) {
        await this.#take(state, foreign);
        continue;
      }
      const verdicts = this.#judge(state, slices);
      if (verdicts.some((verdict) => verdict.is === 'refused') && !(await this.#isOwner(state))) continue;
      const stays = slices.filter((slice, i) => this.#staysAfter(slice, verdicts[i]!));
      return { stays, fence: stays.some((slice) => isNamed(slice.append)) ? state.fence : undefined };
    }
    throw movedError();
  }

  /**
   * A commit failed, and its fence is not the head's any more. Slices whose producers others have taken over leave, to be
   * sent again. Returns those that stay.
   */
  async refenced(ledger: LedgerRef, head: Head, slices: readonly Slice[]): Promise<Slice[]> {
    const moved = await this.#adopt(this.#stateOf(ledger), head.fence);
    return slices.filter((slice) => {
      const stays = !isNamed(slice.append) || !moved.has(nameOf(pairOf(slice)));
      if (!stays) slice.failure = movedError();
      return stays;
    });
  }

  /** Takes note of what a commit has stored, once it has its offsets. */
  landed(ledger: LedgerRef, slices: readonly Slice[]): void {
    for (const { append, appended } of slices) {
      if (!isNamed(append)) continue;
      const state = this.#stateOf(ledger);
      const slot = slotOf(append.to);
      const batch = append.infos[0]!;
      const { baseOffset, appendTimeMs: appendMs } = appended!;
      state.table.apply({ slot, batch, baseOffset, appendMs });
      state.floors.delete(pairName(slot, batch.producerId));
    }
  }

  /** What became of a commit is not known: its producers are owned no more, and read anew when they come back. */
  doubt(ledger: LedgerRef, slices: readonly Slice[]): void {
    const state = this.#ledgers.get(ledgerName(ledger));
    for (const slice of slices) if (isNamed(slice.append)) state?.owned.delete(nameOf(pairOf(slice)));
  }

  /** An append was refused, or failed. */
  failed(append: Append, error: MillraceError): void {
    if (error.code !== 'producer_batch_invalid') this.hold(append);
  }

  /**
   * An append was not stored, and may come again. Of a producer that is not known yet any sequence would be taken: batches
   * sent behind this one must not pass it.
   */
  hold(append: Append): void {
    const info = append.infos[0];
    if (!info || !isNamed(append)) return;
    const state = this.#stateOf(ledgerOf(append.to));
    const name = pairName(slotOf(append.to), info.producerId);
    const { producerEpoch: epoch, baseSequence } = info;
    const known = state.floors.get(name);
    if (state.table.entries.has(name) || baseSequence < 0 || (known && known.epoch > epoch)) return;
    const sequence = known?.epoch === epoch ? Math.min(known.sequence, baseSequence) : baseSequence;
    state.floors.delete(name);
    state.floors.set(name, { epoch, sequence, untilMs: this.#store.clock.monotonicMs() + FLOOR_MS });
    if (state.floors.size > FLOORS_MAX) state.floors.delete(state.floors.keys().next().value!);
  }

  /** What the page that takes up the head's tail is to tell of producers; `before` is the page before. */
  async snapshot(ledger: LedgerRef, head: Head, before: Page | undefined): Promise<Uint8Array | undefined> {
    const news = head.tail.some((commit) => commit.producers);
    if (!news && (!before?.producers || isUnread(before.producers))) return before?.producers;
    const { table } = this.#stateOf(ledger);
    await table.catchUp(this.#store, ledger, head);
    table.expire(Math.max(...head.tail.map(({ appendTimeMs }) => appendTimeMs)));
    return encodeSnapshot([...table.entries.values()]);
  }

  /**
   * All that are remembered of the ledger's producers, whoever serves them, as of the head. To ask keeps nothing: it would
   * push out others, that are written to. @throws StoreError; LogError
   */
  async known(ledger: LedgerRef, head: Head): Promise<readonly ProducerEntry[]> {
    const table = this.#ledgers.get(ledgerName(ledger))?.table ?? new ProducerTable();
    await table.catchUp(this.#store, ledger, head);
    const since = this.#store.clock.nowMs() - PRODUCER_EXPIRY_MS;
    return [...table.entries.values()].filter(({ lastMs }) => lastMs >= since);
  }

  /** Raises the fence for pairs, and reads all that was committed before. */
  async #take(state: LedgerState, pairs: readonly Pair[]): Promise<void> {
    const { items, heads, clock } = this.#store;
    const { ledger } = state;
    let from = Math.max(state.fence ?? 0, (await heads.cached(ledger)).fence);
    for (let tries = 0; tries < RAISE_TRIES_MAX; tries++) {
      const { raised, head } = await raiseFence(items, ledger, from);
      from = head.fence;
      if (!raised) continue;
      await this.#adopt(state, from);
      state.fence = from + 1;
      const told = writeTaken(items, ledger, from + 1, pairs, clock.nowMs());
      await Promise.all([told, state.table.catchUp(this.#store, ledger, head)]);
      for (const pair of pairs) state.owned.add(nameOf(pair));
      return;
    }
    throw movedError();
  }

  /**
   * Whether the fence still stands. A commit finds out by itself; a refusal does not, and what is out of order here may be
   * due where another process has stored what was missing.
   */
  async #isOwner(state: LedgerState): Promise<boolean> {
    const { fence } = await this.#store.heads.fresh(state.ledger);
    if (fence === state.fence) return true;
    await this.#adopt(state, fence);
    return false;
  }

  /** Goes on under a fence that others have raised, with the producers that they left. Returns those that they took. */
  async #adopt(state: LedgerState, fence: number): Promise<Set<string>> {
    const { ledger, owned } = state;
    const before = state.fence;
    const taken =
      before === undefined || before === fence ? new Set<string>() : await this.#takenBetween(ledger, before, fence);
    state.fence = fence;
    if (taken) {
      const moved = new Set([...taken].filter((name) => owned.has(name)));
      for (const name of moved) owned.delete(name);
      return moved;
    }
    // Nobody can say: whatever comes next is read anew.
    owned.clear();
    state.table = new ProducerTable();
    return new Set();
  }

  async #takenBetween(ledger: LedgerRef, after: number, upTo: number): Promise<Set<string> | undefined> {
    const { items, clock } = this.#store;
    for (const waitMs of TAKEN_WAITS_MS) {
      const taken = await readTaken(items, ledger, after, upTo);
      if (taken || upTo < after) return taken;
      await clock.sleep(waitMs);
    }
    return readTaken(items, ledger, after, upTo);
  }

  /** One verdict per slice, each on the assumption that those before it are stored. */
  #judge(state: LedgerState, slices: readonly Slice[]): SliceVerdict[] {
    const { ledger, table } = state;
    const nowMs = this.#store.clock.monotonicMs();
    /** Producers as they will be once what stays so far is stored; its offsets are not known yet. */
    const ahead = new Map<string, ProducerEntry>();
    const staying = new Map<BatchMark, Slice>();
    return slices.map((slice): SliceVerdict => {
      if (!isNamed(slice.append)) return { is: 'new' };
      const info = slice.append.infos[0]!;
      const pair = pairOf(slice);
      const name = nameOf(pair);
      const entry = ahead.get(name) ?? table.entries.get(name);
      const floor = state.floors.get(name);
      const verdict = judgeBatch(entry, info, floor && floor.untilMs >= nowMs ? floor : undefined);
      if (verdict.is === 'refused') return verdict;
      if (verdict.is === 'duplicate') {
        const sameAs = staying.get(verdict.of);
        return sameAs ? { is: 'same', sameAs } : { is: 'stored', appended: this.#answer(ledger, entry!, verdict.of) };
      }
      const next = withBatch(entry, pair.slot, info, endOffset(entry?.batches ?? []), nowMs);
      ahead.set(name, next);
      const mark = next.batches.at(-1);
      if (mark) staying.set(mark, slice);
      return verdict;
    });
  }

  #staysAfter(slice: Slice, verdict: SliceVerdict): boolean {
    if (verdict.is === 'refused') slice.failure = verdict.error;
    else if (verdict.is === 'same') slice.sameAs = verdict.sameAs;
    else if (verdict.is === 'stored') slice.appended = verdict.appended;
    return verdict.is === 'new';
  }

  #answer(ledger: LedgerRef, { slot, lastMs }: ProducerEntry, { baseOffset }: BatchMark): Appended {
    return { baseOffset, logStartOffset: this.#store.heads.peek(ledger)?.logStarts[slot] ?? 0, appendTimeMs: lastMs };
  }

  #stateOf(ledger: LedgerRef): LedgerState {
    const name = ledgerName(ledger);
    const known = this.#ledgers.get(name);
    const fresh = { ledger, table: new ProducerTable(), fence: undefined, owned: new Set<string>(), floors: new Map() };
    const state: LedgerState = known ?? fresh;
    this.#ledgers.delete(name);
    this.#ledgers.set(name, state);
    if (!known) this.#evict();
    return state;
  }

  #evict(): void {
    let entries = 0;
    for (const { table } of this.#ledgers.values()) entries += table.entries.size;
    for (const [name, { table }] of this.#ledgers) {
      if (this.#ledgers.size <= LEDGERS_CACHED && entries <= ENTRIES_CACHED) return;
      entries -= table.entries.size;
      this.#ledgers.delete(name);
    }
  }
}

/** Whether an idempotent producer names itself in the append. */
export function isNamed(append: Append): boolean {
  return append.infos.some(({ producerId }: BatchInfo) => producerId >= 0);
}

/** @throws LogError `producer_batch_invalid` where a producer's batch is not alone in its append */
export function requireOneBatch(append: Append): void {
  if (append.infos.length <= 1 || !isNamed(append)) return;
  throw new LogError(
    'producer_batch_invalid',
    `An append of an idempotent producer is one batch, which is stored or told to be stored already; this one has ${append.infos.length}.`,
  );
}

function pairOf({ append }: Slice): Pair {
  return { slot: slotOf(append.to), producerId: append.infos[0]!.producerId };
}

function nameOf({ slot, producerId }: Pair): string {
  return pairName(slot, producerId);
}

function movedError(): LogError {
  return new LogError('producer_moved', 'Another process has taken the producer over; send the batch again.');
}
