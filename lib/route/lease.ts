import type { Clock } from '../bytes/index.ts';
import type { Check } from '../store/index.ts';
import {
  type Action,
  type Condition,
  type Item,
  type ItemKey,
  type MetaStore,
  StoreError,
  type Write,
} from '../store/index.ts';
import { ROUTE_LIMITS } from './limits.ts';
import { NO_COUNTS, type TaskCounts, type TaskReport } from './progress.ts';

/*
 * One lease per route and ledger: pk `route/<name>`, sk `lease/<topic id>/<ledger, 5 digits>`. Attributes:
 *   e epoch, one more with each owner      o, u owner and until when (ms), while it is held
 *   g generation, one more with each replay   n the topic's name
 *   x, xt why the task failed, and when    b batches under way: p<slot> -> { f, t } offsets from and to
 *   c counts { f filtered, d dropped, l dead-lettered }   r what is tried again { m reason, s since, t tries, n next }
 * The item stays when the lease is given back: epochs never repeat while the route lives.
 */

/** One ledger of one route. */
export interface LeasePlace {
  readonly route: string;
  readonly topic: string;
  readonly topicId: string;
  readonly ledger: number;
}

/** A range of offsets that was or is being delivered as one batch. */
export interface BatchRange {
  readonly from: number;
  readonly to: number;
}

export interface LeaseState {
  readonly topic: string;
  readonly topicId: string;
  readonly ledger: number;
  readonly epoch: number;
  readonly generation: number;
  readonly owner: string | undefined;
  readonly untilMs: number;
  readonly failed: { readonly trace: string; readonly atMs: number } | undefined;
  /** As of the last renewal. */
  readonly report: TaskReport;
  /** By slot. */
  readonly batches: ReadonlyMap<number, BatchRange>;
}

/** A lease that this process holds. */
export interface Lease {
  readonly place: LeasePlace;
  readonly epoch: number;
  readonly owner: string;
  readonly generation: number;
  readonly batches: ReadonlyMap<number, BatchRange>;
  /** Of the workers before. */
  readonly counts: Readonly<TaskCounts>;
}

export type Acquired = { readonly lease: Lease } | { readonly heldUntilMs: number } | { readonly failed: true };

/** A lease as another has it: who, and by that one's clock until when. */
export interface HeldLease {
  readonly owner: string;
  readonly untilMs: number;
}

/** Who takes a lease, and whether one that is held can still be in use: clocks differ, and jump. */
export type Taker = { readonly owner: string; readonly dead?: (held: HeldLease) => boolean };

const LEDGER_DIGITS = 5;
/** Attempts against a store that gives no answer, and against others who change the item. */
const ATTEMPTS_MAX = 8;
const PAUSE_MS = 50;
/** Clocks of machines differ by seconds. A lease that ends so much later than any does was taken by one that was wrong. */
const SKEW_MAX_MS = 5 * 60_000;

function routePk(route: string): string {
  return `route/${route}`;
}

function leaseKey(place: Pick<LeasePlace, 'route' | 'topicId' | 'ledger'>): ItemKey {
  return {
    pk: routePk(place.route),
    sk: `lease/${place.topicId}/${String(place.ledger).padStart(LEDGER_DIGITS, '0')}`,
  };
}

/** Leases of routes: taken, renewed, given back, seized. Every write is conditional on the epoch that it was made under. */
export class Leases {
  readonly #items: MetaStore;
  readonly #clock: Clock;

  constructor({ items, clock }: { items: MetaStore; clock: Clock }) {
    this.#items = items;
    this.#clock = clock;
  }

  /** Takes the lease where it is free, run out, or its owner is known to be dead; not where the task failed. */
  acquire(place: LeasePlace, { owner, dead = () => false }: Taker): Promise<Acquired> {
    return this.#untilTold(async () => {
      const item = await this.#items.get(leaseKey(place));
      const state = item && parseLease(leaseKey(place).sk, item);
      // An earlier try of ours whose answer was lost: owners are never used twice.
      if (state?.owner === owner) return { lease: leaseOf(place, owner, state) };
      if (state?.failed) return { failed: true };
      if (state?.owner !== undefined && this.#lasts(state)) {
        const held = { owner: state.owner, untilMs: state.untilMs };
        if (!dead(held)) return { heldUntilMs: held.untilMs };
      }
      const lease = await this.#take(place, owner, state, 0);
      return lease && { lease };
    });
  }

  /** Whether the lease could be taken now: nobody holds it, or no longer, and the task has not failed. */
  async isFree(place: Pick<LeasePlace, 'route' | 'topicId' | 'ledger'>): Promise<boolean> {
    const item = await this.#items.get(leaseKey(place));
    if (!item) return true;
    const state = parseLease(leaseKey(place).sk, item);
    return !state.failed && (state.owner === undefined || !this.#lasts(state));
  }

  #lasts({ untilMs }: LeaseState): boolean {
    const leftMs = untilMs - this.#clock.nowMs();
    return leftMs > 0 && leftMs <= ROUTE_LIMITS.leaseMs + SKEW_MAX_MS;
  }

  /**
   * Takes the lease from whoever holds it, whose commits then fail, and clears a failure. With `replay` a new generation
   * begins: what was delivered before is delivered again.
   */
  seize(place: LeasePlace, owner: string, { replay }: { replay: boolean }): Promise<Lease> {
    return this.#untilTold(async () => {
      const item = await this.#items.get(leaseKey(place));
      const state = item && parseLease(leaseKey(place).sk, item);
      if (state?.owner === owner) return leaseOf(place, owner, state);
      return this.#take(place, owner, state, replay ? 1 : 0);
    });
  }

  /**
   * Extends the lease, and tells how the task fares. False where it is lost.
   * @throws StoreError, after which it may or may not be extended
   */
  async renew(lease: Lease, report?: TaskReport): Promise<boolean> {
    const extend: Action = { do: 'set', path: ['u'], to: this.#clock.nowMs() + ROUTE_LIMITS.leaseMs };
    return this.#change(lease, [extend, ...reported(report)]);
  }

  /** Remembers that a range is about to be delivered as one batch. False where the lease is lost. */
  planBatch(lease: Lease, slot: number, { from, to }: BatchRange): Promise<boolean> {
    return this.#untilTold(() =>
      this.#change(lease, [{ do: 'set', path: ['b', `p${slot}`], to: { f: from, t: to } }]).then((done) => ({ done })),
    ).then(({ done }) => done);
  }

  /**
   * Gives the lease back if `unchanged` (nothing was committed since the last look) holds. `busy` where it does not: the
   * lease is kept. A commit either comes before and is seen here, or comes after and finds the lease free.
   */
  async giveBack(
    lease: Lease,
    { unchanged, report }: { unchanged?: Check; report?: TaskReport } = {},
  ): Promise<'given' | 'busy' | 'lost'> {
    const actions = [...FREE, ...counted(report)];
    const { answer } = await this.#untilTold(async (uncertain) => {
      const free: Write = { write: 'update', key: leaseKey(lease.place), actions, when: mine(lease) };
      const told = await this.#items.transact(unchanged ? [free, unchanged] : [free]);
      if (told.applied) return { answer: 'given' as const };
      // After a lost answer, "no longer mine" is what having given it back looks like.
      if (told.failed[0]) return { answer: uncertain ? ('given' as const) : ('lost' as const) };
      return { answer: 'busy' as const };
    });
    return answer;
  }

  /** Gives the lease back with the reason why the task cannot go on; nobody takes it before `clearFailure`. */
  async fail(lease: Lease, trace: string, report?: TaskReport): Promise<void> {
    const actions: Action[] = [
      ...FREE,
      ...counted(report),
      { do: 'set', path: ['x'], to: trace.slice(0, ROUTE_LIMITS.traceMax) },
      { do: 'set', path: ['xt'], to: this.#clock.nowMs() },
    ];
    await this.#untilTold(() => this.#change(lease, actions).then((done) => ({ done })));
  }

  /** Lets a failed task be taken again. */
  async clearFailure(place: Pick<LeasePlace, 'route' | 'topicId' | 'ledger'>): Promise<void> {
    const actions: Action[] = [
      { do: 'remove', path: ['x'] },
      { do: 'remove', path: ['xt'] },
    ];
    await this.#untilTold(() =>
      this.#items.write({ write: 'update', key: leaseKey(place), actions, when: { if: 'itemExists' } }),
    );
  }

  /** All leases that a route ever had. */
  async list(route: string): Promise<LeaseState[]> {
    const states: LeaseState[] = [];
    let after: string | undefined;
    do {
      const page = await this.#items.query(routePk(route), { prefix: 'lease/', ...(after !== undefined && { after }) });
      for (const { sk, item } of page.items) states.push(parseLease(sk, item));
      after = page.next;
    } while (after !== undefined);
    return states;
  }

  /** Forgets all leases of a route: whoever holds one has lost it. */
  async forget(route: string): Promise<void> {
    for (const state of await this.list(route)) {
      await this.#untilTold(() => this.#items.write({ write: 'delete', key: leaseKey({ route, ...state }) }));
    }
  }

  /** Fails where the lease was lost: what stands beside it in a transaction then has no effect. */
  guard(lease: Lease): Check {
    return { write: 'check', key: leaseKey(lease.place), when: mine(lease) };
  }

  async #take(
    place: LeasePlace,
    owner: string,
    state: LeaseState | undefined,
    replays: number,
  ): Promise<Lease | undefined> {
    const epoch = (state?.epoch ?? 0) + 1;
    const generation = (state?.generation ?? 0) + replays;
    const untilMs = this.#clock.nowMs() + ROUTE_LIMITS.leaseMs;
    const batches = replays > 0 ? new Map<number, BatchRange>() : (state?.batches ?? new Map());
    const b = Object.fromEntries([...batches].map(([slot, { from, to }]) => [`p${slot}`, { f: from, t: to }]));
    const counts = state?.report.counts ?? NO_COUNTS;
    const item: Item = { e: epoch, o: owner, u: untilMs, g: generation, n: place.topic, b, c: countsItem(counts) };
    // A renewal moves `u` alone, and must not be overtaken by one who still saw the old one.
    const seen: Condition = state
      ? { if: 'all', of: [{ if: 'is', path: ['e'], value: state.epoch }, sameUntil(state)] }
      : { if: 'itemAbsent' };
    const { applied } = await this.#items.write({ write: 'put', key: leaseKey(place), item, when: seen });
    return applied ? { place, epoch, owner, generation, batches, counts } : undefined;
  }

  async #change(lease: Lease, actions: readonly Action[]): Promise<boolean> {
    const { applied } = await this.#items.write({
      write: 'update',
      key: leaseKey(lease.place),
      actions,
      when: mine(lease),
    });
    return applied;
  }

  /** Tries again where the store gave no answer, or others were faster (`undefined`). Every attempt reads or tests first. */
  async #untilTold<T extends object>(attempt: (uncertain: boolean) => Promise<T | undefined>): Promise<T> {
    let uncertain = false;
    for (let tried = 1; ; tried++) {
      try {
        const told = await attempt(uncertain);
        if (told !== undefined) return told;
        if (tried >= ATTEMPTS_MAX) throw new StoreError('store_unavailable', 'Others changed a lease again and again.');
      } catch (thrown) {
        const passing = thrown instanceof StoreError && PASSING.has(thrown.code);
        if (!passing || tried >= ATTEMPTS_MAX) throw thrown;
        if (thrown.code === 'store_unknown') uncertain = true;
      }
      await this.#clock.sleep(PAUSE_MS * tried);
    }
  }
}

const PASSING: ReadonlySet<string> = new Set(['store_unavailable', 'store_unknown']);
const FREE: readonly Action[] = [
  { do: 'remove', path: ['o'] },
  { do: 'remove', path: ['u'] },
  { do: 'remove', path: ['r'] },
];

function counted(report: TaskReport | undefined): Action[] {
  return report ? [{ do: 'set', path: ['c'], to: countsItem(report.counts) }] : [];
}

function countsItem({ filtered, dropped, deadLettered }: TaskCounts) {
  return { f: filtered, d: dropped, l: deadLettered };
}

function reported(report: TaskReport | undefined): Action[] {
  if (!report) return [];
  const { retrying } = report;
  if (!retrying) return [...counted(report), { do: 'remove', path: ['r'] }];
  const { reason, sinceMs, tries, nextMs } = retrying;
  return [...counted(report), { do: 'set', path: ['r'], to: { m: reason, s: sinceMs, t: tries, n: nextMs } }];
}

function parseReport({ c, r }: Item): TaskReport {
  const counts = c as ReturnType<typeof countsItem> | undefined;
  const retrying = r as { m: string; s: number; t: number; n: number } | undefined;
  return {
    counts: counts ? { filtered: counts.f, dropped: counts.d, deadLettered: counts.l } : NO_COUNTS,
    retrying: retrying && { reason: retrying.m, sinceMs: retrying.s, tries: retrying.t, nextMs: retrying.n },
  };
}

function mine(lease: Lease): Condition {
  return {
    if: 'all',
    of: [
      { if: 'is', path: ['e'], value: lease.epoch },
      { if: 'is', path: ['o'], value: lease.owner },
    ],
  };
}

function sameUntil(state: LeaseState): Condition {
  return state.owner === undefined ? { if: 'absent', path: ['o'] } : { if: 'is', path: ['u'], value: state.untilMs };
}

function leaseOf(place: LeasePlace, owner: string, state: LeaseState): Lease {
  const { epoch, generation, batches, report } = state;
  return { place, owner, epoch, generation, batches, counts: report.counts };
}

function parseLease(sk: string, item: Item): LeaseState {
  const [, topicId = '', ledger = ''] = sk.split('/');
  const batches = new Map<number, BatchRange>();
  for (const [slot, range] of Object.entries((item.b ?? {}) as Record<string, { f: number; t: number }>)) {
    batches.set(Number(slot.slice(1)), { from: range.f, to: range.t });
  }
  return {
    topic: item.n as string,
    topicId,
    ledger: Number(ledger),
    epoch: item.e as number,
    generation: item.g as number,
    owner: item.o as string | undefined,
    untilMs: (item.u as number | undefined) ?? 0,
    failed: item.x === undefined ? undefined : { trace: item.x as string, atMs: item.xt as number },
    report: parseReport(item),
    batches,
  };
}
