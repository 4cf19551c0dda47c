import { createRequire } from 'node:module';
import {
  apiVersionsV4,
  findCoordinatorV6,
  consumerGroupHeartbeatV1 as heartbeat,
  metadataV12,
  offsetCommitV9,
  Reader,
} from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import {
  APIS,
  type ApiName,
  decodeRequest,
  encodeResponse,
  type Responses,
  readRequestHeader,
  UUID_ZERO,
} from '../../../lib/kafka/index.ts';
import { joined, readBack } from './messages.ts';

/** The parts of kafkajs that its clients' calls end in; it has no types for them. */
interface KafkaJsRequest {
  encode(): Promise<{ buffer: Buffer }>;
}
const require = createRequire(import.meta.url);
const kafkaJsFrame = require('kafkajs/src/protocol/request') as (request: object) => Promise<{ buffer: Buffer }>;

async function byKafkaJs(path: string, options: object): Promise<Uint8Array> {
  const make = require(`kafkajs/src/protocol/requests/${path}/request`) as (options: object) => KafkaJsRequest;
  const { buffer } = await kafkaJsFrame({ correlationId: 7, clientId: 'me', request: make(options) });
  return buffer.subarray(4);
}

async function toKafkaJs<Name extends ApiName>(path: string, name: Name, version: number, body: Responses[Name]) {
  const { decode } = require(`kafkajs/src/protocol/requests/${path}/response`) as {
    decode(b: Buffer): Promise<unknown>;
  };
  return decode(Buffer.from(joined(encodeResponse(name, version, 7, body)).subarray(4)));
}

/** A response for a parser of @platformatic/kafka; the header, a correlation id and no tags, its connection reads. */
function toPlatformatic<Name extends ApiName>(name: Name, version: number, body: Responses[Name]) {
  const bytes = joined(encodeResponse(name, version, 7, body)).subarray(name === 'ApiVersions' ? 4 : 5);
  return [7, APIS[name].key, version, Reader.from(Buffer.from(bytes))] as const;
}

const TOPIC_ID = '00112233445566778899aabbccddeeff';
const METADATA = {
  throttleTimeMs: 0,
  brokers: [{ nodeId: 1, host: '127.0.0.1', port: 9092, rack: 'az1' }],
  clusterId: 'millrace',
  controllerId: 1,
};
const PARTITION = {
  errorCode: 0,
  partitionIndex: 0,
  leaderId: 1,
  replicaNodes: [1],
  isrNodes: [1],
  offlineReplicas: [],
};

describe('kafkajs 2.2.4', () => {
  it('is read: Produce 7', async () => {
    const partitions = [{ partition: 2, firstSequence: 0, messages: [{ key: 'k', value: 'v', timestamp: 1 }] }];
    const frame = await byKafkaJs('produce/v7', {
      acks: -1,
      timeout: 30_000,
      topicData: [{ topic: 'orders', partitions }],
    });
    expect(readRequestHeader(frame)).toMatchObject({ api: 'Produce', apiVersion: 7, correlationId: 7, clientId: 'me' });
    const body = readBack('Produce', frame);
    expect(body).toMatchObject({ transactionalId: null, acks: -1, timeoutMs: 30_000, topicData: [{ name: 'orders' }] });
    const { index, records } = body.topicData[0]!.partitionData[0]!;
    expect(index).toBe(2);
    // Magic 2, behind base offset, length and leader epoch.
    expect(records![16]).toBe(2);
  });

  it('is read: Fetch 11, JoinGroup 5, Metadata 6, CreateTopics 3', async () => {
    const partitions = [{ partition: 1, fetchOffset: '42', maxBytes: 1_024 }];
    const fetch = { replicaId: -1, maxWaitTime: 5_000, minBytes: 1, maxBytes: 10_485_760, rackId: 'az1' };
    const topics = [{ topic: 'orders', partitions }];
    expect(readBack('Fetch', await byKafkaJs('fetch/v11', { ...fetch, topics }))).toMatchObject({
      ...{ maxWaitMs: 5_000, minBytes: 1, maxBytes: 10_485_760, isolationLevel: 1, sessionEpoch: -1, rackId: 'az1' },
      topics: [{ topic: 'orders', partitions: [{ partition: 1, fetchOffset: 42, partitionMaxBytes: 1_024 }] }],
    });
    const join = {
      ...{ groupId: 'g', sessionTimeout: 30_000, rebalanceTimeout: 60_000, memberId: '', protocolType: 'consumer' },
      groupProtocols: [{ name: 'RoundRobinAssigner', metadata: Buffer.from('meta') }],
    };
    const joinGroup = readBack('JoinGroup', await byKafkaJs('joinGroup/v5', join));
    expect(joinGroup).toMatchObject({
      groupId: 'g',
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 60_000,
      groupInstanceId: null,
    });
    expect(Buffer.from(joinGroup.protocols[0]!.metadata).toString()).toBe('meta');
    const metadata = await byKafkaJs('metadata/v6', { topics: ['orders'], allowAutoTopicCreation: false });
    expect(readBack('Metadata', metadata)).toMatchObject({
      topics: [{ name: 'orders' }],
      allowAutoTopicCreation: false,
    });
    const configEntries = [{ name: 'retention.ms', value: '1000' }];
    const created = [{ topic: 'orders', numPartitions: 3, replicationFactor: 1, configEntries }];
    expect(readBack('CreateTopics', await byKafkaJs('createTopics/v3', { topics: created, timeout: 5_000 }))).toEqual({
      topics: [{ name: 'orders', numPartitions: 3, replicationFactor: 1, assignments: [], configs: configEntries }],
      ...{ timeoutMs: 5_000, validateOnly: false },
    });
  });

  it('reads: Metadata 6, Fetch 11, JoinGroup 5', async () => {
    const topics = [{ errorCode: 0, name: 'orders', partitions: [PARTITION] }];
    expect(await toKafkaJs('metadata/v6', 'Metadata', 6, { ...METADATA, topics })).toMatchObject({
      ...{ brokers: METADATA.brokers, clusterId: 'millrace', controllerId: 1 },
      topicMetadata: [{ topic: 'orders', partitionMetadata: [{ partitionId: 0, leader: 1, replicas: [1], isr: [1] }] }],
    });
    const partition = {
      ...{ partitionIndex: 3, errorCode: 0, highWatermark: 2 ** 40, lastStableOffset: 2 ** 40, logStartOffset: 5 },
      ...{ abortedTransactions: [{ producerId: 8, firstOffset: 9 }], preferredReadReplica: -1, records: null },
    };
    const responses = [{ topic: 'orders', partitions: [partition] }];
    expect(
      await toKafkaJs('fetch/v11', 'Fetch', 11, { throttleTimeMs: 0, errorCode: 0, sessionId: 6, responses }),
    ).toMatchObject({
      sessionId: 6,
      responses: [
        {
          topicName: 'orders',
          partitions: [
            {
              ...{ partition: 3, highWatermark: '1099511627776', lastStartOffset: '5', messages: [] },
              abortedTransactions: [{ producerId: '8', firstOffset: '9' }],
            },
          ],
        },
      ],
    });
    const members = [{ memberId: 'a', groupInstanceId: 'one', metadata: Buffer.from('meta') }];
    const joined = { errorCode: 0, generationId: 4, protocolName: 'range', leader: 'a', memberId: 'a', members };
    expect(await toKafkaJs('joinGroup/v5', 'JoinGroup', 5, joined)).toMatchObject({
      ...{ generationId: 4, groupProtocol: 'range', leaderId: 'a' },
      members: [{ memberId: 'a', groupInstanceId: 'one', memberMetadata: Buffer.from('meta') }],
    });
  });
});

describe('@platformatic/kafka 2.12.1', () => {
  it('is read: Metadata 12, FindCoordinator 6', () => {
    const topics = [{ topicId: UUID_ZERO, name: 'orders' }];
    const metadata = metadataV12.createRequest(['orders'], true, false).buffer;
    expect(decodeRequest('Metadata', 12, metadata, 0)).toMatchObject({ topics, allowAutoTopicCreation: true });
    const coordinator = findCoordinatorV6.createRequest(0, ['g', 'h']).buffer;
    expect(decodeRequest('FindCoordinator', 6, coordinator, 0)).toEqual({
      ...{ key: '', keyType: 0, coordinatorKeys: ['g', 'h'] },
    });
  });

  it('is read: OffsetCommit 9', () => {
    const place = { partitionIndex: 1, committedLeaderEpoch: -1, committedMetadata: 'note' };
    const topics = [{ name: 'orders', partitions: [{ ...place, committedOffset: 7n }] }];
    const { buffer } = offsetCommitV9.createRequest('g', 3, 'm', null, topics);
    expect(decodeRequest('OffsetCommit', 9, buffer, 0)).toEqual({
      ...{ groupId: 'g', generationIdOrMemberEpoch: 3, memberId: 'm', groupInstanceId: null, retentionTimeMs: -1 },
      topics: [{ name: 'orders', partitions: [{ ...place, committedOffset: 7 }] }],
    });
  });

  it('is read: ConsumerGroupHeartbeat 1', () => {
    const owned = [{ topicId: '00112233-4455-6677-8899-aabbccddeeff', partitions: [0, 2] }];
    const topics = ['orders'];
    const { buffer } = heartbeat.createRequest('g', 'm', 0, null, 'az1', 45_000, topics, null, 'uniform', owned);
    expect(decodeRequest('ConsumerGroupHeartbeat', 1, buffer, 0)).toEqual({
      ...{ groupId: 'g', memberId: 'm', memberEpoch: 0, instanceId: null, rackId: 'az1', rebalanceTimeoutMs: 45_000 },
      ...{ subscribedTopicNames: topics, subscribedTopicRegex: null, serverAssignor: 'uniform' },
      topicPartitions: [{ topicId: TOPIC_ID, partitions: [0, 2] }],
    });
  });

  it('reads: Metadata 12, FindCoordinator 6', () => {
    const topics = [
      { errorCode: 0, name: 'orders', topicId: TOPIC_ID, partitions: [{ ...PARTITION, leaderEpoch: 2 }] },
    ];
    const metadata = toPlatformatic('Metadata', 12, { ...METADATA, topics });
    expect(metadataV12.parseResponse(...metadata)).toMatchObject({
      ...{ brokers: METADATA.brokers, clusterId: 'millrace' },
      topics: [
        {
          name: 'orders',
          topicId: '00112233-4455-6677-8899-aabbccddeeff',
          partitions: [{ leaderId: 1, leaderEpoch: 2 }],
        },
      ],
    });
    const coordinators = [{ key: 'g', nodeId: 1, host: 'h', port: 9_092, errorCode: 0, errorMessage: null }];
    const coordinator = toPlatformatic('FindCoordinator', 6, { coordinators });
    expect(findCoordinatorV6.parseResponse(...coordinator)).toMatchObject({ coordinators });
  });

  it('reads: ApiVersions 4, ConsumerGroupHeartbeat 1', () => {
    const apiKeys = [{ apiKey: 18, minVersion: 0, maxVersion: 4 }];
    const versions = toPlatformatic('ApiVersions', 4, { errorCode: 0, apiKeys });
    expect(apiVersionsV4.parseResponse(...versions)).toMatchObject({ errorCode: 0, apiKeys });
    const beat = { throttleTimeMs: 0, errorCode: 0, memberId: 'm', memberEpoch: 1, heartbeatIntervalMs: 5_000 };
    const assignment = { topicPartitions: [{ topicId: TOPIC_ID, partitions: [4, 5] }] };
    const answer = toPlatformatic('ConsumerGroupHeartbeat', 1, { ...beat, assignment });
    expect(heartbeat.parseResponse(...answer)).toMatchObject({ memberEpoch: 1, heartbeatIntervalMs: 5_000 });
  });
});
