import { AbortedError } from '../bytes/index.ts';
import { GroupError } from './errors.ts';
import { type GroupParts, readGroup, storeGroup, unknownGroup } from './group-store.ts';
import type { Outcome } from './membership.ts';
import { withRetries } from './retry.ts';
import { EMPTY_GROUP, type GroupState } from './state.ts';

/** Steps that one write may carry: bounds what is done again where another process was faster. */
const STEPS_AT_ONCE = 200;

/** Groups whose state is remembered; beyond that, the ones seen longest ago are read anew. */
const GROUPS_REMEMBERED_MAX = 500;

/** What a request does to a group's state. It must be a function of the state alone: it may be taken several times. */
type Step<Answer> = (state: GroupState, uncertain: boolean) => Outcome<Answer>;

interface Queued {
  readonly step: Step<unknown>;
  readonly create: boolean;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Changes of groups by this process: steps of one group that come while a write of it is under way share the next, so
 * that a hundred members that join at once cost a few writes and do not race each other. And it tells whoever watches a
 * group what its state has come to.
 */
export class GroupChanges {
  readonly #parts: GroupParts;
  /** Steps that wait; a group has an entry while it is being worked on. */
  readonly #queues = new Map<string, Queued[]>();
  readonly #watches = new Map<string, Set<GroupWatch>>();
  /** Group → its state as this process last read or wrote it, and the monotonic time of that; the eldest first. */
  readonly #seen = new Map<string, { readonly state: GroupState; readonly atMs: number }>();

  constructor(parts: GroupParts) {
    this.#parts = parts;
  }

  /**
   * Takes a step and stores what follows, as `changeGroup` does. Units: one strongly consistent read and, where the state
   * changes, one write of the group's item, shared by all steps that come meanwhile.
   *
   * @throws GroupError what the step answers; group_unknown unless `create`; group_conflict, group_too_large
   */
  change<Answer>(group: string, step: Step<Answer>, { create = false } = {}): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const queued = { step, create, resolve: resolve as (answer: unknown) => void, reject };
      const queue = this.#queues.get(group);
      if (queue) queue.push(queued);
      else {
        this.#queues.set(group, [queued]);
        void this.#work(group);
      }
    });
  }

  /** The group's state, if this process has read or written it within the last `ageMs`. */
  recent(group: string, ageMs: number): GroupState | undefined {
    const seen = this.#seen.get(group);
    return seen && this.#parts.clock.monotonicMs() - seen.atMs <= ageMs ? seen.state : undefined;
  }

  /** What becomes of a group, from now until `close`, which must be called. */
  watch(group: string, signal: AbortSignal): GroupWatch {
    const all = this.#watches.get(group) ?? new Set();
    const watch = new GroupWatch(this.#parts.clock, signal, () => {
      all.delete(watch);
      if (all.size === 0) this.#watches.delete(group);
    });
    this.#watches.set(group, all.add(watch));
    return watch;
  }

  /** Never rejects: whoever waits for a step is told. */
  async #work(group: string): Promise<void> {
    const queue = this.#queues.get(group)!;
    while (queue.length > 0) await this.#take(group, queue.splice(0, STEPS_AT_ONCE));
    this.#queues.delete(group);
  }

  async #take(group: string, batch: readonly Queued[]): Promise<void> {
    try {
      const { state, answers } = await this.#store(group, batch);
      this.#see(group, state);
      for (const [i, { resolve, reject }] of batch.entries()) {
        const answer = answers[i];
        if (answer instanceof GroupError) reject(answer);
        else resolve(answer);
      }
    } catch (error) {
      // What one brought was too large: the others shall not suffer for it.
      const divisible = error instanceof GroupError && error.code === 'group_too_large' && batch.length > 1;
      if (divisible) for (const queued of batch) await this.#take(group, [queued]);
      else for (const { reject } of batch) reject(error);
    }
  }

  #see(group: string, state: GroupState): void {
    this.#seen.delete(group);
    this.#seen.set(group, { state, atMs: this.#parts.clock.monotonicMs() });
    if (this.#seen.size > GROUPS_REMEMBERED_MAX) this.#seen.delete(this.#seen.keys().next().value!);
    for (const watch of this.#watches.get(group) ?? []) watch.see(state);
  }

  #store(group: string, batch: readonly Queued[]): Promise<{ state: GroupState; answers: unknown[] }> {
    return withRetries(this.#parts, group, async (uncertain) => {
      const stored = await readGroup(this.#parts, group);
      const before = stored?.state ?? EMPTY_GROUP;
      let state = before;
      const answers = batch.map(({ step, create }) => {
        if (!stored && !create && state === before) return unknownGroup(group);
        const outcome = step(state, uncertain);
        state = outcome.state;
        return outcome.answer;
      });
      if (state !== before && !(await storeGroup(this.#parts, group, stored, state))) return undefined;
      return { state, answers };
    });
  }
}

/** One request's view of a group that it waits for. */
export class GroupWatch {
  readonly #clock: GroupParts['clock'];
  readonly #signal: AbortSignal;
  readonly #closed: () => void;
  #state: GroupState | undefined;
  #seenAtMs = Number.NEGATIVE_INFINITY;
  #wake: AbortController | undefined;
  readonly #onAbort = () => this.#wake?.abort();

  constructor(clock: GroupParts['clock'], signal: AbortSignal, closed: () => void) {
    this.#clock = clock;
    this.#signal = signal;
    this.#closed = closed;
    signal.addEventListener('abort', this.#onAbort);
  }

  /** As this process last read or wrote it; undefined before that. */
  get state(): GroupState | undefined {
    return this.#state;
  }

  /** Monotonic time of that. */
  get seenAtMs(): number {
    return this.#seenAtMs;
  }

  see(state: GroupState): void {
    this.#state = state;
    this.#seenAtMs = this.#clock.monotonicMs();
    this.#wake?.abort();
  }

  /** Resolves when the group is next seen, or after `ms`. @throws AbortedError */
  async wait(ms: number): Promise<void> {
    if (this.#signal.aborted) throw new AbortedError();
    this.#wake = new AbortController();
    try {
      await this.#clock.sleep(ms, this.#wake.signal);
    } catch (error) {
      if (!(error instanceof AbortedError)) throw error;
    } finally {
      this.#wake = undefined;
    }
    if (this.#signal.aborted) throw new AbortedError();
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#closed();
  }
}
