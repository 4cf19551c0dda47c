import { describe, expect, test } from 'vitest';
import { memoryStores } from '../../lib/store/index.ts';
import { damageObject } from '../support/damage.ts';
import { client, services, V2_JSON } from './world.ts';

const ERROR = {
  error_code: 50002,
  message: expect.stringMatching(/^Partition 0 of topic "orders" is damaged\. The batch at offset 1 has changed/),
};

/** Three requests of an event each, the second damaged, read by a process that has nothing in memory. */
async function damaged() {
  const stores = memoryStores();
  const writer = client(services(stores));
  const over = services(stores);
  await over.topics.create('orders', { partitions: 1 });
  for (const value of ['before', 'to be damaged', 'behind']) await writer.produce('orders', [{ value }]);
  await damageObject(stores.objects, 'to be damaged');
  const told: string[] = [];
  const onError = (error: unknown, request: string) => told.push(`${request}: ${(error as Error).message}`);
  return { told, ...client(over, { onError }) };
}

const valuesOf = (body: unknown) => (body as { value: unknown }[]).map(({ value }) => value);

describe('an event that has changed since it was stored', () => {
  test('ends a read before it, is an error where it comes first, and is told to the operator', async () => {
    const { get, told } = await damaged();
    const read = (offset: number) =>
      get(`/topics/orders/partitions/0/messages?offset=${offset}&count=10`, { accept: V2_JSON });
    expect(valuesOf((await read(0)).body)).toEqual(['before']);
    expect(await read(1)).toMatchObject({ status: 500, body: ERROR });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/offset 1 has changed/);
    expect(valuesOf((await read(2)).body)).toEqual(['behind']);
  });

  test('stops a consumer before it, which goes on behind it once the group is moved there', async () => {
    const { get, post } = await damaged();
    const at = '/consumers/billing/instances/one';
    const join = () => post('/consumers/billing', { name: 'one', format: 'json', 'auto.offset.reset': 'earliest' });
    await join();
    await post(`${at}/assignments`, { partitions: [{ topic: 'orders', partition: 0 }] });
    const poll = () => get(`${at}/records?timeout=0`, { accept: V2_JSON });
    expect(valuesOf((await poll()).body)).toEqual(['before']);
    expect(await poll()).toMatchObject({ status: 500, body: ERROR });
    expect(await poll()).toMatchObject({ status: 500, body: ERROR });
    await post(`${at}/positions`, { offsets: [{ topic: 'orders', partition: 0, offset: 2 }] });
    expect(valuesOf((await poll()).body)).toEqual(['behind']);
  });
});
