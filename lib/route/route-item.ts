import type { Item, ItemKey, MetaStore, WriteAnswer } from '../store/index.ts';
import type { ConfigTexts } from './setting.ts';

/*
 * A route: pk `routes`, sk its name. Attributes: id a ULID, c the config as JSON text (secrets included), s state,
 * v version (one more with each change), t when it was made (ms), w the function that delivers it, where it has its own.
 */

/** What a route's owner wants of it. `STOPPED` differs from `PAUSED` in Connect's terms only: it has no tasks. */
export type RouteState = 'RUNNING' | 'PAUSED' | 'STOPPED';

export interface StoredRoute {
  readonly name: string;
  readonly id: string;
  readonly texts: ConfigTexts;
  /** The function that delivers this route, as its address (on AWS an ARN); undefined where all routes share one. */
  readonly worker?: string | undefined;
  readonly state: RouteState;
  readonly version: number;
  readonly createdMs: number;
}

/** All routes lie under this partition key. */
export const ROUTES_PK = 'routes';

function routeKey(name: string): ItemKey {
  return { pk: ROUTES_PK, sk: name };
}

/** The name of the route that an item is; undefined for other items. */
export function routeOfItem({ pk, sk }: ItemKey): string | undefined {
  return pk === ROUTES_PK ? sk : undefined;
}

export async function readRoute(items: MetaStore, name: string): Promise<StoredRoute | undefined> {
  const item = await items.get(routeKey(name));
  return item && parseRoute(name, item);
}

/** All routes, by name. */
export async function listRoutes(items: MetaStore): Promise<StoredRoute[]> {
  const routes: StoredRoute[] = [];
  let after: string | undefined;
  do {
    const page = await items.query(ROUTES_PK, after === undefined ? {} : { after });
    for (const { sk, item } of page.items) routes.push(parseRoute(sk, item));
    after = page.next;
  } while (after !== undefined);
  return routes;
}

/** Stores a route in place of its former version; the first version is 1, and needs that there is none. */
export function writeRoute(items: MetaStore, route: StoredRoute): Promise<WriteAnswer> {
  const item: Item = {
    id: route.id,
    c: JSON.stringify(route.texts),
    s: route.state,
    v: route.version,
    t: route.createdMs,
    ...(route.worker !== undefined && { w: route.worker }),
  };
  const before = route.version - 1;
  return items.write({
    write: 'put',
    key: routeKey(route.name),
    item,
    when: before === 0 ? { if: 'itemAbsent' } : { if: 'is', path: ['v'], value: before },
  });
}

export async function deleteRoute(items: MetaStore, name: string): Promise<void> {
  await items.write({ write: 'delete', key: routeKey(name) });
}

function parseRoute(name: string, item: Item): StoredRoute {
  return {
    name,
    id: item.id as string,
    texts: JSON.parse(item.c as string) as ConfigTexts,
    worker: item.w as string | undefined,
    state: item.s as RouteState,
    version: item.v as number,
    createdMs: item.t as number,
  };
}
