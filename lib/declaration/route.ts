import { RouteError, type Routes } from '../route/index.ts';
import { routeChanges } from './changes.ts';
import type { DeclaredRoute } from './model.ts';
import type { Brought, ThingOperations } from './settle.ts';

/**
 * How a declared route comes true. One of the same name that was made by hand is adopted: its config becomes the declared
 * one, its positions and its state stay.
 */
export function routeOperations(routes: Routes): ThingOperations<DeclaredRoute> {
  return {
    kind: 'route',
    bring: (name, last, next) => bring(routes, name, last, next),
    withdraw: (name) => withdraw(routes, name),
  };
}

async function bring(
  routes: Routes,
  name: string,
  last: DeclaredRoute | undefined,
  next: DeclaredRoute,
): Promise<Brought<DeclaredRoute>> {
  const present = await unlessUnknown(() => routes.get(name));
  if (!present || !last) {
    const { created } = await put(routes, name, next);
    if (created) return { is: 'created', why: `Route "${name}" was made.`, holds: next };
    const why = `Route "${name}" was there before: it has the declared config now, and its positions stay.`;
    return { is: 'changed', why, holds: next };
  }
  const { config, worker } = routeChanges(last, next, { config: present.config, worker: await routes.workerOf(name) });
  const changed = Object.keys(config);
  if (changed.length === 0 && worker === undefined) {
    return { is: 'kept', why: `Route "${name}" is as declared.`, holds: next };
  }
  await routes.patch(name, config, worker === undefined ? {} : { worker });
  const what = [...changed, ...(worker === undefined ? [] : ['the function that delivers it'])].join(', ');
  return { is: 'changed', why: `Route "${name}" was changed: ${what}.`, holds: next };
}

async function put(routes: Routes, name: string, next: DeclaredRoute): Promise<{ readonly created: boolean }> {
  const options = { worker: next.worker ?? null };
  try {
    return await routes.put(name, next.config, options);
  } catch (thrown) {
    if (!(thrown instanceof RouteError && thrown.code === 'route_exists')) throw thrown;
    // Somebody else made it at the same moment.
    return routes.put(name, next.config, options);
  }
}

async function withdraw(routes: Routes, name: string): Promise<{ is: 'deleted'; why: string }> {
  await unlessUnknown(() => routes.delete(name));
  return { is: 'deleted', why: `Route "${name}" is no longer declared, and was deleted with its positions.` };
}

async function unlessUnknown<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof RouteError && thrown.code === 'route_unknown') return undefined;
    throw thrown;
  }
}
