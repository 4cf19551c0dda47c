import { describe, expect, it } from 'vitest';
import { Lease } from '../../lib/bytes/index.ts';
import { ChunkCache } from '../../lib/log/cache.ts';
import { SLAB_CHUNKS_MAX } from '../../lib/log/limits.ts';
import { seededRandom } from '../support/clock.ts';
import { batchOf, world } from './world.ts';

const bytesOf = (name: string, length: number) => Buffer.alloc(length, name);

describe('what was written', () => {
  it('is cached as a copy in one piece, so that the writer may use its memory again', () => {
    const cache = new ChunkCache(8_000, 0);
    const [one, two] = [bytesOf('1', 10), bytesOf('2', 20)];
    cache.set('a', [one, two], true);
    one.fill(0);
    const lease = new Lease();
    expect(cache.get('a', lease)).toEqual([Buffer.concat([bytesOf('1', 10), two])]);
    expect(cache.get('b', lease)).toBeUndefined();
    expect([cache.hits, cache.misses, cache.bytes]).toEqual([1, 1, 30]);
  });

  it('goes oldest first, and what a reader holds stays as it was until it is let go', () => {
    const cache = new ChunkCache(8_000, 0);
    const random = seededRandom(7);
    const held: { name: string; length: number; view: Uint8Array; lease: Lease }[] = [];
    const right = ({ name, length, view }: (typeof held)[number]) => bytesOf(name, length).equals(view);
    for (let i = 0; i < 2_000; i++) {
      const [name, length] = [`c${i}`, 1 + Math.floor(random.next() * 3_000)];
      cache.set(name, [bytesOf(name, length)], true);
      expect(cache.bytes).toBeLessThanOrEqual(8_000);
      const lease = new Lease();
      const view = cache.get(name, lease)![0]!;
      if (random.next() < 0.2) held.push({ name, length, view, lease });
      else lease.release();
      expect(held.every(right)).toBe(true);
      if (held.length < 20) continue;
      const [gone] = held.splice(Math.floor(random.next() * held.length), 1);
      gone!.lease.release();
    }
    for (const { lease } of held) lease.release();
    // None of those slabs is what is cached now, or their views would be wrong rather than empty.
    const inUse = cache.slabs;
    expect(inUse).toBeLessThanOrEqual(8);
    for (const one of held) expect(one.view.length === 0 || right(one)).toBe(true);
  });

  it.each([100, 1_500])(
    'is copied for readers while others hold too much of what is gone: chunks of %i bytes',
    (length) => {
      const cache = new ChunkCache(8_000, 0);
      const never = Array.from({ length: 2_000 }, (_, i) => {
        cache.set(`c${i}`, [bytesOf(`c${i}`, length)], true);
        const lease = new Lease();
        return { view: cache.get(`c${i}`, lease)![0]!, lease };
      });
      expect(never.every(({ view }, i) => bytesOf(`c${i}`, length).equals(view))).toBe(true);
      const shared = new Set(never.filter(({ lease, view }) => lease.covers(view)).map(({ view }) => view.buffer));
      const sharedBytes = [...shared].reduce((sum, { byteLength }) => sum + byteLength, 0);
      // What is forgotten while there is room for it, what was held then, and what is there.
      expect(sharedBytes).toBeLessThanOrEqual(3 * 8_000);
      for (const { lease } of never) lease.release();
      const lease = new Lease();
      expect(lease.covers(cache.get('c1999', lease)![0]!)).toBe(true);
    },
  );

  it('that is tiny is bounded by number, too', () => {
    const cache = new ChunkCache(8 << 20, 0);
    for (let i = 0; i < 8 * SLAB_CHUNKS_MAX + 1; i++) cache.set(`c${i}`, [bytesOf('t', 1)], true);
    expect(cache.bytes).toBe(7 * SLAB_CHUNKS_MAX + 1);
    expect(cache.get('c0', new Lease())).toBeUndefined();
    expect(cache.get(`c${SLAB_CHUNKS_MAX}`, new Lease())).toEqual([bytesOf('t', 1)]);
  });

  it('is not kept where it is larger than all the room', () => {
    const cache = new ChunkCache(1_000, 0);
    cache.set('small', [bytesOf('s', 500)], true);
    cache.set('large', [bytesOf('l', 1_001)], true);
    expect(cache.get('large', new Lease())).toBeUndefined();
    expect(cache.get('small', new Lease())).toEqual([bytesOf('s', 500)]);
    expect(new ChunkCache(0, 0).bytes).toBe(0);
  });

  it('is not pushed out by what readers far behind bring', () => {
    const cache = new ChunkCache(1_000, 1_000);
    cache.set('hot', [bytesOf('h', 100)], true);
    for (let i = 0; i < 50; i++) cache.set(`c${i}`, [bytesOf('c', 100)], false);
    expect(cache.get('hot', new Lease())).toEqual([bytesOf('h', 100)]);
    expect(cache.get('c0', new Lease())).toBeUndefined();
    expect(cache.get('c49', new Lease())).toEqual([bytesOf('c', 100)]);
    expect(cache.bytes).toBe(1_100);
  });
});

describe('a fetch', () => {
  const text = (i: number) => `event ${i} `.repeat(40);
  const settings = { hotCacheBytes: 16_000, coldCacheBytes: 0 };

  it('with a lease shows the cache’s memory, which is not used again before the lease is released', async () => {
    const w = await world({ settings });
    await w.log.append([batchOf(w.at(0), [text(0)])]);
    const lease = new Lease();
    const read = { from: w.at(0), offset: 0, maxBytes: 1e6 };
    const [found] = await w.log.fetch([read], { maxBytes: 1e6, lease });
    const before = Buffer.from(found!.batches[0]!);
    expect(lease.covers(found!.batches[0]!)).toBe(true);
    for (let i = 1; i < 200; i++) await w.log.append([batchOf(w.at(0), [text(i)])]);
    expect(before.equals(found!.batches[0]!)).toBe(true);
    const inUse = w.log.stats().cacheSlabs;
    lease.release();
    expect(w.log.stats().cacheSlabs).toBe(inUse - 1);
    expect(found!.batches[0]!.length).toBe(0);
  });

  it('without one returns bytes of its own, and holds nothing', async () => {
    const w = await world({ settings });
    await w.log.append([batchOf(w.at(0), [text(0)])]);
    const [found] = await w.log.fetch([{ from: w.at(0), offset: 0, maxBytes: 1e6 }], { maxBytes: 1e6 });
    const before = Buffer.from(found!.batches[0]!);
    for (let i = 1; i < 200; i++) await w.log.append([batchOf(w.at(0), [text(i)])]);
    expect(before.equals(found!.batches[0]!)).toBe(true);
    expect(w.log.stats().cacheSlabs).toBeLessThanOrEqual(8);
  });

  it('that waits holds nothing meanwhile, and one that fails holds nothing afterwards', async () => {
    const w = await world({ settings });
    await w.log.append([batchOf(w.at(0), [text(0)])]);
    const lease = new Lease();
    const stop = new AbortController();
    const options = { maxBytes: 1e6, minBytes: 1e6, maxWaitMs: 1_000, signal: stop.signal, lease };
    const waiting = w.log.fetch([{ from: w.at(0), offset: 0, maxBytes: 1e6 }], options);
    for (let i = 1; i < 200; i++) await w.log.append([batchOf(w.at(0), ['short'])]);
    stop.abort();
    await expect(waiting).rejects.toThrow();
    expect(lease.empty).toBe(true);
    expect(w.log.stats().cacheSlabs).toBeLessThanOrEqual(8);
  });
});
