import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { openPlatform } from '../../../lib/platform.ts';
import { memoryStores, StoreError } from '../../../lib/store/index.ts';
import { transactionKey } from '../../../lib/txn/transaction-item.ts';
import { simulatedClock } from '../../support/clock.ts';
import { batchWith, recordsOf } from '../records.ts';
import { ID, openTransactionsWorld, type Producer, type TransactionsWorld } from './transactions-world.ts';

let w: TransactionsWorld;
beforeEach(async () => {
  w = await openTransactionsWorld();
});
afterEach(() => w.close());

describe('a transaction', () => {
  test('is held back from read_committed until EndTxn, and what was aborted is told', async () => {
    const producer = await w.init();
    expect(producer).toMatchObject({ errorCode: 0, producerEpoch: 0 });
    expect(await w.add(producer, { orders: [0, 1] })).toEqual([0, 0]);
    expect(await w.produce(producer, 'a', 0)).toBe(0);
    expect([await w.endOffset(0), await w.endOffset(1)]).toEqual([1, 0]);
    expect(await w.fetch(1)).toMatchObject({ highWatermark: 1, lastStableOffset: 0, abortedTransactions: [] });
    expect(recordsOf((await w.fetch(0)).records)).toEqual([[0, 'a']]);
    expect(await w.end(producer, false)).toBe(0);
    expect([await w.endOffset(0), await w.endOffset(1)]).toEqual([2, 2]);
    const { producerId } = producer;
    expect(await w.fetch(1)).toMatchObject({
      lastStableOffset: 2,
      abortedTransactions: [{ producerId, firstOffset: 0 }],
    });
    expect((await w.fetch(0)).abortedTransactions).toBeNull();
    // Behind its marker nothing of it is told any more.
    expect((await w.fetch(1, 2)).abortedTransactions).toEqual([]);
  });

  test('ends once, though the answer was lost and it is asked again through another gateway', async () => {
    const producer = await w.init();
    await w.add(producer, { orders: [0] });
    await w.produce(producer, 'a', 0);
    expect(await w.end(producer, true)).toBe(0);
    expect(await w.end(producer, true, w.other.client)).toBe(0);
    expect(await w.end(producer, false, w.other.client)).toBe(KAFKA_ERRORS.INVALID_TXN_STATE);
    expect(await w.endOffset(1)).toBe(2);
  });

  test('of a producer that was replaced is over for it, in the words of each version', async () => {
    const old = await w.init();
    await w.add(old, { orders: [0] });
    await w.produce(old, 'a', 0);
    const next = await w.init(w.other.client);
    expect(next).toMatchObject({ errorCode: 0, producerId: old.producerId, producerEpoch: 1 });
    const { PRODUCER_FENCED, INVALID_PRODUCER_EPOCH } = KAFKA_ERRORS;
    expect(await w.end(old, true)).toBe(PRODUCER_FENCED);
    expect(await w.end(old, true, w.client, 1)).toBe(INVALID_PRODUCER_EPOCH);
    expect(await w.add(old, { orders: [1] })).toEqual([PRODUCER_FENCED]);
    expect(await w.add(old, { orders: [1] }, 1)).toEqual([INVALID_PRODUCER_EPOCH]);
    expect(await w.produce(old, 'late', 1)).toBe(INVALID_PRODUCER_EPOCH);
    const expected = { producerId: old.producerId, producerEpoch: old.producerEpoch };
    expect((await w.init(w.client, expected)).errorCode).toBe(PRODUCER_FENCED);
    expect((await w.init(w.client, expected, 3)).errorCode).toBe(INVALID_PRODUCER_EPOCH);
    expect(recordsOf((await w.fetch(1)).records)).toHaveLength(2);
    expect((await w.fetch(1)).abortedTransactions).toHaveLength(1);
  });

  test('takes nothing into partitions that were not added, nor from unknown producers', async () => {
    const producer = await w.init();
    expect(await w.produce(producer, 'a', 0)).toBe(KAFKA_ERRORS.TRANSACTION_ABORTABLE);
    expect(await w.produce(producer, 'a', 0, { version: 10 })).toBe(KAFKA_ERRORS.INVALID_TXN_STATE);
    const stranger = { producerId: producer.producerId + 1, producerEpoch: 0 };
    const { INVALID_PRODUCER_ID_MAPPING } = KAFKA_ERRORS;
    expect(await w.produce(stranger, 'a', 0)).toBe(INVALID_PRODUCER_ID_MAPPING);
    expect(await w.add(stranger, { orders: [0] })).toEqual([INVALID_PRODUCER_ID_MAPPING]);
    expect(await w.end(stranger, true)).toBe(INVALID_PRODUCER_ID_MAPPING);
    expect(await w.end(producer, true)).toBe(KAFKA_ERRORS.INVALID_TXN_STATE);
  });

  test.each([3, 11, 12])('takes nothing from who has another transactional id (Produce %i)', async (version) => {
    const producer = await w.init();
    await w.add(producer, { orders: [0] });
    const transactionalId = 'thief';
    const thief = await w.init(w.client, { transactionalId });
    const { INVALID_PRODUCER_ID_MAPPING } = KAFKA_ERRORS;
    for (const through of [w.client, w.other.client]) {
      const asked = { version, transactionalId, through };
      expect(await w.produce(producer, 'stolen', 0, asked)).toBe(INVALID_PRODUCER_ID_MAPPING);
      expect(await w.produce(producer, 'stolen', 0, { ...asked, transactionalId: 'nobody' })).toBe(
        INVALID_PRODUCER_ID_MAPPING,
      );
    }
    // Nor while nothing can be added to that one's own, as it is being ended.
    const key = transactionKey(transactionalId);
    const item = (await w.stores.items.get(key))!;
    const ending = { p: item.p!, e: 0, o: 'commit', m: 0, t: 1, d: false };
    await w.stores.items.write({ write: 'put', key, item: { ...item, s: 'x', u: Date.now(), x: ending } });
    expect(await w.produce(producer, 'stolen', 0, { version, transactionalId })).toBe(INVALID_PRODUCER_ID_MAPPING);
    // Nor in the shadow of a batch of its own to the same place.
    const partitionData = [producer, thief].map(({ producerId, producerEpoch }) => ({
      index: 0,
      records: batchWith({ producerId, producerEpoch, baseSequence: 0, transactional: true }, 'stolen'),
    }));
    const ask = { acks: -1, timeoutMs: 1_000, transactionalId, topicData: [{ name: 'orders', partitionData }] };
    const [stolen, own] = (await w.client.call('Produce', ask, version)).responses[0]!.partitionResponses;
    expect(stolen).toMatchObject({ errorCode: INVALID_PRODUCER_ID_MAPPING });
    expect(own!.errorCode).not.toBe(0);
    expect(await w.produce(producer, 'own', 0, { version })).toBe(0);
    expect(await w.endOffset(0)).toBe(1);
  });

  test('costs no read of its id but the first, at each gateway that it sends to', async () => {
    const producer = await w.init();
    await w.add(producer, { orders: [0] });
    const reads = vi.spyOn(w.stores.items, 'get');
    const looks = () => reads.mock.calls.filter(([{ sk }]) => sk === ID).length;
    for (const [sequence, through] of [w.client, w.other.client, w.client, w.other.client].entries())
      expect(await w.produce(producer, 'v', sequence, { through })).toBe(0);
    expect(looks()).toBe(1);
  });

  test.each([11, 12])('lets no batch pass one whose owner could not be read (Produce %i)', async (version) => {
    const producer = await w.init();
    await w.add(producer, { orders: [0] });
    const get = w.stores.items.get.bind(w.stores.items);
    let failed = false;
    const reads = vi.spyOn(w.stores.items, 'get').mockImplementation(async (key) => {
      if (failed || key.sk !== ID) return get(key);
      failed = true;
      throw new StoreError('store_unavailable', 'Throttled.');
    });
    const asked = { version, through: w.other.client };
    const sent = [w.produce(producer, 'a', 0, asked), w.produce(producer, 'b', 1, asked)];
    const { KAFKA_STORAGE_ERROR, OUT_OF_ORDER_SEQUENCE_NUMBER } = KAFKA_ERRORS;
    expect(await Promise.all(sent)).toEqual([KAFKA_STORAGE_ERROR, OUT_OF_ORDER_SEQUENCE_NUMBER]);
    expect(reads).toHaveBeenCalled();
    expect(await w.produce(producer, 'a', 0, asked)).toBe(0);
    expect(await w.produce(producer, 'b', 1, asked)).toBe(0);
    expect(recordsOf((await w.fetch(0)).records).map(([, value]) => value)).toEqual(['a', 'b']);
  });

  test('gets all of the partitions asked for, or none', async () => {
    const producer = await w.init();
    const { UNKNOWN_TOPIC_OR_PARTITION, OPERATION_NOT_ATTEMPTED } = KAFKA_ERRORS;
    expect(await w.add(producer, { orders: [0, 9], nothing: [0] })).toEqual([
      OPERATION_NOT_ATTEMPTED,
      UNKNOWN_TOPIC_OR_PARTITION,
      UNKNOWN_TOPIC_OR_PARTITION,
    ]);
    const described = await w.client.call('DescribeTransactions', { transactionalIds: [ID, 'nobody'] });
    expect(described.transactionStates).toMatchObject([
      { errorCode: 0, transactionState: 'Empty', topics: [] },
      { errorCode: KAFKA_ERRORS.TRANSACTIONAL_ID_NOT_FOUND },
    ]);
  });

  test('commits without a topic that was deleted meanwhile', async () => {
    await w.world.platform.topics.create('passing', { partitions: 2 });
    const producer = await w.init();
    await w.add(producer, { orders: [0], passing: [0, 1] });
    await w.produce(producer, 'a', 0);
    await w.world.platform.topics.delete('passing');
    expect(await w.end(producer, true)).toBe(0);
    expect(recordsOf((await w.fetch(1)).records)[0]).toEqual([0, 'a']);
  });

  test('is listed, by state, producer, duration and pattern', async () => {
    const producer = await w.init();
    await w.add(producer, { orders: [0] });
    const list = async (filters: object) => {
      const asked = { stateFilters: [], producerIdFilters: [], durationFilter: -1, transactionalIdPattern: null };
      const { transactionStates, unknownStateFilters } = await w.client.call('ListTransactions', {
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
    const producer = await w.init();
    await w.add(producer, { orders: [0] });
    await w.produce(producer, 'a', 0);
    const { producerId, producerEpoch } = producer;
    const describe = async (name: string, partition: number) => {
      const topics = [{ name, partitionIndexes: [partition] }];
      return (await w.other.client.call('DescribeProducers', { topics })).topics[0]!.partitions[0]!;
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
      const answer = await w.other.client.call('WriteTxnMarkers', { markers });
      return answer.markers.flatMap((one) => one.topics.flatMap((of) => of.partitions.map((at) => at.errorCode)));
    };
    expect(await mark(true, [0])).toEqual([KAFKA_ERRORS.INVALID_REQUEST]);
    expect(await mark(false, [0, 1, 3])).toEqual([0, 0, KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION]);
    expect((await describe('orders', 0)).activeProducers).toMatchObject([{ currentTxnStartOffset: -1 }]);
    expect(await w.endOffset(1)).toBe(2);
    expect((await w.fetch(1)).abortedTransactions).toHaveLength(1);
    expect(await w.end(producer, true)).toBe(KAFKA_ERRORS.PRODUCER_FENCED);
  });

  test.each([0, -1, 900_001])('cannot have a time-out of %i ms', async (transactionTimeoutMs) => {
    const answer = await w.init(w.client, { transactionTimeoutMs });
    expect(answer).toMatchObject({ errorCode: KAFKA_ERRORS.INVALID_TRANSACTION_TIMEOUT, producerId: -1 });
  });
});

describe('the offsets of a transaction', () => {
  const addOffsets = async ({ producerId, producerEpoch }: Producer, groupId = 'g') =>
    (await w.client.call('AddOffsetsToTxn', { transactionalId: ID, producerId, producerEpoch, groupId })).errorCode;
  const commit = async (producer: Producer, member: object = {}, version = 4) => {
    const { producerId, producerEpoch } = producer;
    const topics = [
      { name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: 'm' }] },
    ];
    const ask = { transactionalId: ID, groupId: 'g', producerId, producerEpoch, generationId: -1, topics, ...member };
    return (await w.client.call('TxnOffsetCommit', ask, version)).topics[0]!.partitions[0]!.errorCode;
  };
  const committed = async (requireStable: boolean) => {
    const groups = [{ groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [0] }] }];
    const answer = await w.client.call('OffsetFetch', { groups, requireStable }, 8);
    const { committedOffset, metadata, errorCode } = answer.groups[0]!.topics[0]!.partitions[0]!;
    return [committedOffset, metadata, errorCode];
  };

  test('are committed with it, and unstable before', async () => {
    const producer = await w.init();
    expect(await commit(producer, {}, 3)).toBe(KAFKA_ERRORS.INVALID_TXN_STATE);
    expect(await commit(producer)).toBe(KAFKA_ERRORS.TRANSACTION_ABORTABLE);
    expect(await addOffsets(producer)).toBe(0);
    expect(await commit(producer)).toBe(0);
    expect(await committed(false)).toEqual([-1, '', 0]);
    expect(await committed(true)).toEqual([-1, '', KAFKA_ERRORS.UNSTABLE_OFFSET_COMMIT]);
    expect(await w.end(producer, true)).toBe(0);
    expect(await committed(true)).toEqual([5, 'm', 0]);
  });

  test('are those of a member in its generation, where it says who it is (KIP-447)', async () => {
    const producer = await w.init();
    await addOffsets(producer);
    expect(await commit(producer, { generationId: 3, memberId: 'm' })).toBe(KAFKA_ERRORS.ILLEGAL_GENERATION);
    expect(await w.end(producer, true)).toBe(0);
    expect(await committed(true)).toEqual([-1, '', 0]);
  });
});

test('a producer that goes on after an error gets the next epoch, the same for the same request', async () => {
  const first = await w.init();
  const { producerId, producerEpoch } = first;
  expect(await w.init(w.client, { producerId, producerEpoch })).toMatchObject({
    errorCode: 0,
    producerId,
    producerEpoch: 1,
  });
  expect(await w.init(w.client, { producerId, producerEpoch })).toMatchObject({
    errorCode: 0,
    producerId,
    producerEpoch: 1,
  });
  expect(await w.init(w.client, { producerId })).toMatchObject({ errorCode: KAFKA_ERRORS.INVALID_REQUEST });
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
