import { beforeEach, expect, test } from 'vitest';
import { memoryStores } from '../../lib/store/index.ts';
import { simulatedClock } from '../support/clock.ts';
import { client, services } from './world.ts';

const AT = '/v3/clusters/millrace';
let over: ReturnType<typeof services>;
beforeEach(async () => {
  over = services();
  await over.topics.create('orders', { partitions: 2 });
});

/** A transaction that is open in partition 1, in front of an event of somebody else. */
async function open() {
  const identity = await over.transactions.init('mover', { timeoutMs: 60_000 });
  await over.transactions.addPartitions({ id: 'mover', ...identity }, [{ topic: 'orders', partition: 1 }]);
  await client(over).produce('orders', [{ value: 1, partition: 1 }]);
  return identity;
}

test('a partition that a transaction holds back says so, and whose it is since when', async () => {
  const { producerId } = await open();
  const http = client(over);
  const held_by = {
    producer_id: producerId,
    producer_epoch: 0,
    transactional_id: 'mover',
    since: expect.stringMatching(/^\d{4}-.*Z$/),
  };
  const held = { beginning_offset: 0, end_offset: 1, last_stable_offset: 0, held_by };
  expect((await http.get('/topics/orders/partitions/1/offsets')).body).toEqual(held);
  expect((await http.get(`${AT}/topics/orders/partitions/1/offsets`)).body).toEqual(held);
  const free = { beginning_offset: 0, end_offset: 0, last_stable_offset: 0 };
  expect((await http.get('/topics/orders/partitions/0/offsets')).body).toEqual(free);
});

test('so does the lag of a group', async () => {
  const { producerId, epoch } = await open();
  await over.groups.commit('billing', [{ topic: 'orders', partition: 1, offset: 0 }]);
  const lags = async () => (await client(over).get(`${AT}/consumer-groups/billing/lags`)).body;
  const held_by = { producer_id: producerId, transactional_id: 'mover' };
  expect(await lags()).toMatchObject({
    data: [{ last_stable_offset: 0 }, { log_end_offset: 1, last_stable_offset: 0, lag: 1, held_by }],
  });
  await over.transactions.end({ id: 'mover', producerId, epoch }, 'commit');
  const { data } = (await lags()) as { data: object[] };
  expect(data[1]).toMatchObject({ log_end_offset: 2, last_stable_offset: 2 });
  expect(data[1]).not.toHaveProperty('held_by');
});

test('who may not see the transactional id is not told it', async () => {
  const { producerId } = await open();
  const access = { principalOf: () => 'User:alice' };
  const rule = { principal: 'User:alice', host: '*', operation: 'DESCRIBE', permission: 'ALLOW' } as const;
  await over.acls.create([{ ...rule, resource: { type: 'TOPIC', name: 'orders', pattern: 'LITERAL' } }]);
  const { body } = await client(over, { access }).get('/topics/orders/partitions/1/offsets');
  const held_by = { producer_id: producerId, producer_epoch: 0, transactional_id: null, since: null };
  expect(body).toMatchObject({ last_stable_offset: 0, held_by });
});

test('to ask again and again reads the ids that are in use of late alone, once a second', async () => {
  const stores = memoryStores();
  const clock = simulatedClock();
  over = services(stores, { clock });
  await over.topics.create('orders', { partitions: 1 });
  await over.transactions.init('resting', { timeoutMs: 60_000 });
  const identity = await over.transactions.init('mover', { timeoutMs: 60_000 });
  await over.transactions.addPartitions({ id: 'mover', ...identity }, [{ topic: 'orders', partition: 0 }]);
  const http = client(over);
  const produced = http.produce('orders', [{ value: 1, partition: 0 }]);
  await clock.advance(1_000);
  await produced;
  const asked: string[] = [];
  const { query, getMany } = stores.items;
  stores.items.query = (pk, options) => {
    if (pk.startsWith('txn/')) asked.push(pk);
    return query.call(stores.items, pk, options);
  };
  stores.items.getMany = (keys, options) => {
    asked.push(...keys.flatMap(({ pk, sk }) => (pk.startsWith('txn/') ? [sk] : [])));
    return getMany.call(stores.items, keys, options);
  };
  const ask = async () => (await http.get('/topics/orders/partitions/0/offsets')).body;
  const held = { held_by: { transactional_id: 'mover' } };
  expect(await Promise.all([ask(), ask()])).toMatchObject([held, held]);
  expect(asked).toEqual(['txn/open', 'mover']);
  await clock.advance(1_001);
  expect(await ask()).toMatchObject(held);
  expect(asked).toEqual(['txn/open', 'mover', 'txn/open', 'mover']);
});
