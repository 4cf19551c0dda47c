import { expect, test } from 'vitest';
import { GroupError } from '../../lib/group/index.ts';
import { openLog } from '../../lib/log/index.ts';
import { StoreError, type Write } from '../../lib/store/index.ts';
import { settle } from '../support/clock.ts';
import { intercepted } from '../support/intercepted.ts';
import { world } from './world.ts';

const once = { key: 'k', fingerprint: new Uint8Array([1]) };
const mark: Write = { write: 'put', key: { pk: 'beside', sk: 'it' }, item: { here: true } };

/** What is beside no events is refused at its second try, after the first has met `code`. */
async function refusedAfter(code: 'store_unknown' | 'store_unavailable') {
  const w = await world();
  const underway: (() => Promise<unknown>)[] = [];
  const items = intercepted(w.stores.items, {
    transact: async (writes) => {
      if (code === 'store_unknown') underway.push(() => w.stores.items.transact(writes));
      throw new StoreError(code, 'As the test wants it.');
    },
  });
  const log = openLog({ stores: { ...w.stores, items }, clock: w.clock, random: w.random });
  let tries = 0;
  const writes = async () => {
    if (++tries > 1) throw new GroupError('group_fenced', 'The session is over.');
    return [mark];
  };
  let met: unknown;
  const appended = log.append([], once, { itemsMax: 1, writes }).catch((error: { code: string }) => {
    met = error.code;
  });
  while (met === undefined) {
    await settle(1);
    if (w.clock.sleepers > 0) await w.clock.step();
  }
  await appended;
  for (const write of underway) await write();
  return { met, landed: (await w.stores.items.get(mark.key)) !== undefined };
}

test('what may land yet is not refused', async () => {
  expect(await refusedAfter('store_unknown')).toEqual({ met: 'append_unknown', landed: true });
});

test('what certainly did nothing is', async () => {
  expect(await refusedAfter('store_unavailable')).toEqual({ met: 'group_fenced', landed: false });
});
