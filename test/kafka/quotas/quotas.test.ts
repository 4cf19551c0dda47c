import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { Rate } from '../../../lib/kafka/quotas/rate.ts';
import { memoryStores } from '../../../lib/store/index.ts';
import { type SimulatedClock, settle, simulatedClock } from '../../support/clock.ts';
import { Client, openWorld, type World } from '../client.ts';
import { batchOf } from '../records.ts';

let clock: SimulatedClock;
let world: World;
beforeEach(async () => {
  clock = simulatedClock();
  world = openWorld({ platform: { clock } });
  await world.platform.topics.create('orders', { partitions: 1 });
});
afterEach(() => world.close());

type Part = readonly [type: string, name: string | null];

function alter(parts: readonly Part[], ops: Record<string, number | null>, validateOnly = false) {
  return world.client.call('AlterClientQuotas', {
    validateOnly,
    entries: [
      {
        entity: parts.map(([entityType, entityName]) => ({ entityType, entityName })),
        ops: Object.entries(ops).map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
      },
    ],
  });
}

async function all() {
  const { entries } = await world.client.call('DescribeClientQuotas', { components: [], strict: false });
  return (entries ?? []).map(({ entity, values }) => [
    entity.map(({ entityType, entityName }) => `${entityType}=${entityName}`).join(' '),
    Object.fromEntries(values.map(({ key, value }) => [key, value])),
  ]);
}

function as(user: string): Client {
  const local = { host: '10.0.0.1', port: 9092 };
  const peer = { host: '10.0.0.7', local, listener: 'SSL', tls: { principal: `User:${user}` } };
  return new Client(world.gateway.connect(peer));
}

/** Produces some 10 KB. */
function produce(client: Client, acks = 1) {
  const records = batchOf('x'.repeat(10_000));
  return client.ask('Produce', {
    acks,
    timeoutMs: 1_000,
    transactionalId: null,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
  });
}

describe('a rate', () => {
  test('allows a burst of ten seconds, and then holds up for what is too much', () => {
    const rate = new Rate();
    expect(rate.add(1_000, 0, 100)).toBe(0);
    // 1,100 at 100 a second are worth 11 s, and 10 have been counted.
    expect(rate.add(100, 0, 100)).toBe(1_000);
    expect(rate.add(0, 1_000, 100)).toBe(1_000);
  });

  test('forgets what is older than eleven seconds', () => {
    const rate = new Rate();
    rate.add(5_000, 0, 100);
    expect(rate.add(0, 10_999, 100)).toBeGreaterThan(0);
    expect(rate.add(0, 11_000, 100)).toBe(0);
    expect(rate.isOver(30_000)).toBe(true);
  });
});

describe('quotas', () => {
  test('are set, changed, shown and removed, number by number', async () => {
    await alter(
      [
        ['user', 'alice'],
        ['client-id', null],
      ],
      { producer_byte_rate: 1_000, request_percentage: 12.5 },
    );
    await alter([['user', null]], { consumer_byte_rate: 5 });
    await alter(
      [
        ['client-id', null],
        ['user', 'alice'],
      ],
      { request_percentage: null },
    );
    expect(await all()).toEqual([
      ['user=alice client-id=null', { producer_byte_rate: 1_000 }],
      ['user=null', { consumer_byte_rate: 5 }],
    ]);
    await alter(
      [
        ['user', 'alice'],
        ['client-id', null],
      ],
      { producer_byte_rate: null },
    );
    expect(await all()).toEqual([['user=null', { consumer_byte_rate: 5 }]]);
    expect((await world.platform.items.query('quotas')).items).toHaveLength(1);
  });

  test('are tried without being set', async () => {
    await alter([['user', 'alice']], { producer_byte_rate: 1_000 }, true);
    expect(await all()).toEqual([]);
  });

  test.each<[string, Part[], Record<string, number>]>([
    ['of an address', [['ip', '10.0.0.1']], { connection_creation_rate: 5 }],
    ['of nobody', [], { producer_byte_rate: 5 }],
    ['of a name that is empty', [['user', '']], { producer_byte_rate: 5 }],
    [
      'of a user twice',
      [
        ['user', 'a'],
        ['user', 'b'],
      ],
      { producer_byte_rate: 5 },
    ],
    ['that there is not', [['user', 'a']], { controller_mutation_rate: 5 }],
    ['of nothing', [['user', 'a']], { producer_byte_rate: 0 }],
    ['of half a byte', [['user', 'a']], { producer_byte_rate: 0.5 }],
    ['without end', [['user', 'a']], { request_percentage: Number.POSITIVE_INFINITY }],
  ])('%s are refused', async (_, parts, ops) => {
    const { entries } = await alter(parts, ops);
    expect(entries[0]!.errorCode).toBe(KAFKA_ERRORS.INVALID_REQUEST);
    expect(await all()).toEqual([]);
  });

  test.each<
    [string, { components: { entityType: string; matchType: number; match: string | null }[]; strict: boolean }, number]
  >([
    ['a user by name', { components: [{ entityType: 'user', matchType: 0, match: 'a' }], strict: false }, 2],
    ['a user by name, alone', { components: [{ entityType: 'user', matchType: 0, match: 'a' }], strict: true }, 1],
    ['the default of users', { components: [{ entityType: 'user', matchType: 1, match: null }], strict: true }, 1],
    ['any user', { components: [{ entityType: 'user', matchType: 2, match: null }], strict: true }, 2],
    ['any address', { components: [{ entityType: 'ip', matchType: 2, match: null }], strict: false }, 0],
    ['all', { components: [], strict: false }, 4],
  ])('are found for %s', async (_, filter, count) => {
    await alter([['user', 'a']], { producer_byte_rate: 1 });
    await alter(
      [
        ['user', 'a'],
        ['client-id', 'c'],
      ],
      { producer_byte_rate: 1 },
    );
    await alter([['user', null]], { producer_byte_rate: 1 });
    await alter([['client-id', 'c']], { producer_byte_rate: 1 });
    expect((await world.client.call('DescribeClientQuotas', filter)).entries).toHaveLength(count);
  });
});

describe('whoever takes more than that', () => {
  test('is told how long to wait, and is not served meanwhile', async () => {
    await alter([['user', 'alice']], { producer_byte_rate: 1_000 });
    const alice = as('alice');
    const first = await produce(alice);
    // 10 KB are worth ten seconds, which had not been used; the message's rest is what is too much.
    const waitMs = first!.throttleTimeMs;
    expect(waitMs).toBeGreaterThan(50);
    expect(waitMs).toBeLessThan(500);
    let served = false;
    const next = alice.call('ApiVersions', {}).then(() => {
      served = true;
    });
    await clock.advance(waitMs - 1);
    expect(served).toBe(false);
    await clock.advance(1);
    await next;
    expect((await produce(as('bob')))!.throttleTimeMs).toBe(0);
  });

  test('is held up without being told, where no answer is due', async () => {
    await alter([['user', 'alice']], { producer_byte_rate: 1_000 });
    const alice = as('alice');
    expect(await produce(alice, 0)).toBeUndefined();
    const next = alice.call('ApiVersions', {});
    await settle();
    expect(clock.sleepers).toBeGreaterThan(0);
    await clock.advance(1_000);
    await next;
  });

  test('waits for what is fetched, too', async () => {
    await produce(as('bob'));
    await alter([['user', 'alice']], { consumer_byte_rate: 1_000 });
    const ask = {
      maxBytes: 1e6,
      topics: [{ topic: 'orders', partitions: [{ partition: 0, partitionMaxBytes: 1e6, currentLeaderEpoch: -1 }] }],
    };
    const { throttleTimeMs, responses } = await as('alice').call('Fetch', ask);
    expect(throttleTimeMs).toBeGreaterThan(0);
    expect(responses[0]!.partitions[0]!.errorCode).toBe(0);
    expect((await as('bob').call('Fetch', ask)).throttleTimeMs).toBe(0);
  });

  test.each<[string, Part[][], number]>([
    [
      'user and client id before user',
      [
        [
          ['user', 'alice'],
          ['client-id', 'test'],
        ],
        [['user', 'alice']],
      ],
      0,
    ],
    ['user before the default of users', [[['user', 'alice']], [['user', null]]], 0],
    ['the default of users before client id', [[['user', null]], [['client-id', 'test']]], 0],
    ['client id before its default', [[['client-id', 'test']], [['client-id', null]]], 0],
    ['nobody else', [[['user', 'bob']], [['client-id', 'other']]], 1],
  ])('is found by %s', async (_, [large, small], expected) => {
    await alter(large!, { producer_byte_rate: expected === 0 ? 1_000_000 : 1 });
    await alter(small!, { producer_byte_rate: 1 });
    expect((await produce(as('alice')))!.throttleTimeMs).toBe(0);
  });

  test('shares the quota of a user over connections and client ids', async () => {
    await alter([['user', 'alice']], { producer_byte_rate: 2_000 });
    expect((await produce(as('alice')))!.throttleTimeMs).toBe(0);
    expect((await produce(as('alice')))!.throttleTimeMs).toBeGreaterThan(0);
  });
});

test('a quota that another gateway set counts within seconds', async () => {
  await world.close();
  const stores = { ...memoryStores(), close: async () => {} };
  world = openWorld({ platform: { clock, stores } });
  await world.platform.topics.create('orders', { partitions: 1 });
  const other = openWorld({ platform: { clock, stores } });
  await produce(as('alice'));
  await other.client.call('AlterClientQuotas', {
    entries: [{ entity: [{ entityType: 'user', entityName: null }], ops: [{ key: 'producer_byte_rate', value: 1 }] }],
  });
  await clock.advance(5_000);
  await produce(as('alice'));
  await settle();
  expect((await produce(as('alice')))!.throttleTimeMs).toBeGreaterThan(0);
  await other.close();
});
