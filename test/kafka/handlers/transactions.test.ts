import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { openPlatform } from '../../../lib/platform.ts';
import { memoryStores, type Stores } from '../../../lib/store/index.ts';
import { transactionKey } from '../../../lib/txn/transaction-item.ts';
import { simulatedClock } from '../../support/clock.ts';
import { type Client, openWorld, type World } from '../client.ts';
import { batchWith, recordsOf } from '../records.ts';

let world: World;
let other: World;
let client: Client;
let stores: Stores;
beforeEach(async () => {
  stores = memoryStores();
  // Two gateways over one pair of stores.
  world = openWorld({ platform: { stores, aloneInStores: false } });
  other = openWorld({ platform: { stores: { ...stores, close: async () => {} }, aloneInStores: false } });
  client = world.client;
  await world.platform.topics.create('orders', { partitions: 3 });
});
afterEach(async () => {
  await other.close();
  await world.close();
});

interface Producer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

const ID = 'mover';

async function init(through = client, more: object = {}, version = 4): Promise<Producer & { errorCode: number }> {
  return through.call(
    'InitProducerId',
    { transactionalId: ID, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1, ...more },
    version,
  );
}

async function add({ producerId, producerEpoch }: Producer, topics: Record<string, number[]>, version = 3) {
  const answer = await client.call(
    'AddPartitionsToTxn',
    {
      v3AndBelowTransactionalId: ID,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
    },
    version,
  );
  return answer.resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) =>
    resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
  );
}

async function produce(producer: Producer, value: string, baseSequence: number, { version = 11, index = 0 } = {}) {
  const records = batchWith({ ...producer, baseSequence, transactional: true }, value);
  const topicData = [{ name: 'orders', partitionData: [{ index, records }] }];
  const ask = { acks: -1, timeoutMs: 1_000, transactionalId: ID, topicData };
  return (await client.call('Produce', ask, version)).responses[0]!.partitionResponses[0]!.errorCode;
}

async function end(producer: Producer, committed: boolean, through = client, version = 4): Promise<number> {
  const { producerId, producerEpoch } = producer;
  const ask = { transactionalId: ID, producerId, producerEpoch, committed };
  return (await through.call('EndTxn', ask, version)).errorCode;
}

async function fetch(isolationLevel: number, fetchOffset = 0) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1e6, currentLeaderEpoch: -1 }];
  const answer = await client.call('Fetch', {
    replicaId: -1,
    maxBytes: 1e6,
    isolationLevel,
    topics: [{ topic: 'orders', partitions }],
  });
  return answer.responses[0]!.partitions[0]!;
}

async function endOffset(isolationLevel: number) {
  const partitions = [{ partitionIndex: 0, timestamp: -1, currentLeaderEpoch: -1 }];
  const { topics } = await client.call('ListOffsets', { isolationLevel, topics: [{ name: 'orders', partitions }] });
  return topics[0]!.partitions[0]!.offset;
}

describe('a transaction', () => {
  test('is held back from read_committed until EndTxn, and what was aborted is told', async () => {
    const producer = await init();
    expect(producer).toMatchObject({ errorCode: 0, producerEpoch: 0 });
    expect(await add(producer, { orders: [0, 1] })).toEqual([0, 0]);
    expect(await produce(producer, 'a', 0)).toBe(0);
    expect([await endOffset(0), await endOffset(1)]).toEqual([1, 0]);
    expect(await fetch(1)).toMatchObject({ highWatermark: 1, lastStableOffset: 0, abortedTransactions: [] });
    expect(recordsOf((await fetch(0)).records)).toEqual([[0, 'a']]);
    expect(await end(producer, false)).toBe(0);
    expect([await endOffset(0), await endOffset(1)]).toEqual([2, 2]);
    const { producerId } = producer;
    expect(await fetch(1)).toMatchObject({
      lastStableOffset: 2,
      abortedTransactions: [{ producerId, firstOffset: 0 }],
    });
    expect((await fetch(0)).abortedTransactions).toBeNull();
    // Behind its marker nothing of it is told any more.
    expect((await fetch(1, 2)).abortedTransactions).toEqual([]);
  });

  test('ends once, though the answer was lost and it is asked again through another gateway', async () => {
    const producer = await init();
    await add(producer, { orders: [0] });
    await produce(producer, 'a', 0);
    expect(await end(producer, true)).toBe(0);
    expect(await end(producer, true, other.client)).toBe(0);
    expect(await end(producer, false, other.client)).toBe(KAFKA_ERRORS.INVALID_TXN_STATE);
    expect(await endOffset(1)).toBe(2);
  });

  test('of a producer that was replaced is over for it, in the words of each version', async () => {
    const old = await init();
    await add(old, { orders: [0] });
    await produce(old, 'a', 0);
    const next = await init(other.client);
    expect(next).toMatchObject({ errorCode: 0, producerId: old.producerId, producerEpoch: 1 });
    const { PRODUCER_FENCED, INVALID_PRODUCER_EPOCH } = KAFKA_ERRORS;
    expect(await end(old, true)).toBe(PRODUCER_FENCED);
    expect(await end(old, true, client, 1)).toBe(INVALID_PRODUCER_EPOCH);
    expect(await add(old, { orders: [1] })).toEqual([PRODUCER_FENCED]);
    expect(await add(old, { orders: [1] }, 1)).toEqual([INVALID_PRODUCER_EPOCH]);
    expect(await produce(old, 'late', 1)).toBe(INVALID_PRODUCER_EPOCH);
    const expected = { producerId: old.producerId, producerEpoch: old.producerEpoch };
    expect((await init(client, expected)).errorCode).toBe(PRODUCER_FENCED);
    expect((await init(client, expected, 3)).errorCode).toBe(INVALID_PRODUCER_EPOCH);
    expect(recordsOf((await fetch(1)).records)).toHaveLength(2);
    expect((await fetch(1)).abortedTransactions).toHaveLength(1);
  });

  test('takes nothing into partitions that were not added, nor from unknown producers', async () => {
    const producer = await init();
    expect(await produce(producer, 'a', 0)).toBe(KAFKA_ERRORS.TRANSACTION_ABORTABLE);
    expect(await produce(producer, 'a', 0, { version: 10 })).toBe(KAFKA_ERRORS.INVALID_TXN_STATE);
    const stranger = { producerId: producer.producerId + 1, producerEpoch: 0 };
    const { INVALID_PRODUCER_ID_MAPPING } = KAFKA_ERRORS;
    expect(await produce(stranger, 'a', 0)).toBe(INVALID_PRODUCER_ID_MAPPING);
    expect(await add(stranger, { orders: [0] })).toEqual([INVALID_PRODUCER_ID_MAPPING]);
    expect(await end(stranger, true)).toBe(INVALID_PRODUCER_ID_MAPPING);
    expect(await end(producer, true)).toBe(KAFKA_ERRORS.INVALID_TXN_STATE);
  });

  test('gets all of the partitions asked for, or none', async () => {
    const producer = await init();
    const { UNKNOWN_TOPIC_OR_PARTITION, OPERATION_NOT_ATTEMPTED } = KAFKA_ERRORS;
    expect(await add(producer, { orders: [0, 9], nothing: [0] })).toEqual([
      OPERATION_NOT_ATTEMPTED,
      UNKNOWN_TOPIC_OR_PARTITION,
      UNKNOWN_TOPIC_OR_PARTITION,
    ]);
    const described = await client.call('DescribeTransactions', { transactionalIds: [ID, 'nobody'] });
    expect(described.transactionStates).toMatchObject([
      { errorCode: 0, transactionState: 'Empty', topics: [] },
      { errorCode: KAFKA_ERRORS.TRANSACTIONAL_ID_NOT_FOUND },
    ]);
  });

  test('commits without a topic that was deleted meanwhile', async () => {
    await world.platform.topics.create('passing', { partitions: 2 });
    const producer = await init();
    await add(producer, { orders: [0], passing: [0, 1] });
    await produce(producer, 'a', 0);
    await world.platform.topics.delete('passing');
    expect(await end(producer, true)).toBe(0);
    expect(recordsOf((await fetch(1)).records)[0]).toEqual([0, 'a']);
  });

  test('is listed, by state, producer, duration and pattern', async () => {
    const producer = await init();
    await add(producer, { orders: [0] });
    const list = async (filters: object) => {
      const asked = { stateFilters: [], producerIdFilters: [], durationFilter: -1, transactionalIdPattern: null };
      const { transactionStates, unknownStateFilters } = await client.call('ListTransactions', {
        ...asked,
        ...filters,
      });
      return [transactionStates.map(({ transactionState }) => transactionState), unknownStateFilters];
    };
    expect(await list({})).toEqual([['Ongoing'], []]);
    expect(await list({ stateFilters: ['Empty', 'Whatever'] })).toEqual([[], ['Whatever']]);
    expect(await list({ producerIdFilters: [producer.producerId] })).toEqual([['Ongoing'], []]);
    expect(await list({ durationFilter: 3600_000 })).toEqual([[], []]);
    expect(await list({ transactionalIdPattern: 'mo.*' })).toEqual([['Ongoing'], []]);
    expect(await list({ transactionalIdPattern: 'mo' })).toEqual([[], []]);
  });

  test('shows in the producers of its partitions, to every gateway, and can be aborted there', async () => {
    const producer = await init();
    await add(producer, { orders: [0] });
    await produce(producer, 'a', 0);
    const { producerId, producerEpoch } = producer;
    const describe = async (name: string, partition: number) => {
      const topics = [{ name, partitionIndexes: [partition] }];
      return (await other.client.call('DescribeProducers', { topics })).topics[0]!.partitions[0]!;
    };
    const { activeProducers, ...rest } = await describe('orders', 0);
    expect(rest).toEqual({ partitionIndex: 0, errorCode: 0, errorMessage: null });
    const lastTimestamp = expect.any(Number);
    const state = { producerId, producerEpoch, coordinatorEpoch: -1, lastSequence: 0, lastTimestamp };
    expect(activeProducers).toEqual([{ ...state, currentTxnStartOffset: 0 }]);
    const unknown = { errorCode: KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION, activeProducers: [] };
    expect(await describe('orders', 3)).toMatchObject(unknown);
    expect(await describe('nothing', 0)).toMatchObject(unknown);
    const mark = async (transactionResult: boolean, partitionIndexes: number[]) => {
      const topics = [{ name: 'orders', partitionIndexes }];
      const markers = [{ producerId, producerEpoch, transactionResult, topics, coordinatorEpoch: 0 }];
      const answer = await other.client.call('WriteTxnMarkers', { markers });
      return answer.markers.flatMap((one) => one.topics.flatMap((of) => of.partitions.map((at) => at.errorCode)));
    };
    expect(await mark(true, [0])).toEqual([KAFKA_ERRORS.INVALID_REQUEST]);
    expect(await mark(false, [0, 1, 3])).toEqual([0, 0, KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION]);
    expect((await describe('orders', 0)).activeProducers).toMatchObject([{ currentTxnStartOffset: -1 }]);
    expect(await endOffset(1)).toBe(2);
    expect((await fetch(1)).abortedTransactions).toHaveLength(1);
    expect(await end(producer, true)).toBe(KAFKA_ERRORS.PRODUCER_FENCED);
  });

  test.each([0, -1, 900_001])('cannot have a time-out of %i ms', async (transactionTimeoutMs) => {
    const answer = await init(client, { transactionTimeoutMs });
    expect(answer).toMatchObject({ errorCode: KAFKA_ERRORS.INVALID_TRANSACTION_TIMEOUT, producerId: -1 });
  });
});

describe('the offsets of a transaction', () => {
  const addOffsets = async ({ producerId, producerEpoch }: Producer, groupId = 'g') =>
    (await client.call('AddOffsetsToTxn', { transactionalId: ID, producerId, producerEpoch, groupId })).errorCode;
  const commit = async (producer: Producer, member: object = {}, version = 4) => {
    const { producerId, producerEpoch } = producer;
    const topics = [
      { name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: 'm' }] },
    ];
    const ask = { transactionalId: ID, groupId: 'g', producerId, producerEpoch, generationId: -1, topics, ...member };
    return (await client.call('TxnOffsetCommit', ask, version)).topics[0]!.partitions[0]!.errorCode;
  };
  const committed = async (requireStable: boolean) => {
    const groups = [{ groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [0] }] }];
    const answer = await client.call('OffsetFetch', { groups, requireStable }, 8);
    const { committedOffset, metadata, errorCode } = answer.groups[0]!.topics[0]!.partitions[0]!;
    return [committedOffset, metadata, errorCode];
  };

  test('are committed with it, and unstable before', async () => {
    const producer = await init();
    expect(await commit(producer, {}, 3)).toBe(KAFKA_ERRORS.INVALID_TXN_STATE);
    expect(await commit(producer)).toBe(KAFKA_ERRORS.TRANSACTION_ABORTABLE);
    expect(await addOffsets(producer)).toBe(0);
    expect(await commit(producer)).toBe(0);
    expect(await committed(false)).toEqual([-1, '', 0]);
    expect(await committed(true)).toEqual([-1, '', KAFKA_ERRORS.UNSTABLE_OFFSET_COMMIT]);
    expect(await end(producer, true)).toBe(0);
    expect(await committed(true)).toEqual([5, 'm', 0]);
  });

  test('are those of a member in its generation, where it says who it is (KIP-447)', async () => {
    const producer = await init();
    await addOffsets(producer);
    expect(await commit(producer, { generationId: 3, memberId: 'm' })).toBe(KAFKA_ERRORS.ILLEGAL_GENERATION);
    expect(await end(producer, true)).toBe(0);
    expect(await committed(true)).toEqual([-1, '', 0]);
  });
});

// What Kafka 4.3.1 answers to the same.
describe('a transaction of version 2 (KIP-890)', () => {
  const endOf = async ({ producerId, producerEpoch }: Producer, committed: boolean, through = client) =>
    through.call('EndTxn', { transactionalId: ID, producerId, producerEpoch, committed }, 5);
  const commit = async ({ producerId, producerEpoch }: Producer) => {
    const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 5 }] }];
    const ask = { transactionalId: ID, groupId: 'g', producerId, producerEpoch, generationId: -1, topics };
    return (await client.call('TxnOffsetCommit', ask, 5)).topics[0]!.partitions[0]!.errorCode;
  };
  const V2 = { version: 12 };
  const { PRODUCER_FENCED, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, OUT_OF_ORDER_SEQUENCE_NUMBER } = KAFKA_ERRORS;

  test('is what clients are told to use; what may be at 0 from version 4 on alone', async () => {
    const ask = { clientSoftwareName: 'c', clientSoftwareVersion: '1' };
    const name = 'transaction.version';
    const finalizedFeatures = [{ name, minVersionLevel: 2, maxVersionLevel: 2 }];
    expect(await client.call('ApiVersions', ask, 3)).toMatchObject({ finalizedFeatures, supportedFeatures: [] });
    const supportedFeatures = [{ name, minVersion: 0, maxVersion: 2 }];
    expect(await client.call('ApiVersions', ask, 4)).toMatchObject({ finalizedFeatures, supportedFeatures });
    expect((await client.call('ApiVersions', ask, 4)).finalizedFeaturesEpoch).toBeGreaterThanOrEqual(0);
  });

  test('begins with what is sent, and ends with the next epoch', async () => {
    const producer = await init();
    expect(await produce(producer, 'a', 0, V2)).toBe(0);
    expect(await produce(producer, 'b', 1, V2)).toBe(0);
    expect(await produce(producer, 'c', 0, { ...V2, index: 1 })).toBe(0);
    expect(await commit(producer)).toBe(0);
    expect(await endOffset(1)).toBe(0);
    const next = { errorCode: 0, producerId: producer.producerId, producerEpoch: 1 };
    expect(await endOf(producer, true)).toMatchObject(next);
    expect(await endOf(producer, true, other.client)).toMatchObject(next);
    expect(await endOf(producer, false, other.client)).toMatchObject({ errorCode: INVALID_TXN_STATE, producerId: -1 });
    expect(await endOffset(1)).toBe(3);
    expect(await produce(next, 'd', 5, V2)).toBe(OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(await produce(next, 'd', 0, V2)).toBe(0);
    expect(await endOf(producer, true)).toMatchObject({ errorCode: PRODUCER_FENCED });
    expect(await endOf(next, false)).toMatchObject({ errorCode: 0, producerEpoch: 2 });
    expect((await fetch(1)).abortedTransactions).toHaveLength(1);
  });

  test('is opened by nothing that comes late', async () => {
    const producer = await init();
    await produce(producer, 'a', 0, V2);
    await endOf(producer, true);
    for (const index of [0, 1, 2])
      expect(await produce(producer, 'late', 1, { ...V2, index })).toBe(INVALID_PRODUCER_EPOCH);
    expect(await produce(producer, 'late', 0, { index: 1 })).toBe(INVALID_PRODUCER_EPOCH);
    expect(await commit(producer)).toBe(INVALID_PRODUCER_EPOCH);
    expect([await endOffset(0), await endOffset(1)]).toEqual([2, 2]);
    expect((await world.platform.transactions.describe(ID)).status).toBe('committed');
    const stranger = { producerId: producer.producerId + 1, producerEpoch: 0 };
    expect(await produce(stranger, 'a', 0, V2)).toBe(KAFKA_ERRORS.INVALID_PRODUCER_ID_MAPPING);
  });

  test('that never began can be aborted, not committed', async () => {
    const producer = await init();
    expect(await endOf(producer, true)).toMatchObject({ errorCode: INVALID_TXN_STATE, producerEpoch: -1 });
    expect(await endOf(producer, false)).toMatchObject({ errorCode: 0, producerEpoch: 1 });
    expect(await endOf(producer, false)).toMatchObject({ errorCode: 0, producerEpoch: 1 });
  });

  test('takes a partition in for each batch that can be stored, and tells of each that cannot', async () => {
    const producer = await init();
    const records = batchWith({ ...producer, baseSequence: 0, transactional: true }, 'a');
    const topicData = [
      { name: 'nothing', partitionData: [{ index: 0, records }] },
      { name: 'orders', partitionData: [0, 9, 1].map((index) => ({ index, records: Buffer.from(records) })) },
      { name: 'orders', partitionData: [{ index: 2, records: Buffer.from('no batch') }] },
    ];
    const answer = await client.call('Produce', { acks: -1, timeoutMs: 1_000, transactionalId: ID, topicData }, 12);
    const { UNKNOWN_TOPIC_OR_PARTITION, CORRUPT_MESSAGE } = KAFKA_ERRORS;
    expect(answer.responses.map((one) => one.partitionResponses.map(({ errorCode }) => errorCode))).toEqual([
      [UNKNOWN_TOPIC_OR_PARTITION],
      [0, UNKNOWN_TOPIC_OR_PARTITION, 0],
      [CORRUPT_MESSAGE],
    ]);
    const [open] = (await client.call('DescribeTransactions', { transactionalIds: [ID] })).transactionStates;
    expect(open).toMatchObject({ transactionState: 'Ongoing', topics: [{ topic: 'orders', partitions: [0, 1] }] });
  });

  test('tells that a partition cannot be added now, and lets no batch pass the one that was to add it', async () => {
    const producer = await init();
    const { items } = stores;
    const key = transactionKey(ID);
    const item = (await items.get(key))!;
    const transaction = { p: producer.producerId, e: 0 };
    const ending = { ...transaction, o: 'commit', m: 0, t: 1, d: false };
    await items.write({ write: 'put', key, item: { ...item, v: 1, s: 'x', u: Date.now(), x: ending } });
    expect(await produce(producer, 'a', 0, V2)).toBe(KAFKA_ERRORS.CONCURRENT_TRANSACTIONS);
    await items.write({ write: 'put', key, item });
    expect(await produce(producer, 'b', 1, V2)).toBe(OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(await produce(producer, 'a', 0, V2)).toBe(0);
    expect(await produce(producer, 'b', 1, V2)).toBe(0);
  });

  test('takes no part in transactions of version 1: what is not added is not stored', async () => {
    const producer = await init();
    await produce(producer, 'a', 0, V2);
    expect(await produce(producer, 'b', 0, { index: 1 })).toBe(KAFKA_ERRORS.TRANSACTION_ABORTABLE);
    expect(await end(producer, true)).toBe(0);
    expect(await end(producer, true)).toBe(0);
    expect(await endOf(producer, true)).toMatchObject({ errorCode: INVALID_TXN_STATE });
    expect(await endOf(producer, false)).toMatchObject({ errorCode: 0, producerEpoch: 1 });
  });

  test('of a producer that was replaced is over for it', async () => {
    const old = await init();
    await produce(old, 'a', 0, V2);
    const next = await init(other.client);
    for (const committed of [true, false])
      expect(await endOf(old, committed)).toMatchObject({ errorCode: PRODUCER_FENCED });
    expect(await produce(old, 'late', 1, V2)).toBe(INVALID_PRODUCER_EPOCH);
    expect(await commit(old)).toBe(INVALID_PRODUCER_EPOCH);
    expect(await produce(next, 'b', 0, V2)).toBe(0);
    expect(await endOf(next, true)).toMatchObject({ errorCode: 0 });
    expect(recordsOf((await fetch(1)).records).map(([, value]) => value)).toContain('b');
    expect((await fetch(1)).abortedTransactions).toHaveLength(1);
  });
});

test('a producer that goes on after an error gets the next epoch, the same for the same request', async () => {
  const first = await init();
  const { producerId, producerEpoch } = first;
  expect(await init(client, { producerId, producerEpoch })).toMatchObject({
    errorCode: 0,
    producerId,
    producerEpoch: 1,
  });
  expect(await init(client, { producerId, producerEpoch })).toMatchObject({
    errorCode: 0,
    producerId,
    producerEpoch: 1,
  });
  expect(await init(client, { producerId })).toMatchObject({ errorCode: KAFKA_ERRORS.INVALID_REQUEST });
});

test('tending ends what took too long', async () => {
  const clock = simulatedClock();
  const platform = openPlatform({ stores: memoryStores(), clock, background: false });
  await platform.topics.create('orders', { partitions: 1 });
  const identity = await platform.transactions.init('short', { timeoutMs: 1_000 });
  await platform.transactions.addPartitions({ id: 'short', ...identity }, [{ topic: 'orders', partition: 0 }]);
  await clock.advance(1_000);
  await platform.tend({ collect: false });
  expect((await platform.transactions.describe('short')).status).toBe('aborted');
  await platform.close();
});
