import { expect, test } from 'vitest';
import { Credentials, changeQuota, readQuotas } from '../../lib/auth/index.ts';
import { systemRandom } from '../../lib/bytes/index.ts';
import { openPlatform } from '../../lib/platform.ts';
import { memoryStores } from '../../lib/store/index.ts';

test('users have their passwords and quotas after the items were lost', async () => {
  const stores = memoryStores();
  const open = (items = stores.items) =>
    openPlatform({ stores: { ...stores, items, close: async () => {} }, background: false });
  const platform = open();
  await platform.topics.create('orders');
  await new Credentials({ items: stores.items, random: systemRandom }).setPassword('alice', 'wonderland', 4096);
  await changeQuota(stores.items, { user: 'alice' }, new Map([['producer_byte_rate', 1_000]]));
  await platform.tend({ collect: false });
  await platform.close();
  const { items } = memoryStores();
  const rebuilt = open(items);
  await rebuilt.rebuild();
  const users = new Credentials({ items, random: systemRandom });
  expect(await users.check('alice', Buffer.from('wonderland'))).toBe(true);
  expect(await users.check('alice', Buffer.from('looking-glass'))).toBe(false);
  expect(await readQuotas(items)).toEqual([{ entity: { user: 'alice' }, values: { producer_byte_rate: 1_000 } }]);
  await rebuilt.close();
});
