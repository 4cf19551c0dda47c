import { describe, expect, test } from 'vitest';
import {
  commitOffsets,
  hasCommitted,
  type LedgerOffsets,
  latestTimeMs,
  offsetsKey,
  parseOffsetsItem,
} from '../../lib/group/offsets-item.ts';
import { type Item, memoryStores } from '../../lib/store/index.ts';
import { ORDERS } from './states.ts';

type Slot = LedgerOffsets['slots'] extends ReadonlyMap<number, infer One> ? One : never;

function ledger(...slots: [slot: number, offset: number, metadata?: string][]) {
  const entries = slots.map(([slot, offset, metadata]): [number, Slot] => [
    slot,
    { offset, metadata, leaderEpoch: undefined },
  ]);
  return { topic: 'orders', topicId: ORDERS, ledger: 2, firstPartition: 64, slots: new Map(entries) };
}

async function store() {
  const { items } = memoryStores();
  const key = offsetsKey('g', ORDERS, 2);
  return {
    commit: async (slots: LedgerOffsets, timeMs: number) =>
      (await items.write(commitOffsets('g', slots, timeMs))).applied,
    stored: async () => parseOffsetsItem(key.sk, (await items.get(key))!),
  };
}

describe('the offsets item', () => {
  test('holds offset, time, metadata and leader epoch per slot, and the topic', async () => {
    const { commit, stored } = await store();
    await commit(ledger([0, 5, 'note'], [31, Number.MAX_SAFE_INTEGER]), 100);
    await commit({ ...ledger(), slots: new Map([[7, { offset: 1, metadata: '', leaderEpoch: 4 }]]) }, 90);
    expect(await stored()).toEqual({
      topic: 'orders',
      topicId: ORDERS,
      ledger: 2,
      slots: new Map([
        [0, { offset: 5, timeMs: 100, metadata: 'note', leaderEpoch: undefined }],
        [31, { offset: Number.MAX_SAFE_INTEGER, timeMs: 100, metadata: undefined, leaderEpoch: undefined }],
        [7, { offset: 1, timeMs: 90, metadata: '', leaderEpoch: 4 }],
      ]),
      pending: [],
      open: { partitions: [], decidedBy: new Map() },
    });
  });

  test('a commit that comes late does not undo a later one, and leaves its other slots alone too', async () => {
    const { commit, stored } = await store();
    expect(await commit(ledger([0, 5], [1, 5]), 100)).toBe(true);
    expect(await commit(ledger([0, 3], [2, 3]), 99)).toBe(false);
    expect(await commit(ledger([0, 3]), 100)).toBe(false);
    expect([...(await stored()).slots.keys()]).toEqual([0, 1]);
    expect(latestTimeMs(await stored(), ledger([0, 3], [2, 3]))).toBe(100);
    expect(latestTimeMs(await stored(), ledger([2, 3]))).toBe(Number.NEGATIVE_INFINITY);
  });

  test('tells a commit that landed from one of the same moment that did not', async () => {
    const { commit, stored } = await store();
    await commit(ledger([0, 5, 'x'], [1, 6]), 100);
    expect(hasCommitted(await stored(), ledger([0, 5, 'x'], [1, 6]), 100)).toBe(true);
    expect(hasCommitted(await stored(), ledger([0, 5]), 100)).toBe(false);
    expect(hasCommitted(await stored(), ledger([1, 6]), 101)).toBe(false);
    expect(hasCommitted(await stored(), ledger([1, 6], [2, 6]), 100)).toBe(false);
  });

  test('all 32 slots go in one write', async () => {
    const { commit } = await store();
    const all = Array.from({ length: 32 }, (_, slot): [number, number, string] => [slot, slot, 'm'.repeat(4_096)]);
    expect(await commit(ledger(...all), 100)).toBe(true);
  });

  test.each<[string, string, Item]>([
    ['no topic', `offsets/${ORDERS}/00001`, { p0: { o: 1, t: 1 } }],
    ['no number', `offsets/${ORDERS}/00001`, { n: 'orders', p0: { o: '1', t: 1 } }],
    ['no map', `offsets/${ORDERS}/00001`, { n: 'orders', p0: 7 }],
    ['no ledger', `offsets/${ORDERS}`, { n: 'orders' }],
  ])('what is no offsets item is told cleanly: %s', (_, sk, item) => {
    expect(() => parseOffsetsItem(sk, item)).toThrow(expect.objectContaining({ code: 'group_corrupt' }));
  });
});
