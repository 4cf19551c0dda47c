import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Action, Condition, Item, MetaStore, Path, Stores } from '../../lib/store/index.ts';
import type { OpenStores } from './contract.ts';
import { type Gaps, NO_GAPS, testUnder } from './gaps.ts';

let serial = 0;

export function updateRules(open: OpenStores, gaps: Gaps = NO_GAPS): void {
  let stores: Stores;
  let items: MetaStore;
  let key: { pk: string; sk: string };
  beforeAll(async () => {
    stores = await open();
    items = stores.items;
  });
  beforeEach(() => {
    key = { pk: `updates/${serial++}`, sk: 'item' };
  });
  afterAll(() => stores.close());

  const start = (item: Item) => items.write({ write: 'put', key, item });
  const update = (actions: Action[], when?: Condition) =>
    items.write({ write: 'update', key, actions, ...(when && { when }) });
  const invalid = (promise: Promise<unknown>) =>
    expect(promise).rejects.toMatchObject({ name: 'StoreError', code: 'store_invalid' });

  describe('an update', () => {
    test('creates an item that is absent, and answers with none before', async () => {
      expect(await update([{ do: 'set', path: ['a'], to: 1 }])).toEqual({ applied: true, old: undefined });
      expect(await items.get(key)).toEqual({ a: 1 });
    });

    test('creates nothing where its condition forbids it', async () => {
      expect(await update([{ do: 'set', path: ['a'], to: 1 }], { if: 'itemExists' })).toEqual({
        applied: false,
        old: undefined,
      });
      expect(await items.get(key)).toBeUndefined();
    });

    test('carries out each action on the item as it was before', async () => {
      await start({ n: 1, list: ['a', 'b', 'c'], map: { x: 1 }, gone: true });
      const { old } = await update([
        { do: 'add', path: ['n'], by: 4 },
        { do: 'add', path: ['fresh'], by: 2, from: 40 },
        { do: 'append', path: ['list'], values: ['d', { e: 1 }] },
        { do: 'set', path: ['map', 'y'], to: [1] },
        { do: 'setOnce', path: ['map', 'x'], to: 9 },
        { do: 'setOnce', path: ['once'], to: 'first' },
        { do: 'remove', path: ['gone'] },
        { do: 'remove', path: ['map', 'absent'] },
      ]);
      expect(old).toEqual({ n: 1, list: ['a', 'b', 'c'], map: { x: 1 }, gone: true });
      expect(await items.get(key)).toEqual({
        n: 5,
        fresh: 42,
        list: ['a', 'b', 'c', 'd', { e: 1 }],
        map: { x: 1, y: [1] },
        once: 'first',
      });
    });

    test('copies what stands elsewhere, as it was before, where nothing stands yet', async () => {
      await start({ n: { p0: 7, p1: 9 }, x1: 3, list: ['a', 'b'] });
      await update([
        { do: 'copyOnce', path: ['x0'], from: ['n', 'p0'] },
        { do: 'copyOnce', path: ['x1'], from: ['n', 'p1'] },
        { do: 'copyOnce', path: ['y'], from: ['list', 1] },
        { do: 'add', path: ['n', 'p0'], by: 5 },
      ]);
      expect(await items.get(key)).toEqual({ n: { p0: 12, p1: 9 }, x0: 7, x1: 3, y: 'b', list: ['a', 'b'] });
    });

    test('adds what stands elsewhere, as it was before; what is absent counts as 0', async () => {
      await start({ a: 5, b: 7, n: { x: 2 } });
      await update([
        { do: 'add', path: ['a'], by: 100 },
        { do: 'addCopy', path: ['b'], of: ['a'] },
        { do: 'addCopy', path: ['c'], of: ['n', 'x'] },
        { do: 'addCopy', path: ['n', 'x'], of: ['absent'] },
        { do: 'addCopy', path: ['d'], of: ['absent'] },
      ]);
      expect(await items.get(key)).toEqual({ a: 105, b: 12, c: 2, d: 0, n: { x: 2 } });
    });

    test('drops from the front of a list, all of it where it is shorter', async () => {
      await start({ t: [1, 2, 3, 4], deep: { t: [1, 2] }, short: [1] });
      await update([
        { do: 'drop', path: ['t'], count: 3 },
        { do: 'drop', path: ['deep', 't'], count: 1 },
        { do: 'drop', path: ['short'], count: 5 },
      ]);
      expect(await items.get(key)).toEqual({ t: [4], deep: { t: [2] }, short: [] });
    });

    test('drops 200 entries at once', async () => {
      await start({ t: Array.from({ length: 208 }, (_, i) => i) });
      await update([{ do: 'drop', path: ['t'], count: 200 }]);
      expect((await items.get(key))?.t).toEqual([200, 201, 202, 203, 204, 205, 206, 207]);
    });

    test('sets elements of a list, beyond its end at its end', async () => {
      await start({ t: [1, [2, 3]] });
      await update([
        { do: 'set', path: ['t', 0], to: 'x' },
        { do: 'set', path: ['t', 1, 1], to: 'y' },
        { do: 'set', path: ['t', 9], to: 'z' },
      ]);
      expect(await items.get(key)).toEqual({ t: ['x', [2, 'y'], 'z'] });
    });

    const refusals: readonly [string, Action][] = [
      ['set below an absent parent', { do: 'set', path: ['absent', 'x'], to: 1 }],
      ['set below a number', { do: 'set', path: ['n', 'x'], to: 1 }],
      ['set an index of a map', { do: 'set', path: ['map', 0], to: 1 }],
      ['set a name of a list', { do: 'set', path: ['list', 'x'], to: 1 }],
      ['setOnce below an absent parent', { do: 'setOnce', path: ['absent', 'x'], to: 1 }],
      ['copy what is absent', { do: 'copyOnce', path: ['copy'], from: ['absent'] }],
      ['copy what is absent to where something is', { do: 'copyOnce', path: ['n'], from: ['map', 'absent'] }],
      ['copyOnce below an absent parent', { do: 'copyOnce', path: ['absent', 'x'], from: ['n'] }],
      ['add a copy of a text', { do: 'addCopy', path: ['n'], of: ['text'] }],
      ['add a copy to a text', { do: 'addCopy', path: ['text'], of: ['n'] }],
      ['addCopy below an absent parent', { do: 'addCopy', path: ['absent', 'x'], of: ['n'] }],
      ['remove below an absent parent', { do: 'remove', path: ['absent', 'x'] }],
      ['add to what is absent', { do: 'add', path: ['absent'], by: 1 }],
      ['add to a text', { do: 'add', path: ['text'], by: 1 }],
      ['add to a text with a start', { do: 'add', path: ['text'], by: 1, from: 0 }],
      ['add beyond the safe integers', { do: 'add', path: ['big'], by: 1 }],
      ['add to a fraction', { do: 'add', path: ['fraction'], by: 1 }],
      ['append to what is absent', { do: 'append', path: ['absent'], values: [1] }],
      ['append to a map', { do: 'append', path: ['map'], values: [1] }],
      ['drop from what is absent', { do: 'drop', path: ['absent'], count: 1 }],
      ['drop from a text', { do: 'drop', path: ['text'], count: 1 }],
    ];
    for (const [what, action] of refusals) {
      const name = `refuses to ${what}, and changes nothing`;
      testUnder(gaps, name)(name, async () => {
        const item = { n: 1, text: 'x', big: Number.MAX_SAFE_INTEGER, fraction: 0.5, map: { k: 1 }, list: [1] };
        await start(item);
        await invalid(update([{ do: 'set', path: ['other'], to: 1 }, action]));
        expect(await items.get(key)).toEqual(item);
      });
    }

    test.each<[string, Action]>([
      ['a fraction added', { do: 'add', path: ['n'], by: 0.5 }],
      ['a fractional start', { do: 'add', path: ['n'], by: 1, from: 0.5 }],
      ['an element removed', { do: 'remove', path: ['list', 0] }],
      ['nothing dropped', { do: 'drop', path: ['list'], count: 0 }],
      ['a negative index', { do: 'set', path: ['list', -1], to: 1 }],
      ['an empty path', { do: 'set', path: [] as unknown as Path, to: 1 }],
      ['a path that begins with an index', { do: 'set', path: [0] as unknown as Path, to: 1 }],
      ['an empty name', { do: 'set', path: ['map', ''], to: 1 }],
      ['an unknown action', { do: 'multiply', path: ['n'] } as unknown as Action],
      ['more than fits an expression of 4 KB', { do: 'drop', path: ['list'], count: 1_000 }],
    ])('refuses %s whatever the item and its condition', async (_, action) => {
      await start({ n: 1, list: [1], map: {} });
      await invalid(update([action]));
      await invalid(update([action], { if: 'itemAbsent' }));
    });

    test('tells a failed condition before an action that could not be carried out', async () => {
      await start({ n: 'text' });
      const answer = await update([{ do: 'add', path: ['n'], by: 1 }], { if: 'is', path: ['n'], value: 'other' });
      expect(answer).toEqual({ applied: false, old: { n: 'text' } });
    });

    test.each<[string, Path, Path]>([
      ['the same place', ['a'], ['a']],
      ['a place and one within', ['a'], ['a', 'b']],
      ['a place and the one around', ['a', 'b', 'c'], ['a', 'b']],
      ['the same element', ['a', 0], ['a', 0]],
      ['a name and an index in the same place', ['a', 'b'], ['a', 0]],
    ])('refuses actions on %s', async (_, one, other) => {
      await start({ a: { b: { c: 1 } } });
      await invalid(
        update([
          { do: 'set', path: one, to: 1 },
          { do: 'remove', path: ['z'] },
          { do: 'set', path: other, to: 2 },
        ]),
      );
      await invalid(
        update([
          { do: 'setOnce', path: other, to: 1 },
          { do: 'setOnce', path: one, to: 2 },
        ]),
      );
    });

    test('takes siblings of one map, and names that only look alike', async () => {
      await start({ a: { b: 1, c: 1 }, 'a.b': 1 });
      await update([
        { do: 'add', path: ['a', 'b'], by: 1 },
        { do: 'add', path: ['a', 'c'], by: 2 },
        { do: 'add', path: ['a.b'], by: 3 },
      ]);
      expect(await items.get(key)).toEqual({ a: { b: 2, c: 3 }, 'a.b': 4 });
    });

    test('16 writers at once get dense, unique numbers and lose no entry', async () => {
      const writers = 16;
      const each = 25;
      await start({ n: { p0: 0, p1: 100 }, t: [], g: 5 });
      const bases: number[][] = [[], []];
      await Promise.all(
        Array.from({ length: writers }, async (_, writer) => {
          for (let i = 0; i < each; i++) {
            const { applied, old } = await update(
              [
                { do: 'append', path: ['t'], values: [Uint8Array.of(writer, i)] },
                { do: 'add', path: ['n', 'p0'], by: 3 },
                { do: 'add', path: ['n', 'p1'], by: 1 },
              ],
              { if: 'lt', path: ['g'], value: 6 },
            );
            expect(applied).toBe(true);
            const n = old?.n as { p0: number; p1: number };
            bases[0]!.push(n.p0);
            bases[1]!.push(n.p1);
            expect(old?.t).toHaveLength(n.p0 / 3);
          }
        }),
      );
      const count = writers * each;
      const sorted = bases.map((base) => base.sort((a, b) => a - b));
      expect(sorted[0]).toEqual(Array.from({ length: count }, (_, i) => 3 * i));
      expect(sorted[1]).toEqual(Array.from({ length: count }, (_, i) => 100 + i));
      const item = (await items.get(key))!;
      expect(item.n).toEqual({ p0: 3 * count, p1: 100 + count });
      const entries = (item.t as Uint8Array[]).map((entry) => entry.join());
      expect(new Set(entries).size).toBe(count);
    });
  });

  describe('a condition', () => {
    const item: Item = {
      n: 5,
      text: 'm',
      wide: '\uffee',
      nothing: null,
      yes: true,
      bytes: new Uint8Array([1, 2]),
      list: [1, { a: 2 }],
      map: { x: 1, y: { z: 'deep' } },
    };
    test.each<[boolean, Condition]>([
      [true, { if: 'itemExists' }],
      [false, { if: 'itemAbsent' }],
      [true, { if: 'exists', path: ['n'] }],
      [true, { if: 'exists', path: ['nothing'] }],
      [true, { if: 'exists', path: ['map', 'y', 'z'] }],
      [true, { if: 'exists', path: ['list', 1, 'a'] }],
      [false, { if: 'exists', path: ['list', 2] }],
      [false, { if: 'exists', path: ['list', 'length'] }],
      [false, { if: 'exists', path: ['text', 0] }],
      [false, { if: 'exists', path: ['constructor'] }],
      [false, { if: 'exists', path: ['map', 'toString'] }],
      [false, { if: 'exists', path: ['n', 'x', 'y'] }],
      [true, { if: 'absent', path: ['map', 'none', 'x'] }],
      [false, { if: 'absent', path: ['nothing'] }],
      [true, { if: 'is', path: ['n'], value: 5 }],
      [false, { if: 'is', path: ['n'], value: '5' }],
      [false, { if: 'is', path: ['none'], value: 5 }],
      [false, { if: 'is', path: ['none'], value: null }],
      [true, { if: 'is', path: ['nothing'], value: null }],
      [true, { if: 'is', path: ['bytes'], value: Buffer.from([1, 2]) }],
      [false, { if: 'is', path: ['bytes'], value: Uint8Array.of(1) }],
      [true, { if: 'is', path: ['list'], value: [1, { a: 2 }] }],
      [false, { if: 'is', path: ['list'], value: [{ a: 2 }, 1] }],
      [false, { if: 'is', path: ['list'], value: [1] }],
      [true, { if: 'is', path: ['map'], value: { y: { z: 'deep' }, x: 1 } }],
      [false, { if: 'is', path: ['map'], value: { x: 1 } }],
      [true, { if: 'isNot', path: ['n'], value: 6 }],
      [true, { if: 'isNot', path: ['n'], value: '5' }],
      [false, { if: 'isNot', path: ['n'], value: 5 }],
      [false, { if: 'isNot', path: ['none'], value: 5 }],
      [true, { if: 'lt', path: ['n'], value: 6 }],
      [false, { if: 'lt', path: ['n'], value: 5 }],
      [true, { if: 'le', path: ['n'], value: 5 }],
      [true, { if: 'gt', path: ['n'], value: 4 }],
      [false, { if: 'gt', path: ['n'], value: 5 }],
      [true, { if: 'ge', path: ['n'], value: 5 }],
      [false, { if: 'ge', path: ['n'], value: 5.5 }],
      [false, { if: 'lt', path: ['none'], value: 6 }],
      [false, { if: 'lt', path: ['n'], value: '6' }],
      [false, { if: 'gt', path: ['n'], value: '' }],
      [false, { if: 'lt', path: ['yes'], value: 2 }],
      [true, { if: 'lt', path: ['text'], value: 'n' }],
      [true, { if: 'ge', path: ['text'], value: 'm' }],
      [true, { if: 'lt', path: ['wide'], value: '🌊' }],
      [true, { if: 'all', of: [{ if: 'itemExists' }, { if: 'exists', path: ['n'] }] }],
      [false, { if: 'all', of: [{ if: 'itemExists' }, { if: 'absent', path: ['n'] }] }],
      [true, { if: 'any', of: [{ if: 'itemAbsent' }, { if: 'exists', path: ['n'] }] }],
      [false, { if: 'any', of: [{ if: 'itemAbsent' }, { if: 'absent', path: ['n'] }] }],
      [true, { if: 'all', of: [] }],
      [false, { if: 'any', of: [] }],
      [
        true,
        {
          if: 'any',
          of: [
            { if: 'all', of: [{ if: 'itemAbsent' }] },
            { if: 'all', of: [{ if: 'itemExists' }] },
          ],
        },
      ],
    ])('is %s: %j', async (expected, when) => {
      await start(item);
      const { applied, old } = await update([{ do: 'set', path: ['written'], to: true }], when);
      expect(applied).toBe(expected);
      expect(old).toEqual(item);
      expect((await items.get(key))?.written).toBe(expected ? true : undefined);
    });

    test('on an absent item compares with nothing', async () => {
      const del = (when: Condition) => items.write({ write: 'delete', key, when });
      expect((await del({ if: 'isNot', path: ['n'], value: 1 })).applied).toBe(false);
      expect((await del({ if: 'absent', path: ['n'] })).applied).toBe(true);
      expect((await del({ if: 'itemAbsent' })).applied).toBe(true);
      expect((await del({ if: 'exists', path: ['n'] })).applied).toBe(false);
    });

    test.each<[string, Condition]>([
      ['an unknown condition', { if: 'like' } as unknown as Condition],
      ['an order of booleans', { if: 'lt', path: ['n'], value: true } as unknown as Condition],
      ['a value that cannot be stored', { if: 'is', path: ['n'], value: Number.NaN }],
      ['an empty path', { if: 'exists', path: [] as unknown as Path }],
      ['too many parts', { if: 'all', of: Array.from({ length: 400 }, () => ({ if: 'itemExists' }) as const) }],
    ])('is refused with %s', async (_, when) => {
      await start(item);
      await invalid(update([], when));
    });
  });
}
