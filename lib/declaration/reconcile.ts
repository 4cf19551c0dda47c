import type { Acls } from '../auth/index.ts';
import { type Clock, MillraceError } from '../bytes/index.ts';
import type { Routes } from '../route/index.ts';
import type { MetaStore } from '../store/index.ts';
import type { Topics } from '../topic/index.ts';
import { aclOperations } from './acl.ts';
import { isTemplateGone, listThings, writeTemplateGone } from './declared-item.ts';
import type { Declaration, ReconcileReport, Revised, Settled } from './model.ts';
import { title } from './parse.ts';
import { routeOperations } from './route.ts';
import { type SettleParts, settle, type ThingOperations, withdraw } from './settle.ts';
import { topicOperations } from './topic.ts';

/** The services that a declaration is carried out with. */
export interface DeclarationServices {
  readonly items: MetaStore;
  readonly topics: Topics;
  readonly routes: Routes;
  readonly acls: Acls;
  readonly clock: Clock;
}

/**
 * Has topics, routes and rights become as declared. Only what changed between the declaration that was last carried out and this one
 * is applied: what was added or changed by hand stays. One thing that cannot be as declared does not keep the others.
 * May be done again, and at the same time by others: it ends the same. Where `signal` fires, what is left is refused.
 *
 * @throws StoreError where the items cannot be listed
 * @example
 * const { settled } = await reconcile(platform, parseDeclaration(texts, { readMs: clock.nowMs() }));
 * const refused = settled.filter(({ is }) => is === 'refused');
 */
export async function reconcile(
  services: DeclarationServices,
  declaration: Declaration,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ReconcileReport> {
  const { items, clock, topics, routes, acls } = services;
  if (declaration.listed) await writeTemplateGone(items, false);
  else if (isEmpty(declaration) || (await isTemplateGone(items))) return { settled: [], idle: true };
  const parts: SettleParts = { items, clock, declaration };
  const settled: Settled[] = [...declaration.problems];
  // Topics come first: routes need them.
  await settleAll(topicOperations(topics), declaration.topics);
  await settleAll(routeOperations(routes), declaration.routes);
  await settleAll(await aclOperations(acls), declaration.acls);
  return { settled, idle: false };

  async function settleAll<T>(operations: ThingOperations<T>, wanted: ReadonlyMap<string, Revised<T>>): Promise<void> {
    const { kind } = operations;
    const unclear = declaration.problems.filter((one) => one.kind === kind).map(({ name }) => name);
    // Which rights an unreadable parameter grants nobody knows: then none is taken back.
    const isUnclear = (name: string) => (kind === 'acl' ? unclear.length > 0 : unclear.includes(name));
    const known = (await listThings(items, kind)).filter((name) => !wanted.has(name) && !isUnclear(name));
    // What goes makes room first: a route that is declared anew under another name has no rival then.
    for (const name of known) await one(kind, name, () => withdraw(parts, operations, name));
    for (const [name, declared] of wanted) await one(kind, name, () => settle(parts, operations, name, declared));
  }

  async function one(kind: Settled['kind'], name: string, work: () => Promise<Settled | undefined>): Promise<void> {
    try {
      const done = signal?.aborted ? outOfTime(kind, name) : await work();
      if (done) settled.push(done);
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown;
      settled.push({ kind, name, is: 'refused', why: `${title(kind)} "${name}": ${thrown.message}` });
    }
  }
}

/**
 * Says that there is no template any more: its parameters go one by one now, which must delete nothing. A deployment that
 * lists names ends that.
 */
export async function forgetTemplate({ items }: Pick<DeclarationServices, 'items'>): Promise<void> {
  await writeTemplateGone(items, true);
}

/** Nobody declares nothing; but a stack that is being deleted, or a wrong path, looks so. */
function isEmpty({ topics, routes, acls, problems }: Declaration): boolean {
  return topics.size === 0 && routes.size === 0 && acls.size === 0 && problems.length === 0;
}

function outOfTime(kind: Settled['kind'], name: string): Settled {
  return { kind, name, is: 'refused', why: `${title(kind)} "${name}": time ran out before its turn. Deploy again.` };
}
