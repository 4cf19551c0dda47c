import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HANDLERS } from '../../../lib/kafka/handlers/index.ts';
import { APIS, type ApiName } from '../../../lib/kafka/index.ts';
import { openWorld, type World } from '../client.ts';
import { batchOf } from '../records.ts';

let world: World;
beforeEach(async () => {
  world = openWorld();
  await world.platform.topics.create('orders', { partitions: 2 });
});
afterEach(() => world.close());

/** A request that has work to do, and one that is refused, for every API: each version must have room for the answer. */
const REQUESTS: { readonly [Name in ApiName]?: readonly object[] } = {
  Metadata: [{ topics: [] }, { topics: [{ name: 'orders' }, { name: 'not there' }] }],
  Produce: [
    { acks: -1, topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batchOf('a') }] }] },
    { acks: 7, topicData: [{ name: 'orders', partitionData: [{ index: 0, records: null }] }] },
    { acks: 1, topicData: [{ name: 'missing', partitionData: [{ index: 0, records: batchOf('a') }] }] },
  ],
  Fetch: [
    { maxBytes: 1e6, topics: [{ topic: 'orders', partitions: [{ partition: 0, partitionMaxBytes: 1e6 }] }] },
    { maxBytes: 1e6, topics: [{ topic: 'missing', partitions: [{ partition: 0, partitionMaxBytes: 1e6 }] }] },
  ],
  ListOffsets: [
    { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1 }] }] },
    { topics: [{ name: 'missing', partitions: [{ partitionIndex: 0, timestamp: 5 }] }] },
  ],
  OffsetForLeaderEpoch: [
    { topics: [{ topic: 'orders', partitions: [{ partition: 0, leaderEpoch: 0, currentLeaderEpoch: -1 }] }] },
    { topics: [{ topic: 'orders', partitions: [{ partition: 9, leaderEpoch: 0, currentLeaderEpoch: -1 }] }] },
  ],
  FindCoordinator: [{}, {}],
  InitProducerId: [{ transactionalId: null }, { transactionalId: 't' }],
  DescribeCluster: [{ includeClusterAuthorizedOperations: true }],
  CreateTopics: [
    { topics: [{ name: 'new', numPartitions: 1, replicationFactor: 1, configs: [] }] },
    { topics: [{ name: 'bad name', numPartitions: 1, replicationFactor: 1 }] },
  ],
  DeleteTopics: [{}],
  CreatePartitions: [{ topics: [{ name: 'orders', count: 1, assignments: null }] }],
  DeleteRecords: [
    { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 0 }] }] },
    { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: 99 }] }] },
  ],
  DescribeConfigs: [
    { resources: [{ resourceType: 2, resourceName: 'orders', configurationKeys: null }] },
    { resources: [{ resourceType: 2, resourceName: 'missing', configurationKeys: null }] },
  ],
  AlterConfigs: [{ resources: [{ resourceType: 2, resourceName: 'missing', configs: [] }] }],
  IncrementalAlterConfigs: [{ resources: [{ resourceType: 4, resourceName: '0', configs: [] }] }],
  DescribeLogDirs: [{ topics: null }],
  DescribeTopicPartitions: [{ topics: [], responsePartitionLimit: 1 }, { topics: [{ name: 'missing' }] }],
  ElectLeaders: [{ topicPartitions: [{ topic: 'orders', partitions: [0, 9] }] }, { topicPartitions: null }],
  AlterPartitionReassignments: [
    { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, replicas: [0] }] }] },
    { topics: [{ name: 'missing', partitions: [{ partitionIndex: 0, replicas: null }] }] },
  ],
  ListPartitionReassignments: [{ topics: null }],
  ApiVersions: [{ clientSoftwareName: 'x', clientSoftwareVersion: '1' }],
};

const mine = (Object.keys(REQUESTS) as ApiName[]).filter((api) => HANDLERS[api]);

test.each(mine)('%s is answered in every version', async (api) => {
  const failures: unknown[] = [];
  for (let version = APIS[api].min; version <= APIS[api].max; version++) {
    for (const request of REQUESTS[api]!) {
      await world.client.call(api, request, version).catch((error: unknown) => failures.push([version, error]));
    }
  }
  expect(failures).toEqual([]);
});

test('docs/kafka.md lists every API with its versions', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/kafka.md'), 'utf8');
  const listed = [...text.matchAll(/(?<=\| )([A-Z]\w+) \| (\d+)(?:–(\d+))? (?=\|)/g)].map(([, name, min, max]) => [
    name,
    Number(min),
    Number(max ?? min),
  ]);
  const names = Object.keys(HANDLERS) as ApiName[];
  const served = names.map((name) => [name, APIS[name].advertisedMin, APIS[name].max]);
  expect(listed.sort()).toEqual(served.sort());
});

test('ApiVersions tells every handler, Produce from 0 on, and nothing else', async () => {
  const { apiKeys, errorCode } = await world.client.call('ApiVersions', {});
  expect(errorCode).toBe(0);
  const names = Object.keys(HANDLERS) as ApiName[];
  expect(apiKeys.map(({ apiKey }) => apiKey)).toEqual(names.map((name) => APIS[name].key).sort((a, b) => a - b));
  expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toEqual({ apiKey: 0, minVersion: 0, maxVersion: 12 });
  expect(apiKeys.find(({ apiKey }) => apiKey === 1)).toEqual({ apiKey: 1, minVersion: 4, maxVersion: 12 });
});

test('an unknown version of ApiVersions is answered in version 0 with what would be right', async () => {
  const request = Buffer.from('00120009000000070000', 'hex');
  const frame = await world.client.session.handle(request);
  expect(Buffer.concat(frame!.parts).toString('hex')).toBe(
    '00000010' + '00000007' + '0023' + '00000001' + '001200000004',
  );
});

test.each([
  ['an unknown API', '7fff0000000000070000'],
  ['a version of Fetch that is not served', '00010010000000070000'],
  ['an API without a handler', '00230000000000070000'],
  ['no header', '0001'],
])('%s ends the connection', async (_, hex) => {
  if (HANDLERS.DescribeLogDirs && hex.startsWith('0023')) hex = '00430000000000070000';
  await expect(world.client.session.handle(Buffer.from(hex, 'hex'))).rejects.toMatchObject({
    name: 'KafkaProtocolError',
  });
});
