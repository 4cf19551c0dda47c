import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore, Stores } from '../../lib/store/index.ts';
import type { OpenStores } from './contract.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (from: Uint8Array) => new TextDecoder().decode(from);

export function objectRules(open: OpenStores): void {
  describe('objects', () => {
    let stores: Stores;
    let objects: ObjectStore;
    beforeAll(async () => {
      stores = await open();
      objects = stores.objects;
    });
    afterAll(() => stores.close());

    test('an object is its parts, one after the other', async () => {
      await objects.put('parts/1', [bytes('ab'), new Uint8Array(0), bytes('cde')]);
      expect(text(await objects.get('parts/1'))).toBe('abcde');
      expect(await objects.size('parts/1')).toBe(5);
    });

    test('an object may be empty', async () => {
      await objects.put('empty', []);
      expect(await objects.get('empty')).toHaveLength(0);
      expect(await objects.size('empty')).toBe(0);
    });

    test('an object of many parts comes back whole', async () => {
      const parts = Array.from({ length: 3_000 }, (_, i) => bytes(`${i},`));
      await objects.put('parts/many', parts);
      expect(text(await objects.get('parts/many'))).toBe(Array.from({ length: 3_000 }, (_, i) => `${i},`).join(''));
    });

    test('of 50 racers for one key exactly one wins, and its bytes stay', async () => {
      const racers = Array.from({ length: 50 }, (_, i) => objects.put('race/key', [bytes(`racer ${i}`)]));
      const ends = await Promise.allSettled(racers);
      const winners = ends.flatMap((end, i) => (end.status === 'fulfilled' ? [i] : []));
      expect(winners).toHaveLength(1);
      expect(text(await objects.get('race/key'))).toBe(`racer ${winners[0]}`);
      for (const end of ends) {
        if (end.status === 'rejected') expect(end.reason).toMatchObject({ name: 'StoreError', code: 'object_exists' });
      }
    });

    test('what is put stays when the caller reuses its buffer', async () => {
      const buffer = bytes('before');
      await objects.put('reused', [buffer]);
      buffer.fill(0);
      expect(text(await objects.get('reused'))).toBe('before');
    });

    test('what is read may be changed by the reader alone', async () => {
      await objects.put('patched', [bytes('stays')]);
      (await objects.get('patched')).fill(0);
      expect(text(await objects.get('patched'))).toBe('stays');
    });

    test.each([
      { from: 2, to: 5, is: '234' },
      { from: 0, to: undefined, is: '0123456789' },
      { from: 7, to: undefined, is: '789' },
      { from: 8, to: 100, is: '89' },
      { from: 4, to: 4, is: '' },
      { from: 5, to: 2, is: '' },
      { from: 10, to: 20, is: '' },
      { from: 99, to: undefined, is: '' },
      { from: -3, to: undefined, is: '789' },
      { from: -10, to: undefined, is: '0123456789' },
      { from: -99, to: undefined, is: '0123456789' },
    ])('a range from $from to $to of ten bytes is "$is"', async ({ from, to, is }) => {
      if ((await objects.size('ten')) === undefined) await objects.put('ten', [bytes('0123456789')]);
      expect(text(await objects.get('ten', from, to))).toBe(is);
    });

    test('a range that means nothing is refused', async () => {
      await objects.put('ranged', [bytes('abc')]);
      await expect(objects.get('ranged', -2, 3)).rejects.toMatchObject({ code: 'store_invalid' });
      await expect(objects.get('ranged', 0.5)).rejects.toMatchObject({ code: 'store_invalid' });
      await expect(objects.get('ranged', 0, -1)).rejects.toMatchObject({ code: 'store_invalid' });
    });

    test('a key that is not there is missing to get, and has no size', async () => {
      await expect(objects.get('nothing/here')).rejects.toMatchObject({ code: 'object_missing' });
      await expect(objects.get('nothing/here', 0, 1)).rejects.toMatchObject({ code: 'object_missing' });
      expect(await objects.size('nothing/here')).toBeUndefined();
    });

    test('deleted objects are gone, deleting again is no error, and the key is free', async () => {
      await objects.put('gone/1', [bytes('1')]);
      await objects.put('gone/2', [bytes('2')]);
      expect(text(await objects.get('gone/1'))).toBe('1');
      await objects.delete(['gone/1', 'gone/2', 'gone/3']);
      await objects.delete(['gone/1']);
      await expect(objects.get('gone/1')).rejects.toMatchObject({ code: 'object_missing' });
      expect(await objects.list('gone/')).toEqual([]);
      await objects.put('gone/1', [bytes('again')]);
      expect(text(await objects.get('gone/1'))).toBe('again');
    });

    test.each([
      '',
      '/a',
      'a/',
      'a//b',
      '../a',
      'a/../b',
      './a',
      'a b',
      'ä',
      'a\\b',
      'a\0',
      `${'x'.repeat(201)}`,
      `${'x/'.repeat(600)}x`,
    ])('the key %j is refused', async (key) => {
      await expect(objects.put(key, [bytes('x')])).rejects.toMatchObject({ code: 'store_invalid' });
      await expect(objects.get(key)).rejects.toMatchObject({ code: 'store_invalid' });
    });

    test('a key may also be the beginning of other keys', async () => {
      await objects.put('both', [bytes('object')]);
      await objects.put('both/below', [bytes('below')]);
      await objects.put('under/neath', [bytes('neath')]);
      await objects.put('under', [bytes('under')]);
      expect(text(await objects.get('both'))).toBe('object');
      expect(text(await objects.get('under'))).toBe('under');
      await expect(objects.get('und')).rejects.toMatchObject({ code: 'object_missing' });
    });

    test('listing pages through all keys of a prefix in byte order', async () => {
      const keys = [
        'l/a',
        'l/a-b',
        'l/a.b',
        'l/a/b',
        'l/a/b/c',
        'l/a/c',
        'l/a0',
        'l/aB',
        'l/a_',
        'l/b/x',
        'l/b/y',
        'l/c',
      ];
      const shuffled = [...keys].sort((a, b) => ((a.length * 7) % 5) - ((b.length * 7) % 5));
      for (const key of shuffled) await objects.put(key, [bytes(key)]);
      await objects.put('l-other', [bytes('no')]);
      const sorted = [...keys].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));

      expect((await objects.list('l/')).map((info) => info.key)).toEqual(sorted);
      expect((await objects.list('l/a/')).map((info) => info.key)).toEqual(
        sorted.filter((key) => key.startsWith('l/a/')),
      );
      expect((await objects.list('l/a')).map((info) => info.key)).toEqual(
        sorted.filter((key) => key.startsWith('l/a')),
      );
      for (const limit of [1, 2, 5]) {
        const paged: string[] = [];
        for (let after: string | undefined; ; after = paged.at(-1)) {
          const page = await objects.list('l/', after === undefined ? { limit } : { limit, after });
          paged.push(...page.map((info) => info.key));
          if (page.length < limit) break;
        }
        expect(paged).toEqual(sorted);
      }
    });

    test('listing tells sizes, and starts after a key that need not exist', async () => {
      await objects.put('s/1', [bytes('1')]);
      await objects.put('s/333', [bytes('333')]);
      await objects.put('s/55555', [bytes('55555')]);
      expect(await objects.list('s/', { after: 's/2' })).toEqual([
        { key: 's/333', sizeBytes: 3 },
        { key: 's/55555', sizeBytes: 5 },
      ]);
      expect(await objects.list('s/', { after: 'a' })).toHaveLength(3);
      expect(await objects.list('s/', { after: 'z' })).toEqual([]);
      expect(await objects.list('no/such')).toEqual([]);
      await expect(objects.list('s/', { limit: 0 })).rejects.toMatchObject({ code: 'store_invalid' });
      await expect(objects.list('s/', { limit: 1_001 })).rejects.toMatchObject({ code: 'store_invalid' });
    });
  });
}
