import { Acls } from '../../lib/auth/index.ts';
import { type DeclaredText, type ListedNames, parseDeclaration, reconcile } from '../../lib/declaration/index.ts';
import { RouteWorld } from '../route/world.ts';

/** Things as a template writes them, by the end of their parameter's name. */
export type Things = Readonly<Record<string, object>>;

/** A process with its services, and a template that is deployed to it. Each deployment is a second after the last. */
export function declaredWorld() {
  const world = new RouteWorld();
  const { stores, clock } = world;
  const process = world.process();
  const acls = new Acls({ items: stores.items, clock });
  const services = { items: stores.items, acls, topics: process.topics, routes: process.routes, clock };
  const revisions = new Map<string, { text: string; revision: number }>();

  /** The parameters as they are after a deployment: what did not change has its old revision. */
  const written = (things: Things): DeclaredText[] =>
    Object.entries(things).map(([name, thing]) => {
      const text = JSON.stringify(thing);
      const known = revisions.get(name);
      const revision = known?.text === text ? known.revision : clock.nowMs();
      revisions.set(name, { text, revision });
      return { name, text, revision };
    });
  const namesOf = (things: Things, folder: string) =>
    Object.keys(things)
      .filter((name) => name.startsWith(`${folder}/`))
      .map((name) => name.slice(folder.length + 1));
  const listedOf = (things: Things): ListedNames => ({
    topics: namesOf(things, 'topics'),
    routes: namesOf(things, 'routes'),
    acls: namesOf(things, 'acls'),
  });
  const declarationOf = (things: Things, listed = true) =>
    parseDeclaration(written(things), {
      readMs: clock.nowMs(),
      ...(listed && { listed: listedOf(things) }),
    });

  /** What a deployment of a template does. */
  const deploy = async (things: Things) => {
    await world.pass(1_000);
    return brief(await world.finish(reconcile(services, declarationOf(things))));
  };
  /** What somebody does who only sees the parameters, long after they were written. */
  const look = async (things: Things, { afterMs = 120_000 } = {}) => {
    await world.pass(afterMs);
    return brief(await world.finish(reconcile(services, declarationOf(things, false))));
  };
  return { world, ...process, acls, services, declarationOf, listedOf, deploy, look, stores };
}

function brief({ settled }: Awaited<ReturnType<typeof reconcile>>): Record<string, string> {
  return Object.fromEntries(settled.map(({ kind, name, is }) => [`${kind} ${name}`, is]));
}

export const copy = (settings: Record<string, string> = {}) => ({
  config: { 'connector.class': 'topic', topics: 'orders', 'topic.name': 'copies', ...settings },
});

export const TOPICS: Things = { 'topics/orders': { partitions: 2, settings: {} }, 'topics/copies': { partitions: 1 } };
