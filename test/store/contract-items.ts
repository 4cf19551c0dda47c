import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  ITEM_BYTES_MAX,
  type Item,
  type MetaStore,
  type Stores,
  TRANSACT_WRITES_MAX,
  type Write,
} from '../../lib/store/index.ts';
import type { OpenStores } from './contract.ts';
import { type Gaps, NO_GAPS, testUnder } from './gaps.ts';

/** Every test has a partition key of its own, so that they share one pair of stores. */
let serial = 0;

export function itemRules(open: OpenStores, gaps: Gaps = NO_GAPS): void {
  describe('items', () => {
    let stores: Stores;
    let items: MetaStore;
    let pk: string;
    beforeAll(async () => {
      stores = await open();
      items = stores.items;
    });
    beforeEach(() => {
      pk = `items/${serial++}`;
    });
    afterAll(() => stores.close());

    const put = (sk: string, item: Item, when?: Write['when']) =>
      items.write({ write: 'put', key: { pk, sk }, item, ...(when && { when }) });
    const get = (sk: string) => items.get({ pk, sk });
    const invalid = (promise: Promise<unknown>) =>
      expect(promise).rejects.toMatchObject({ name: 'StoreError', code: 'store_invalid' });

    test('values of every kind come back as they went in', async () => {
      const item: Item = {
        text: 'grüße 🌊 \u0000 end',
        empty: '',
        yes: true,
        no: false,
        nothing: null,
        zero: 0,
        big: Number.MAX_SAFE_INTEGER,
        small: Number.MIN_SAFE_INTEGER,
        fraction: 0.1,
        tiny: 1.5e-100,
        huge: -2.25e100,
        bytes: new Uint8Array([0, 1, 254, 255]),
        noBytes: new Uint8Array(0),
        list: [1, 'two', new Uint8Array([3]), [4, [5]], {}, []],
        noList: [],
        map: { 'a.b': 1, 'c[0]': { d: new Uint8Array([9]) }, constructor: 2, toString: [null] },
        noMap: {},
        'odd name #1': 1,
      };
      await put('kinds', item);
      expect(await get('kinds')).toEqual(item);
      expect((await get('kinds'))?.bytes).toBeInstanceOf(Uint8Array);
    });

    test('bytes given as a Buffer over a larger slab come back as plain bytes', async () => {
      const slab = Buffer.alloc(1_000_000, 7);
      await put('slab', { b: slab.subarray(10, 13), nested: [slab.subarray(0, 1)] });
      expect(await get('slab')).toEqual({ b: new Uint8Array([7, 7, 7]), nested: [new Uint8Array([7])] });
    });

    test('a map entry called __proto__ is an entry like any other', async () => {
      const map = JSON.parse('{"__proto__": 1, "x": 2}') as Item;
      await put('proto', { map });
      await items.write({
        write: 'update',
        key: { pk, sk: 'proto' },
        actions: [{ do: 'set', path: ['map', 'x'], to: 3 }],
      });
      const read = (await get('proto'))?.map as Item;
      expect(Object.entries(read).sort()).toEqual([
        ['__proto__', 1],
        ['x', 3],
      ]);
    });

    test('what the caller changes later does not change what is stored', async () => {
      const bytes = new Uint8Array([1]);
      const list: (number | Uint8Array)[] = [1, bytes];
      const written = put('mine', { list, bytes });
      list.push(2);
      bytes[0] = 9;
      await written;
      expect(await get('mine')).toEqual({ list: [1, new Uint8Array([1])], bytes: new Uint8Array([1]) });

      const appended = new Uint8Array([5]);
      const update = items.write({
        write: 'update',
        key: { pk, sk: 'mine' },
        actions: [{ do: 'append', path: ['list'], values: [appended] }],
      });
      appended[0] = 6;
      await update;
      ((await get('mine'))?.bytes as Uint8Array)[0] = 77;
      expect(await get('mine')).toEqual({
        list: [1, new Uint8Array([1]), new Uint8Array([5])],
        bytes: new Uint8Array([1]),
      });
    });

    test('what the caller does to an answer does not change what is stored', async () => {
      await put('answer', { bytes: new Uint8Array([1]) });
      const { old } = await put('answer', { bytes: new Uint8Array([2]) }, { if: 'itemAbsent' });
      (old?.bytes as Uint8Array)[0] = 9;
      const page = await items.query(pk);
      (page.items[0]?.item.bytes as Uint8Array)[0] = 9;
      expect(await get('answer')).toEqual({ bytes: new Uint8Array([1]) });
    });

    test.each([
      ['undefined', undefined],
      ['NaN', Number.NaN],
      ['infinity', Number.POSITIVE_INFINITY],
      ['a number beyond the range', 1e126],
      ['a number too close to zero', 1e-131],
      ['a bigint', 1n],
      ['a date', new Date(0)],
      ['a Map', new Map()],
      ['a function', () => 1],
      ['a lone surrogate', 'x\ud800'],
      ['an empty name', { '': 1 }],
    ])('%s is refused as a value', async (_, value) => {
      await invalid(put('bad', { value } as unknown as Item));
      await invalid(put('bad', { nested: [{ value }] } as unknown as Item));
      expect(await get('bad')).toBeUndefined();
    });

    test('nesting ends at 32 levels', async () => {
      const nested = (levels: number): Item => (levels === 0 ? {} : { n: nested(levels - 1) });
      await put('deep', nested(31));
      await invalid(put('deeper', nested(32)));
    });

    test('an attribute cannot have the name of the key', async () => {
      await invalid(put('named', { pk: 'x' }));
      await invalid(
        items.write({ write: 'update', key: { pk, sk: 'named' }, actions: [{ do: 'set', path: ['sk'], to: 1 }] }),
      );
      await put('named', { nested: { pk: 1, sk: 2 } });
    });

    test('a put answers with the item before it', async () => {
      expect(await put('old', { n: 1 })).toEqual({ applied: true, old: undefined });
      expect(await put('old', { n: 2 })).toEqual({ applied: true, old: { n: 1 } });
      expect(await put('old', { n: 3 }, { if: 'itemAbsent' })).toEqual({ applied: false, old: { n: 2 } });
      expect(await get('old')).toEqual({ n: 2 });
    });

    test('a delete answers with the item, under its condition', async () => {
      await put('del', { n: 1 });
      const key = { pk, sk: 'del' };
      expect(await items.write({ write: 'delete', key, when: { if: 'is', path: ['n'], value: 2 } })).toEqual({
        applied: false,
        old: { n: 1 },
      });
      expect(await items.write({ write: 'delete', key })).toEqual({ applied: true, old: { n: 1 } });
      expect(await items.write({ write: 'delete', key })).toEqual({ applied: true, old: undefined });
      expect(await get('del')).toBeUndefined();
    });

    test('keys are 1 to 2,048 and 1 to 1,024 bytes of valid Unicode', async () => {
      const at = (pk: string, sk: string) => items.write({ write: 'put', key: { pk, sk }, item: {} });
      await at(`${pk}${'é'.repeat(1_000)}`, 'é'.repeat(512));
      expect(await items.get({ pk: `${pk}${'é'.repeat(1_000)}`, sk: 'é'.repeat(512) })).toEqual({});
      await invalid(at('', 'a'));
      await invalid(at('a', ''));
      await invalid(at('x'.repeat(2_049), 'a'));
      await invalid(at('é'.repeat(1_025), 'a'));
      await invalid(at('a', 'é'.repeat(513)));
      await invalid(at('a', 'lone \udc00'));
      await invalid(items.get({ pk: '', sk: 'a' }));
      await invalid(items.query(''));
    });

    test('an item may have 400 KB, key and names included, and not a byte more', async () => {
      const overhead = 'pk'.length + pk.length + 'sk'.length + 'size'.length + 'b'.length;
      const most = ITEM_BYTES_MAX - overhead;
      await put('size', { b: new Uint8Array(most) });
      await invalid(put('size', { b: new Uint8Array(most + 1) }));
      await invalid(
        items.write({ write: 'update', key: { pk, sk: 'size' }, actions: [{ do: 'set', path: ['c'], to: true }] }),
      );
      expect((await get('size'))?.b).toHaveLength(most);
    });

    test('getMany answers in the order asked, undefined where there is none, for any number', async () => {
      await Promise.all(Array.from({ length: 250 }, (_, n) => put(`many/${n}`, { n })));
      const keys = Array.from({ length: 251 }, (_, i) => ({ pk, sk: `many/${250 - i}` }));
      const got = await items.getMany(keys);
      expect(got[0]).toBeUndefined();
      expect(got.slice(1).map((item) => item?.n)).toEqual(Array.from({ length: 250 }, (_, i) => 249 - i));
      expect(await items.getMany([])).toEqual([]);
    });

    test('a query walks one partition key in byte order of UTF-8', async () => {
      const sks = ['a', 'a\u0000', 'a\u0001', 'aa', 'b', 'ÿ', '\uffee', '🌊', '\u{10ffff}', '\u{10ffff}x', '\ue000'];
      for (const sk of [...sks].reverse()) await put(sk, { sk2: sk });
      await items.write({ write: 'put', key: { pk: `${pk}x`, sk: 'other' }, item: {} });
      const sorted = [...sks].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect((await items.query(pk)).items).toEqual(sorted.map((sk) => ({ sk, item: { sk2: sk } })));
      expect((await items.query(pk, { reverse: true })).items.map(({ sk }) => sk)).toEqual([...sorted].reverse());
      expect((await items.query(pk, { prefix: '\u{10ffff}' })).items).toHaveLength(2);
      expect((await items.query(pk, { prefix: '\u{10ffff}', reverse: true })).items).toHaveLength(2);
      expect((await items.query(pk, { after: '\uffee' })).items[0]?.sk).toBe('🌊');
    });

    test('a query takes a prefix, pages both ways, and says where to go on', async () => {
      for (let i = 0; i < 12; i++) await put(`p/${String(i).padStart(2, '0')}`, { i });
      await put('o', {});
      await put('q', {});
      for (const reverse of [false, true]) {
        const seen: number[] = [];
        let pages = 0;
        let after: string | undefined;
        do {
          const page = await items.query(pk, {
            prefix: 'p/',
            limit: 5,
            reverse,
            ...(after !== undefined && { after }),
          });
          seen.push(...page.items.map(({ item }) => item.i as number));
          after = page.next;
          pages++;
        } while (after !== undefined);
        const upward = Array.from({ length: 12 }, (_, i) => i);
        expect(seen).toEqual(reverse ? upward.reverse() : upward);
        expect(pages).toBe(3);
      }
      expect((await items.query(pk, { prefix: 'p/', after: 'p/09' })).items).toHaveLength(2);
      expect((await items.query(pk, { prefix: 'p/', after: 'a' })).items).toHaveLength(12);
      expect((await items.query(pk, { prefix: 'p/', after: 'z' })).items).toHaveLength(0);
      expect(
        (await items.query(pk, { prefix: 'p/', after: 'p/02', reverse: true })).items.map(({ item }) => item.i),
      ).toEqual([1, 0]);
      expect((await items.query(pk, { prefix: 'p/', after: 'z', reverse: true, limit: 1 })).items[0]?.item).toEqual({
        i: 11,
      });
      expect((await items.query(pk, { prefix: 'none' })).items).toEqual([]);
      expect((await items.query(`${pk}/absent`)).items).toEqual([]);
      await invalid(items.query(pk, { limit: 0 }));
      await invalid(items.query(pk, { limit: 1_001 }));
    });

    test('a page of a query ends near 1 MiB', async () => {
      for (let i = 0; i < 8; i++) await put(`big/${i}`, { b: new Uint8Array(300_000), i });
      const seen: unknown[] = [];
      let after: string | undefined;
      do {
        const page = await items.query(pk, { prefix: 'big/', ...(after !== undefined && { after }) });
        expect(page.items.length).toBeLessThanOrEqual(4);
        seen.push(...page.items.map(({ item }) => item.i));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });

    describe('in a transaction', () => {
      const at = (sk: string) => ({ pk, sk });
      const update = (sk: string, by = 1, when?: Write['when']): Write => ({
        write: 'update',
        key: at(sk),
        actions: [{ do: 'add', path: ['n'], by, from: 0 }],
        ...(when && { when }),
      });

      test('all writes are applied where all conditions hold', async () => {
        await put('a', { n: 1 });
        await put('gone', { n: 1 });
        const answer = await items.transact([
          update('a', 4),
          { write: 'put', key: at('b'), item: { n: 2 }, when: { if: 'itemAbsent' } },
          { write: 'delete', key: at('gone') },
          { write: 'check', key: at('nothing'), when: { if: 'itemAbsent' } },
        ]);
        expect(answer).toEqual({ applied: true });
        expect(await items.getMany(['a', 'b', 'gone', 'nothing'].map(at))).toEqual([
          { n: 5 },
          { n: 2 },
          undefined,
          undefined,
        ]);
      });

      test('none is applied where one condition fails, and the answer says which, on what', async () => {
        await put('a', { n: 1 });
        await put('c', { n: 3 });
        const answer = await items.transact([
          update('a', 4),
          { write: 'put', key: at('b'), item: {}, when: { if: 'itemExists' } },
          { write: 'check', key: at('c'), when: { if: 'is', path: ['n'], value: 4 } },
          { write: 'delete', key: at('d') },
        ]);
        expect(answer).toEqual({
          applied: false,
          failed: [undefined, { item: undefined }, { item: { n: 3 } }, undefined],
        });
        expect(await items.getMany(['a', 'b'].map(at))).toEqual([{ n: 1 }, undefined]);
      });

      test('an update that its item cannot take refuses the whole', async () => {
        await put('text', { n: 'one' });
        await invalid(items.transact([update('fresh'), update('text')]));
        expect(await get('fresh')).toBeUndefined();
        const lost = await items.transact([update('text'), update('fresh', 1, { if: 'itemExists' })]);
        expect(lost.applied).toBe(false);
      });

      test('a check leaves its item alone', async () => {
        await put('checked', { n: 1 });
        await items.transact([{ write: 'check', key: at('checked'), when: { if: 'itemExists' } }, update('other')]);
        expect(await get('checked')).toEqual({ n: 1 });
      });

      test(`1 to ${TRANSACT_WRITES_MAX} writes to distinct items are allowed`, async () => {
        const of = (count: number) => Array.from({ length: count }, (_, i) => update(`t/${i}`));
        await invalid(items.transact([]));
        await invalid(items.transact(of(TRANSACT_WRITES_MAX + 1)));
        await invalid(
          items.transact([update('twice'), { write: 'check', key: at('twice'), when: { if: 'itemExists' } }]),
        );
        expect(await items.transact(of(TRANSACT_WRITES_MAX))).toEqual({ applied: true });
        expect((await items.query(pk, { prefix: 't/' })).items).toHaveLength(TRANSACT_WRITES_MAX);
      });

      const tooLarge = 'items of more than 4 MiB together are refused';
      testUnder(gaps, tooLarge)(tooLarge, async () => {
        const of = (count: number): Write[] =>
          Array.from({ length: count }, (_, i) => ({
            write: 'put',
            key: at(`4m/${i}`),
            item: { b: new Uint8Array(400_000) },
          }));
        await invalid(items.transact(of(11)));
        expect(await items.transact(of(10))).toEqual({ applied: true });
      });

      test('concurrent transactions over the same items are one after the other', async () => {
        const moves = Array.from({ length: 64 }, () => items.transact([update('from', -1), update('to', 1)]));
        await Promise.all(moves);
        expect(await items.getMany([at('from'), at('to')])).toEqual([{ n: -64 }, { n: 64 }]);
      });
    });

    test('a check alone is refused', async () => {
      const check = { write: 'check', key: { pk, sk: 'a' }, when: { if: 'itemExists' } } as const;
      await invalid(items.write(check as unknown as Exclude<Write, { write: 'check' }>));
    });

    test('writes of one caller to one item, not waited for, happen in the order of the calls', async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => put('order', { n })));
      expect(answers.map(({ old }) => old?.n)).toEqual([undefined, ...Array.from({ length: 99 }, (_, n) => n)]);
      expect(await get('order')).toEqual({ n: 99 });
    });

    test('after closing every call is refused', async () => {
      const closed = await open();
      await closed.close();
      const code = { code: 'store_closed' };
      await expect(closed.items.get({ pk, sk: 'a' })).rejects.toMatchObject(code);
      await expect(closed.items.write({ write: 'put', key: { pk, sk: 'a' }, item: {} })).rejects.toMatchObject(code);
      await expect(closed.objects.put('a', [])).rejects.toMatchObject(code);
      await expect(closed.objects.get('a')).rejects.toMatchObject(code);
      await closed.close();
    });
  });
}
