import { newUlid, ulidText } from '../bytes/index.ts';
import type { MetaStore } from '../store/index.ts';
import { compileRoute } from './compile.ts';
import { maskSecrets, parseConfig, requireConfig, unmaskSecrets } from './config.ts';
import { Dispatcher, type DispatchParts } from './dispatch.ts';
import { RouteError } from './errors.ts';
import { Leases } from './lease.ts';
import { GROUP_PREFIX } from './limits.ts';
import { OnDemand } from './on-demand.ts';
import { placesOf, type TaskPlace } from './places.ts';
import { movePositions, type Position, positionsOf, type ReplayTo, targetsOf } from './positions.ts';
import { deleteRoute, listRoutes, type RouteState, readRoute, type StoredRoute, writeRoute } from './route-item.ts';
import type { ConfigTexts } from './setting.ts';
import { type RouteStatus, statusOf } from './status.ts';
import { makeDeadLetterTopic, missingTopics, requireTopics } from './topics-needed.ts';
import { type Validation, validateConfig } from './validation.ts';

/** A route as it is shown: Kafka Connect's shape. Secrets are hidden. */
export interface RouteInfo {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  readonly tasks: readonly { readonly connector: string; readonly task: number }[];
  readonly type: 'sink';
}

/** What routes are made of. */
export type RoutesParts = DispatchParts;

/** Who delivers a route: a function's address, null for the one that all share. Left out, it stays as it is. */
export interface RouteOptions {
  readonly worker?: string | null;
}

/** With `route.` before it, it must be a group's name. */
const NAME = /^[a-zA-Z0-9._-]{1,200}$/;
/** Others may change a route at the same moment; so often in a row means something is wrong. */
const ATTEMPTS_MAX = 10;

/**
 * Routes: made, changed, paused, replayed, watched. A route delivers the events of topics to a sink, filtered and
 * transformed; its positions are the offsets of group `route.<name>`.
 *
 * @example
 * const routes = new Routes({ items, topics, events, groups, log, clock, random });
 * const { ended } = routes.start();
 * await routes.create('late', { 'connector.class': 'webhook', topics: 'flights', 'webhook.url': url,
 *   filter: '{"value":{"delay":[{"numeric":[">",60]}]}}' });
 */
export class Routes {
  readonly #parts: RoutesParts;
  readonly #items: MetaStore;
  readonly #leases: Leases;
  readonly #dispatcher: Dispatcher;
  /** For processes that are woken for each piece of work, in place of `start`. */
  readonly onDemand: OnDemand;

  constructor(parts: RoutesParts) {
    this.#parts = parts;
    this.#items = parts.items;
    this.#leases = new Leases(parts);
    this.#dispatcher = new Dispatcher(parts);
    this.onDemand = new OnDemand(parts);
  }

  /** Begins to deliver. `ended` resolves when all workers have ended after `close`. */
  start(): { readonly ended: Promise<void> } {
    return this.#dispatcher.start();
  }

  close(): void {
    this.#dispatcher.close();
  }

  /**
   * Its topics must be there; one for dead letters is made where it is not, with one partition.
   * @throws route_exists, route_name_invalid, route_config_invalid
   */
  async create(name: string, texts: ConfigTexts, options: RouteOptions = {}): Promise<RouteInfo> {
    checkName(name);
    const { clock, random } = this.#parts;
    const nowMs = clock.nowMs();
    const id = ulidText(newUlid(nowMs, random));
    const worker = options.worker ?? undefined;
    const route: StoredRoute = { name, id, texts, worker, state: 'RUNNING', version: 1, createdMs: nowMs };
    const { config } = compileRoute(route, this.#parts);
    if (await readRoute(this.#items, name)) throw exists(name);
    await requireTopics(this.#parts.topics, config);
    await makeDeadLetterTopic(this.#parts.topics, config);
    if (!(await writeRoute(this.#items, route)).applied) throw exists(name);
    await this.#dispatcher.refresh(name);
    return this.#info(route);
  }

  /** Makes the route, or gives it this config whole. Secrets sent back hidden stay as they are. @throws as `create` */
  async put(
    name: string,
    texts: ConfigTexts,
    options: RouteOptions = {},
  ): Promise<{ readonly created: boolean; readonly route: RouteInfo }> {
    checkName(name);
    const before = await readRoute(this.#items, name);
    if (!before) return { created: true, route: await this.create(name, texts, options) };
    return { created: false, route: await this.#reconfigure(name, () => texts, options) };
  }

  /** Changes some settings; null takes one out. @throws route_unknown, route_config_invalid, route_conflict */
  patch(
    name: string,
    changes: Readonly<Record<string, string | null>>,
    options: RouteOptions = {},
  ): Promise<RouteInfo> {
    const patched = (now: ConfigTexts) => {
      const kept = Object.entries({ ...now, ...changes }).filter((one): one is [string, string] => one[1] !== null);
      return Object.fromEntries(kept);
    };
    return this.#reconfigure(name, patched, options);
  }

  /** The function that delivers the route; undefined where it has none of its own. @throws route_unknown */
  async workerOf(name: string): Promise<string | undefined> {
    return (await this.#known(name)).worker;
  }

  /** @throws route_unknown */
  async get(name: string): Promise<RouteInfo> {
    return this.#info(await this.#known(name));
  }

  async list(): Promise<readonly string[]> {
    return (await listRoutes(this.#items)).map(({ name }) => name);
  }

  /** Ends the route and forgets its positions. @throws route_unknown */
  async delete(name: string): Promise<void> {
    // The route itself goes last: where this is cut short it is still there, at rest, to be deleted again, and no later
    // route of its name begins at positions that are not its own.
    await this.stop(name);
    await this.#leases.forget(name);
    try {
      await this.#parts.groups.delete(GROUP_PREFIX + name);
    } catch (thrown) {
      // A route that never committed has no group.
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'group_unknown')) throw thrown;
    }
    await deleteRoute(this.#items, name);
    await this.#dispatcher.refresh(name);
  }

  /** @throws route_unknown */
  async pause(name: string): Promise<void> {
    await this.#setState(name, 'PAUSED');
  }

  /** @throws route_unknown */
  async stop(name: string): Promise<void> {
    await this.#setState(name, 'STOPPED');
  }

  /** @throws route_unknown */
  async resume(name: string): Promise<void> {
    await this.#setState(name, 'RUNNING');
  }

  /** Starts failed tasks again, and, unless `onlyFailed`, all others too. @throws route_unknown */
  async restart(
    name: string,
    { onlyFailed = false, taskId }: { onlyFailed?: boolean; taskId?: number } = {},
  ): Promise<void> {
    const places = await this.#places(await this.#known(name));
    const wanted = places.filter((place) => taskId === undefined || place.taskId === taskId);
    if (wanted.length === 0 && taskId !== undefined) {
      throw new RouteError('route_unknown', `Route "${name}" has no task ${taskId}; it has ${places.length}.`);
    }
    if (!onlyFailed) await this.#halt(name);
    for (const place of wanted) await this.#leases.clearFailure(place);
    await this.#tellOthers(name);
    await this.#dispatcher.refresh(name);
  }

  /** @throws route_unknown */
  async status(name: string): Promise<RouteStatus> {
    const route = await this.#known(name);
    const places = await this.#places(route);
    const reportOf = (place: TaskPlace) => this.#dispatcher.reportOf(place);
    return statusOf(this.#parts, route, places, { leases: await this.#leases.list(name), reportOf });
  }

  /** The committed positions. @throws route_unknown */
  async offsets(name: string): Promise<readonly Position[]> {
    await this.#known(name);
    return positionsOf(this.#parts, name);
  }

  /** Sets positions of a route that is paused or stopped; null goes where a new route would begin. @throws route_conflict */
  async alterOffsets(
    name: string,
    offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: number | null }[],
  ): Promise<void> {
    const route = await this.#atRest(name);
    const places = await this.#places(route);
    const reset = requireConfig(route.texts).offsetReset;
    const moves: Position[] = [];
    for (const { topic, partition, offset } of offsets) {
      const to = offset === null ? reset : { offset };
      moves.push(...(await targetsOf(this.#parts, places, to, { topic, partitions: [partition] })));
    }
    await this.#move(name, places, moves);
  }

  /** Takes all positions to where a new route would begin. @throws route_conflict unless it is paused or stopped */
  async resetOffsets(name: string): Promise<void> {
    const route = await this.#atRest(name);
    await this.replay(name, requireConfig(route.texts).offsetReset);
  }

  /**
   * Delivers again (or skips) from an offset or a time on, in whatever state the route is: the leases are taken from
   * whoever works, so that nothing of the old run moves a position any more. Returns the new positions.
   * @throws route_unknown; offset_invalid and the like of the group
   */
  async replay(
    name: string,
    to: ReplayTo,
    where: { readonly topic?: string; readonly partitions?: readonly number[] } = {},
  ): Promise<readonly Position[]> {
    const places = await this.#places(await this.#known(name));
    const moves = await targetsOf(this.#parts, places, to, where);
    await this.#move(name, places, moves);
    return moves;
  }

  /**
   * Refuses a group that holds the positions of a route; a group of that kind whose route is gone is anyone's.
   * @throws route_conflict
   */
  async requireNoRoutes(group: string): Promise<void> {
    if (!group.startsWith(GROUP_PREFIX)) return;
    const name = group.slice(GROUP_PREFIX.length);
    if (!NAME.test(name) || !(await readRoute(this.#items, name))) return;
    throw new RouteError(
      'route_conflict',
      `Group "${group}" holds the positions of route "${name}", which alone may move them. To deliver from elsewhere: millrace route replay ${name}; to end it: millrace route delete ${name}.`,
    );
  }

  /** Kafka Connect's validation: all settings, and what is wrong with each. */
  async validate(texts: ConfigTexts): Promise<Validation> {
    const { config, problems } = parseConfig(texts);
    return validateConfig(texts, config ? await missingTopics(this.#parts.topics, config) : problems);
  }

  async #move(name: string, places: readonly TaskPlace[], moves: readonly Position[]): Promise<void> {
    await this.#dispatcher.halt(name);
    await movePositions(this.#parts, this.#leases, places, moves);
    await this.#tellOthers(name);
    await this.#dispatcher.refresh(name);
  }

  /** A new version of the same route: whoever watches the items, as functions do, looks at the route anew. */
  async #tellOthers(name: string): Promise<void> {
    await this.#change(name, (now) => ({ ...now }));
  }

  async #setState(name: string, state: RouteState): Promise<void> {
    await this.#change(name, (now) => (now.state === state ? now : { ...now, state }));
    if (state !== 'RUNNING') await this.#halt(name);
    await this.#dispatcher.refresh(name);
  }

  /** Ends the workers of this process, and takes the leases of those of others: what they deliver no longer counts. */
  async #halt(name: string): Promise<void> {
    await this.#dispatcher.halt(name);
    const { clock, random } = this.#parts;
    for (const state of await this.#leases.list(name)) {
      if (state.owner === undefined) continue;
      const owner = `${this.#dispatcher.instance}.${ulidText(newUlid(clock.nowMs(), random))}`;
      await this.#leases.giveBack(await this.#leases.seize({ route: name, ...state }, owner, { replay: false }));
    }
  }

  /** Gives the route another config, and has it work under that one. */
  async #reconfigure(
    name: string,
    change: (now: ConfigTexts) => ConfigTexts,
    { worker }: RouteOptions,
  ): Promise<RouteInfo> {
    const route = await this.#change(name, async (now) => {
      const by = worker === undefined ? now.worker : (worker ?? undefined);
      const next = { ...now, texts: unmaskSecrets(change(now.texts), now.texts), worker: by };
      const { config } = compileRoute(next, this.#parts);
      await requireTopics(this.#parts.topics, config);
      await makeDeadLetterTopic(this.#parts.topics, config);
      return next;
    });
    await this.#halt(name);
    await this.#dispatcher.refresh(name);
    return this.#info(route);
  }

  /** Changes the stored route under its version. @throws route_unknown, route_conflict */
  async #change(name: string, change: (now: StoredRoute) => StoredRoute | Promise<StoredRoute>): Promise<StoredRoute> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const now = await this.#known(name);
      const changed = await change(now);
      if (changed === now) return now;
      const next = { ...changed, version: now.version + 1 };
      if ((await writeRoute(this.#items, next)).applied) return next;
    }
    throw new RouteError(
      'route_conflict',
      `Route "${name}" was changed by others ${ATTEMPTS_MAX} times in a row. Try again.`,
    );
  }

  async #known(name: string): Promise<StoredRoute> {
    const route = NAME.test(name) ? await readRoute(this.#items, name) : undefined;
    if (route) return route;
    throw new RouteError(
      'route_unknown',
      `Route "${name.slice(0, 200)}" does not exist. Create it first, or check its name.`,
    );
  }

  async #atRest(name: string): Promise<StoredRoute> {
    const route = await this.#known(name);
    if (route.state !== 'RUNNING') return route;
    throw new RouteError(
      'route_conflict',
      `Route "${name}" is running. Pause or stop it before its offsets are changed, or use replay.`,
    );
  }

  #places(route: StoredRoute): Promise<TaskPlace[]> {
    return placesOf(this.#parts.topics, route.name, requireConfig(route.texts).topics);
  }

  async #info(route: StoredRoute): Promise<RouteInfo> {
    const places = route.state === 'STOPPED' ? [] : await this.#places(route);
    const tasks = places.map(({ taskId }) => ({ connector: route.name, task: taskId }));
    return { name: route.name, config: { ...maskSecrets(route.texts), name: route.name }, tasks, type: 'sink' };
  }
}

function exists(name: string): RouteError {
  return new RouteError('route_exists', `Route "${name}" exists already. Change its config, or choose another name.`);
}

function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new RouteError(
    'route_name_invalid',
    `"${name.slice(0, 200)}" is no name of a route: 1 to 200 letters, digits, dots, dashes and underscores.`,
  );
}
