import { eachItem, type Item, type ItemKey, type MetaStore } from '../store/index.ts';
import type { ThingKind } from './model.ts';

/*
 * What was last declared: pk `declared`, sk `<kind>/<name>`. Attributes: v version (one more with each write), r the
 * revision of the declaration, t when this was written (ms), c the thing as JSON text, g where it is no longer declared:
 * `going` while what follows from that is under way, `gone` after. It stays, so that a template's old parameter, seen late,
 * does not bring the thing back.
 *
 * pk `declared`, sk `template`: there is no template any more (the stack was deleted; its data is kept).
 */

export interface StoredThing<T> {
  readonly version: number;
  readonly revision: number;
  readonly writtenMs: number;
  /** What holds; of what is `going` or `gone`, what held last. */
  readonly thing: T;
  readonly state: 'declared' | 'going' | 'gone';
}

/** All that is declared lies under this partition key. */
export const DECLARED_PK = 'declared';
const TEMPLATE: ItemKey = { pk: DECLARED_PK, sk: 'template' };

function thingKey(kind: ThingKind, name: string): ItemKey {
  return { pk: DECLARED_PK, sk: `${kind}/${name}` };
}

export async function readThing<T>(
  items: MetaStore,
  kind: ThingKind,
  name: string,
): Promise<StoredThing<T> | undefined> {
  const item = await items.get(thingKey(kind, name));
  return item && parseThing<T>(item);
}

/** The names of all things of a kind that are declared, or were and are still to go. */
export async function listThings(items: MetaStore, kind: ThingKind): Promise<string[]> {
  const names: string[] = [];
  for await (const { sk, item } of eachItem(items, DECLARED_PK, `${kind}/`)) {
    if (item.g !== 'gone') names.push(sk.slice(kind.length + 1));
  }
  return names;
}

/** Stores a thing in place of its former version; the first version is 1. False where another was quicker. */
export async function writeThing<T>(
  items: MetaStore,
  kind: ThingKind,
  name: string,
  { version, revision, writtenMs, thing, state }: StoredThing<T>,
): Promise<boolean> {
  const item: Item = {
    v: version,
    r: revision,
    t: writtenMs,
    c: JSON.stringify(thing),
    ...(state !== 'declared' && { g: state }),
  };
  const before = version - 1;
  const { applied } = await items.write({
    write: 'put',
    key: thingKey(kind, name),
    item,
    when: before === 0 ? { if: 'itemAbsent' } : { if: 'is', path: ['v'], value: before },
  });
  return applied;
}

/** Whether the template that declared is gone. */
export async function isTemplateGone(items: MetaStore): Promise<boolean> {
  return (await items.get(TEMPLATE)) !== undefined;
}

export async function writeTemplateGone(items: MetaStore, gone: boolean): Promise<void> {
  if (gone) await items.write({ write: 'put', key: TEMPLATE, item: { gone: true } });
  else await items.write({ write: 'delete', key: TEMPLATE });
}

function parseThing<T>(item: Item): StoredThing<T> {
  return {
    version: item.v as number,
    revision: item.r as number,
    writtenMs: item.t as number,
    thing: JSON.parse(item.c as string) as T,
    state: (item.g as 'going' | 'gone' | undefined) ?? 'declared',
  };
}
