import { expect, test, vi } from 'vitest';
import { systemClock, systemRandom } from '../../lib/bytes/index.ts';
import { memoryStores } from '../../lib/store/index.ts';
import { newState } from '../../lib/txn/state.ts';
import { TransactionStore } from '../../lib/txn/store.ts';

test('a read that began before a change does not take the place of what the change came to', async () => {
  const { items } = memoryStores();
  const store = new TransactionStore({ items, clock: systemClock, random: systemRandom });
  const state = newState({ producerId: 1, epoch: 0 }, 1_000, 0);
  const change = (epoch: number) => store.change('mover', async () => ({ answer: epoch, next: { ...state, epoch } }));
  await change(0);
  const get = items.get.bind(items);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  vi.spyOn(items, 'get').mockImplementationOnce(async (key) => {
    const item = await get(key);
    await released;
    return item;
  });
  const reading = store.read('mover');
  await change(1);
  release();
  expect((await reading)?.state.epoch).toBe(0);
  expect(store.remembered('mover')?.state.epoch).toBe(1);
});
