import { MillraceError, newUlid, ulidText } from '../bytes/index.ts';
import type { LedgerRef } from '../log/index.ts';
import { isBehind } from './behind.ts';
import { CompiledRoutes } from './compiled.ts';
import { requireConfig } from './config.ts';
import type { DispatchParts } from './dispatch.ts';
import { RouteError } from './errors.ts';
import { type LeasePlace, Leases } from './lease.ts';
import { Notices } from './notices.ts';
import { placesOf } from './places.ts';
import type { TaskCounts } from './progress.ts';
import { listRoutes, type StoredRoute } from './route-item.ts';
import { Worker, type WorkerEnd } from './worker.ts';

/** A piece of work for a process that lives for it alone: what a route has to deliver from one ledger. */
export interface Work {
  readonly route: string;
  readonly topicId: string;
  readonly ledger: number;
}

/** Work, and the name of what is to do it: see `StoredRoute.worker`. */
export interface AssignedWork extends Work {
  readonly worker: string | undefined;
}

/**
 * What became of a piece of work: as a worker ends; or `held`, another has the lease and will see what is new; or `gone`,
 * the route does not run, or does not read this ledger any more.
 */
export type WorkEnd = WorkerEnd | 'held' | 'gone';

/** What came of a piece of work. Events are those of this turn. */
export interface WorkDone {
  readonly end: WorkEnd;
  readonly delivered: number;
  /** Put among the dead letters, or dropped where the route has none. */
  readonly givenUp: number;
  /** What the route's work is assigned to now; undefined also where the route is gone. */
  readonly worker: string | undefined;
}

/** What waits, over all routes. */
export interface Backlog {
  /** What nobody is at. */
  readonly works: readonly AssignedWork[];
  /** Ledgers that wait as well: somebody is at them, or their task failed and waits for the route's owner. */
  readonly taken: number;
  /** Routes that could not be looked at. They do not keep the others. */
  readonly troubles: readonly { readonly route: string; readonly error: MillraceError }[];
}

/**
 * Routes for processes that are woken for each piece of work, as Lambdas are, instead of keeping watch as the Dispatcher
 * does. Whoever sees a commit asks `readersOf`, and has each piece delivered somewhere; a sweep over `behind` finds what
 * nobody woke for. Neither can deliver twice at once: leases see to that.
 *
 * @example
 * for (const work of await routes.onDemand.readersOf([{ topicId, index: 0 }])) await invoke(work.worker, work);
 * // there:
 * await routes.onDemand.deliver(work, { stop: AbortSignal.timeout(leftMs) });
 */
export class OnDemand {
  readonly #parts: DispatchParts;
  readonly #leases: Leases;
  readonly #routes: CompiledRoutes;
  readonly #notices: Notices;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    this.#leases = new Leases(parts);
    this.#routes = new CompiledRoutes(parts);
    this.#notices = new Notices(parts);
  }

  /**
   * The work that commits to these ledgers made, and all work of these routes (which were made, changed or set back),
   * without what somebody is at: who holds a lease gives it back only where nothing was committed since his last look. One
   * who died holding it is found by the sweep.
   */
  async readersOf(ledgers: readonly LedgerRef[], routes: readonly string[] = []): Promise<AssignedWork[]> {
    const changed = new Set(ledgers.map(({ topicId, index }) => `${topicId}/${index}`));
    const found: AssignedWork[] = [];
    for (const { route, topics } of await this.#running()) {
      const all = routes.includes(route.name);
      for (const place of await placesOf(this.#parts.topics, route.name, topics)) {
        if (!all && !changed.has(`${place.topicId}/${place.ledger}`)) continue;
        if (await this.#leases.isFree(place)) found.push({ ...workOf(place), worker: route.worker });
      }
    }
    return found;
  }

  /**
   * What waits. One read per ledger, group and lease of each route.
   * @throws StoreError where not even the routes can be read
   */
  async behind(): Promise<Backlog> {
    const works: AssignedWork[] = [];
    const troubles: { route: string; error: MillraceError }[] = [];
    let taken = 0;
    for (const { route, topics } of await this.#running()) {
      try {
        for (const place of await placesOf(this.#parts.topics, route.name, topics)) {
          if (!(await isBehind(this.#parts, place))) continue;
          if (await this.#leases.isFree(place)) works.push({ ...workOf(place), worker: route.worker });
          else taken++;
        }
      } catch (error) {
        if (!(error instanceof MillraceError)) throw error;
        troubles.push({ route: route.name, error });
      }
    }
    return { works, taken, troubles };
  }

  /**
   * Delivers until nothing is left (`idle`) or time runs out (`stopped`: there may be more). After `enough` nothing more is
   * read; what is still under way at `stop` is given up, and delivered again by the next.
   * @throws StoreError and other errors of the floors below; the lease is given back, or runs out
   */
  async deliver(work: Work, { stop, enough = stop }: { stop: AbortSignal; enough?: AbortSignal }): Promise<WorkDone> {
    const done = { delivered: 0, givenUp: 0, worker: undefined as string | undefined };
    for (;;) {
      const entry = await this.#routes.load(work.route);
      done.worker = entry?.worker;
      if (!entry) return { ...done, end: 'gone' };
      const places = await placesOf(this.#parts.topics, work.route, entry.config.topics);
      const place = places.find(({ topicId, ledger }) => topicId === work.topicId && ledger === work.ledger);
      if (!place) return { ...done, end: 'gone' };
      const owner = ulidText(newUlid(this.#parts.clock.nowMs(), this.#parts.random));
      const acquired = await this.#leases.acquire(place, { owner });
      if ('failed' in acquired) return { ...done, end: 'failed' };
      if ('heldUntilMs' in acquired) return { ...done, end: 'held' };
      const worker = new Worker(this.#parts, this.#leases, acquired.lease, entry.compiled, this.#notices);
      const end = await worker.run(place.partitions, stop, enough);
      done.delivered += worker.counts.delivered;
      done.givenUp += givenUp(worker.progress.counts) - givenUp(acquired.lease.counts);
      if (end !== 'changed') return { ...done, end };
    }
  }

  async #running(): Promise<{ route: StoredRoute; topics: readonly string[] }[]> {
    const routes = await listRoutes(this.#parts.items);
    return routes.flatMap((route) => {
      const topics = route.state === 'RUNNING' ? topicsOf(route) : undefined;
      return topics ? [{ route, topics }] : [];
    });
  }
}

function givenUp({ deadLettered, dropped }: Readonly<TaskCounts>): number {
  return deadLettered + dropped;
}

function workOf({ route, topicId, ledger }: LeasePlace): Work {
  return { route, topicId, ledger };
}

/** Undefined for a route that a later version of the platform refuses: it must not keep the others. */
function topicsOf({ texts }: StoredRoute): readonly string[] | undefined {
  try {
    return requireConfig(texts).topics;
  } catch (thrown) {
    if (thrown instanceof RouteError) return undefined;
    throw thrown;
  }
}
