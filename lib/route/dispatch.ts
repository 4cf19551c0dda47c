import { AbortedError, MillraceError, newUlid, ulidText } from '../bytes/index.ts';
import type { MetaStore } from '../store/index.ts';
import type { Topics } from '../topic/index.ts';
import { isBehind } from './behind.ts';
import { type CompiledEntry, CompiledRoutes } from './compiled.ts';
import { reasonOf } from './errors.ts';
import { type HeldLease, Leases } from './lease.ts';
import { ROUTE_LIMITS } from './limits.ts';
import { Notices } from './notices.ts';
import { placesOf, type TaskPlace } from './places.ts';
import type { Retrying, TaskReport } from './progress.ts';
import { backoffMs } from './retry.ts';
import { listRoutes } from './route-item.ts';
import { Signal } from './signal.ts';
import type { SinkParts } from './sink.ts';
import type { WorkerParts } from './task.ts';
import { Worker, type WorkerEnd } from './worker.ts';

export interface DispatchParts extends WorkerParts {
  readonly items: MetaStore;
  readonly topics: Topics;
  /** The folder below which file sinks may write. None: no file sinks. */
  readonly filesFolder: string | undefined;
  /** Reads secrets that configs name. None: configs hold their secrets themselves. */
  readonly secret?: SinkParts['secret'];
  /**
   * True where no other process can have these stores open (a data folder is locked): leases of a process that was
   * killed are then taken over at once, instead of when they run out.
   */
  readonly aloneInStores?: boolean;
}

/** One ledger of a route that this process works on, or waits for. */
interface Task {
  readonly place: TaskPlace;
  readonly stop: AbortController;
  ended: Promise<void>;
  /** A commit came while it was busy. */
  again: boolean;
  /** Raised with each such commit. */
  readonly woken: Signal;
  /** The lease of another that it waits for, and the monotonic time from when on that one has not been renewed. */
  watched: { readonly untilMs: number; readonly sinceMs: number } | undefined;
  /** While it works. */
  worker: Worker | undefined;
  /** An error that was not the route's own: it is tried again. */
  trouble: Retrying | undefined;
}

/** The longest pause before a task that failed for reasons outside it (a store, a network) is tried again. */
const TROUBLE_PAUSE_MAX_MS = 30_000;

/**
 * Keeps this process's share of the routes running: a commit wakes the workers of its ledger, and a sweep each minute
 * finds what no wake-up told of. Any number of processes may do so; leases share the work out.
 */
export class Dispatcher {
  readonly #parts: DispatchParts;
  readonly #leases: Leases;
  readonly #routes: CompiledRoutes;
  readonly #notices: Notices;
  readonly #tasks = new Map<string, Task>();
  /** Places that wait for a worker of their route to end, because of tasks.max. */
  readonly #queued = new Map<string, TaskPlace>();
  /** By topic id: who wants to know of its commits. */
  readonly #readers = new Map<string, TaskPlace[]>();
  readonly #closing = new AbortController();
  /** A process may change routes without working on them. */
  #started = false;
  /** Begins the owner names of this process. */
  readonly instance: string;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    this.#leases = new Leases(parts);
    this.#routes = new CompiledRoutes(parts);
    this.#notices = new Notices(parts);
    this.instance = ulidText(newUlid(parts.clock.nowMs(), parts.random));
  }

  /** Begins to listen to commits and to sweep; `ended` resolves when `close` was called and all workers have ended. */
  start(): { readonly ended: Promise<void> } {
    this.#started = true;
    const unsubscribe = this.#parts.log.onCommit(({ topicId, index }) => {
      for (const place of this.#readers.get(topicId) ?? []) if (place.ledger === index) this.wake(place);
    });
    const sweeping = this.#sweeping().finally(unsubscribe);
    return { ended: sweeping.then(() => this.#haltAll(() => true)) };
  }

  close(): void {
    this.#closing.abort();
  }

  /** Looks at a route anew: starts what is behind where it runs, stops its workers where it does not. */
  async refresh(name: string): Promise<void> {
    const entry = await this.#routes.load(name);
    this.#forgetReader(name);
    if (!entry) return this.halt(name);
    const places = await placesOf(this.#parts.topics, name, entry.config.topics);
    for (const place of places) this.#readers.set(place.topicId, [...(this.#readers.get(place.topicId) ?? []), place]);
    for (const place of places) if (await isBehind(this.#parts, place)) this.wake(place);
  }

  /** Stops this process's workers of a route, and waits until they have committed and given back their leases. */
  async halt(name: string): Promise<void> {
    for (const [id, place] of this.#queued) if (place.route === name) this.#queued.delete(id);
    this.#notices.forget(name);
    await this.#haltAll(({ place }) => place.route === name);
  }

  /** Makes sure that a worker looks at the ledger after this moment. */
  wake(place: TaskPlace): void {
    if (!this.#started || this.#closing.signal.aborted) return;
    const id = `${place.route}/${place.topicId}/${place.ledger}`;
    const task = this.#tasks.get(id);
    if (task) {
      task.again = true;
      task.woken.raise();
      return;
    }
    const running = [...this.#tasks.values()].filter((one) => one.place.route === place.route).length;
    if (running >= this.#routes.tasksMax(place.route)) this.#queued.set(id, place);
    else this.#begin(id, place);
  }

  /** How a task fares that this process works on, or cannot begin: fresher than what its lease says. */
  reportOf(place: TaskPlace): Partial<TaskReport> {
    const task = this.#tasks.get(`${place.route}/${place.topicId}/${place.ledger}`);
    const report = task?.worker?.progress.report();
    return { ...report, retrying: report?.retrying ?? (task?.worker?.counts.read ? undefined : task?.trouble) };
  }

  #begin(id: string, place: TaskPlace): void {
    const task: Task = {
      place,
      stop: new AbortController(),
      ended: Promise.resolve(),
      again: false,
      woken: new Signal(),
      watched: undefined,
      worker: undefined,
      trouble: undefined,
    };
    this.#tasks.set(id, task);
    task.ended = this.#work(task).finally(() => {
      this.#tasks.delete(id);
      const next = [...this.#queued].find(([, one]) => one.route === place.route);
      if (!next) return;
      this.#queued.delete(next[0]);
      this.wake(next[1]);
    });
  }

  /** Works on a ledger until it is idle, the route does not run, or the task failed. */
  async #work(task: Task): Promise<void> {
    while (!task.stop.signal.aborted) {
      try {
        if (!(await this.#workOnce(task))) return;
        task.trouble = undefined;
      } catch (thrown) {
        if (thrown instanceof AbortedError) return;
        await this.#pause(this.#troubled(task, reasonOf(thrown)), task.stop.signal).catch(onAbort);
      }
    }
  }

  /** Remembers what keeps the task from working, and returns how long to wait, in ms. */
  #troubled(task: Task, reason: string): number {
    const { clock, random } = this.#parts;
    const tries = (task.trouble?.tries ?? 0) + 1;
    const waitMs = backoffMs(tries, TROUBLE_PAUSE_MAX_MS, random);
    const nowMs = clock.nowMs();
    task.trouble = { reason, sinceMs: task.trouble?.sinceMs ?? nowMs, tries, nextMs: nowMs + waitMs };
    this.#notices.tell(task.place.route, 'delivery_retried', `Trying again: ${reason}`);
    return waitMs;
  }

  /** False where there is nothing more to do for now. */
  async #workOnce(task: Task): Promise<boolean> {
    const { place, stop } = task;
    const entry = await this.#routes.load(place.route);
    if (!entry) return false;
    const current = await this.#currentPlace(place, entry);
    if (!current) return false;
    task.again = false;
    const owner = `${this.instance}.${ulidText(newUlid(this.#parts.clock.nowMs(), this.#parts.random))}`;
    const acquired = await this.#leases.acquire(current, { owner, dead: (held) => this.#isDead(task, held) });
    if ('failed' in acquired) return false;
    if ('heldUntilMs' in acquired) {
      await this.#waitForLease(task, acquired.heldUntilMs);
      return !stop.signal.aborted && isBehind(this.#parts, current);
    }
    const worker = new Worker(this.#parts, this.#leases, acquired.lease, entry.compiled, this.#notices);
    const end = await this.#run(task, worker, current.partitions);
    if (end === 'idle') return task.again && isBehind(this.#parts, current);
    return end === 'lost' || end === 'changed';
  }

  async #run(task: Task, worker: Worker, partitions: readonly number[]): Promise<WorkerEnd> {
    task.worker = worker;
    try {
      return await worker.run(partitions, task.stop.signal);
    } finally {
      task.worker = undefined;
      // Whatever kept it from working before was over.
      if (worker.counts.read > 0) task.trouble = undefined;
    }
  }

  /**
   * Whether nobody uses a lease that has not run out: where this process is alone, whoever had it before; else one that was
   * not renewed for as long as a lease lasts, by our own clock. A clock that ran ahead may have set it far into the future.
   */
  #isDead({ watched }: Task, { owner, untilMs }: HeldLease): boolean {
    if (this.#parts.aloneInStores === true && !owner.startsWith(`${this.instance}.`)) return true;
    const sinceMs = watched?.untilMs === untilMs ? watched.sinceMs : Number.POSITIVE_INFINITY;
    return this.#parts.clock.monotonicMs() - sinceMs >= ROUTE_LIMITS.leaseMs;
  }

  /**
   * Waits until the lease runs out, or a commit comes: that one's events are seen by whoever holds the lease now, but the
   * lease may have been given back since we looked.
   */
  async #waitForLease(task: Task, untilMs: number): Promise<void> {
    const { clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (task.watched?.untilMs !== untilMs) task.watched = { untilMs, sinceMs: nowMs };
    if (task.again) return;
    const waiting = new AbortController();
    const unrenewedMs = task.watched.sinceMs + ROUTE_LIMITS.leaseMs - nowMs;
    const waitMs = Math.max(1, Math.min(untilMs - clock.nowMs(), unrenewedMs));
    const over = this.#pause(waitMs, AbortSignal.any([task.stop.signal, waiting.signal])).catch(onAbort);
    await Promise.race([over, task.woken.raised()]);
    waiting.abort();
  }

  /** The place as it is now: partitions may have been added, or the topic deleted. */
  async #currentPlace(place: TaskPlace, { config }: CompiledEntry): Promise<TaskPlace | undefined> {
    const places = await placesOf(this.#parts.topics, place.route, config.topics);
    return places.find(({ topicId, ledger }) => topicId === place.topicId && ledger === place.ledger);
  }

  async #sweeping(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        for (const { name } of await listRoutes(this.#parts.items)) await this.#refreshQuietly(name);
      } catch (thrown) {
        // A store that is out of order now may be back at the next sweep.
        if (!(thrown instanceof MillraceError)) throw thrown;
      }
      await this.#pause(ROUTE_LIMITS.sweepMs, signal).catch(onAbort);
    }
  }

  /** One route's trouble must not keep the others. */
  async #refreshQuietly(name: string): Promise<void> {
    try {
      await this.refresh(name);
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown;
    }
  }

  #forgetReader(name: string): void {
    for (const [topicId, places] of this.#readers) {
      const others = places.filter(({ route }) => route !== name);
      if (others.length > 0) this.#readers.set(topicId, others);
      else this.#readers.delete(topicId);
    }
  }

  async #haltAll(which: (task: Task) => boolean): Promise<void> {
    const halted = [...this.#tasks.values()].filter(which);
    for (const task of halted) task.stop.abort();
    await Promise.all(halted.map(({ ended }) => ended));
  }

  /** @throws AbortedError when `signal` fires */
  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return this.#parts.clock.sleep(ms, signal);
  }
}

function onAbort(thrown: unknown): void {
  if (!(thrown instanceof AbortedError)) throw thrown;
}
