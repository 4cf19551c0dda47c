import { describe, expect, it } from 'vitest';
import { Lease, SlabPool } from '../../lib/bytes/index.ts';

const poolOf = (options: Partial<ConstructorParameters<typeof SlabPool>[0]> = {}) =>
  new SlabPool({ slabBytes: 64, slabsMax: 3, slabsKept: 1, ...options });

describe('a slab', () => {
  it('keeps its bytes for as long as somebody holds it', () => {
    const pool = poolOf();
    const slab = pool.take()!;
    slab.bytes.write('abc');
    const view = slab.bytes.subarray(0, 3);
    slab.hold();
    slab.release();
    for (let i = 0; i < 2; i++) pool.take()!.bytes.fill(0xff);
    expect(view.toString()).toBe('abc');
  });

  it('that nobody holds is used again, and views that were kept of it are empty', () => {
    const pool = poolOf();
    const first = pool.take()!;
    first.bytes.write('abc');
    const kept = first.bytes.subarray(0, 3);
    first.release();
    const second = pool.take()!;
    // The same memory: what nobody has written over is still there.
    expect(second.bytes.subarray(0, 3).toString()).toBe('abc');
    second.bytes.write('xyz');
    expect(kept.length).toBe(0);
    expect(kept[0]).toBeUndefined();
    expect(first.bytes.length).toBe(0);
  });

  it('is not there while as many are held as may be', () => {
    const pool = poolOf();
    const slabs = Array.from({ length: 3 }, () => pool.take()!);
    expect(pool.held).toBe(3);
    expect(pool.take()).toBeUndefined();
    slabs[1]!.release();
    expect(pool.held).toBe(2);
    expect(pool.take()!.bytes).toHaveLength(64);
  });

  it('beyond those that are kept is dropped, and empty all the same', () => {
    const pool = poolOf({ slabsKept: 0 });
    const slab = pool.take()!;
    const view = slab.bytes.subarray(0, 3);
    slab.release();
    expect(view.length).toBe(0);
    expect(pool.held).toBe(0);
  });
});

describe('a lease', () => {
  it('holds each slab once, and lets all go once', () => {
    const pool = poolOf();
    const [one, other] = [pool.take()!, pool.take()!];
    const lease = new Lease();
    expect(lease.empty).toBe(true);
    for (const slab of [one, other, one]) lease.hold(slab);
    one.release();
    other.release();
    expect(pool.held).toBe(2);
    expect(lease.covers(one.bytes.subarray(1, 2))).toBe(true);
    expect(lease.covers(Buffer.alloc(1))).toBe(false);
    lease.release();
    lease.release();
    expect([pool.held, lease.empty]).toEqual([0, true]);
  });

  it('joined to another one outlives it', () => {
    const pool = poolOf();
    const slab = pool.take()!;
    const [short, long] = [new Lease(), new Lease()];
    short.hold(slab);
    slab.release();
    long.join(short);
    short.release();
    expect(pool.held).toBe(1);
    long.release();
    expect(pool.held).toBe(0);
  });
});
