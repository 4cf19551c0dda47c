import { newUlid, ulidText } from '../bytes/index.ts';
import type { LedgerRef } from '../log/index.ts';
import { isBehind } from './behind.ts';
import { CompiledRoutes } from './compiled.ts';
import { requireConfig } from './config.ts';
import type { DispatchParts } from './dispatch.ts';
import { RouteError } from './errors.ts';
import { type LeasePlace, Leases } from './lease.ts';
import { Notices } from './notices.ts';
import { placesOf, type TaskPlace } from './places.ts';
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
}

/**
 * Routes for processes that are woken for each piece of work, as Lambdas are, instead of keeping watch as the Dispatcher
 * does. Whoever sees a commit asks `readersOf`, and has each piece delivered somewhere; a sweep over `behind` finds what
 * nobody woke for. Neither can deliver twice at once: leases see to that.
 *
 * @example
 * for (const work of await routes.onDemand.readersOf({ topicId, index: 0 })) await invoke(work.worker, work);
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
   * The work that commits to these ledgers made, without what somebody is at: who holds a lease gives it back only where
   * nothing was committed since his last look. One who died holding it is found by the sweep.
   */
  async readersOf(ledgers: readonly LedgerRef[]): Promise<AssignedWork[]> {
    const changed = new Set(ledgers.map(({ topicId, index }) => `${topicId}/${index}`));
    const found: AssignedWork[] = [];
    for (const { route, places } of await this.#running()) {
      const here = places.filter(({ topicId, ledger }) => changed.has(`${topicId}/${ledger}`));
      for (const place of here) {
        if (await this.#leases.isFree(place)) found.push({ ...workOf(place), worker: route.worker });
      }
    }
    return found;
  }

  /** All work that waits and that nobody is at. One read per ledger, group and lease of each route. */
  async behind(): Promise<AssignedWork[]> {
    const found: AssignedWork[] = [];
    for (const { route, places } of await this.#running()) {
      for (const place of places) {
        if (!(await isBehind(this.#parts, place))) continue;
        if (await this.#leases.isFree(place)) found.push({ ...workOf(place), worker: route.worker });
      }
    }
    return found;
  }

  /**
   * Delivers until nothing is left (`idle`) or time runs out (`stopped`: there may be more). After `enough` nothing more is
   * read; what is still under way at `stop` is given up, and delivered again by the next.
   * @throws StoreError and other errors of the floors below; the lease is given back, or runs out
   */
  async deliver(work: Work, { stop, enough = stop }: { stop: AbortSignal; enough?: AbortSignal }): Promise<WorkDone> {
    const done = { delivered: 0, givenUp: 0 };
    for (;;) {
      const entry = await this.#routes.load(work.route);
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

  async #running(): Promise<{ route: StoredRoute; places: readonly TaskPlace[] }[]> {
    const running: { route: StoredRoute; places: readonly TaskPlace[] }[] = [];
    for (const route of await listRoutes(this.#parts.items)) {
      if (route.state !== 'RUNNING') continue;
      const names = topicsOf(route);
      if (names) running.push({ route, places: await placesOf(this.#parts.topics, route.name, names) });
    }
    return running;
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
