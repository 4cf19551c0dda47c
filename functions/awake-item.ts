import type { Item, MetaStore } from '../lib/store/index.ts';

/*
 * When something last happened, and when upkeep was last done: pk `upkeep`, sk `awake`. Attributes: a awake (ms),
 * t tended (ms), c collected (ms).
 */

const KEY = { pk: 'upkeep', sk: 'awake' } as const;

/** A process that sees commits says so this often. */
export const AWAKE_NOTED_MS = 5 * 60_000;

export interface Awake {
  readonly awakeMs: number;
  readonly tendedMs: number;
  readonly collectedMs: number;
}

export async function readAwake(items: MetaStore): Promise<Awake> {
  const item: Item = (await items.get(KEY)) ?? {};
  const ms = (name: string) => (typeof item[name] === 'number' ? item[name] : 0);
  return { awakeMs: ms('a'), tendedMs: ms('t'), collectedMs: ms('c') };
}

/** Notes that something happened. */
export async function noteAwake(items: MetaStore, nowMs: number): Promise<void> {
  await items.write({ write: 'update', key: KEY, actions: [{ do: 'set', path: ['a'], to: nowMs }] });
}

/** Notes that upkeep was begun, so that others leave it for a while. */
export async function noteTended(items: MetaStore, nowMs: number, collected: boolean): Promise<void> {
  const names = collected ? ['t', 'c'] : ['t'];
  await items.write({
    write: 'update',
    key: KEY,
    actions: names.map((name) => ({ do: 'set', path: [name], to: nowMs })),
  });
}
