import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { transactionKey } from '../../../lib/txn/transaction-item.ts';
import { batchWith, recordsOf } from '../records.ts';
import { ID, openTransactionsWorld, type Producer, type TransactionsWorld } from './transactions-world.ts';

let w: TransactionsWorld;
beforeEach(async () => {
  w = await openTransactionsWorld();
});
afterEach(() => w.close());

// What Kafka 4.3.1 answers to the same.
describe('a transaction of version 2 (KIP-890)', () => {
  const endOf = async ({ producerId, producerEpoch }: Producer, committed: boolean, through = w.client) =>
    through.call('EndTxn', { transactionalId: ID, producerId, producerEpoch, committed }, 5);
  const commit = async ({ producerId, producerEpoch }: Producer) => {
    const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 5 }] }];
    const ask = { transactionalId: ID, groupId: 'g', producerId, producerEpoch, generationId: -1, topics };
    return (await w.client.call('TxnOffsetCommit', ask, 5)).topics[0]!.partitions[0]!.errorCode;
  };
  const V2 = { version: 12 };
  const { PRODUCER_FENCED, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, OUT_OF_ORDER_SEQUENCE_NUMBER } = KAFKA_ERRORS;

  test('is what clients are told to use; what may be at 0 from version 4 on alone', async () => {
    const ask = { clientSoftwareName: 'c', clientSoftwareVersion: '1' };
    const name = 'transaction.version';
    const finalizedFeatures = [{ name, minVersionLevel: 2, maxVersionLevel: 2 }];
    expect(await w.client.call('ApiVersions', ask, 3)).toMatchObject({ finalizedFeatures, supportedFeatures: [] });
    const supportedFeatures = [{ name, minVersion: 0, maxVersion: 2 }];
    expect(await w.client.call('ApiVersions', ask, 4)).toMatchObject({ finalizedFeatures, supportedFeatures });
    expect((await w.client.call('ApiVersions', ask, 4)).finalizedFeaturesEpoch).toBeGreaterThanOrEqual(0);
  });

  test('begins with what is sent, and ends with the next epoch', async () => {
    const producer = await w.init();
    expect(await w.produce(producer, 'a', 0, V2)).toBe(0);
    expect(await w.produce(producer, 'b', 1, V2)).toBe(0);
    expect(await w.produce(producer, 'c', 0, { ...V2, index: 1 })).toBe(0);
    expect(await commit(producer)).toBe(0);
    expect(await w.endOffset(1)).toBe(0);
    const next = { errorCode: 0, producerId: producer.producerId, producerEpoch: 1 };
    expect(await endOf(producer, true)).toMatchObject(next);
    expect(await endOf(producer, true, w.other.client)).toMatchObject(next);
    expect(await endOf(producer, false, w.other.client)).toMatchObject({
      errorCode: INVALID_TXN_STATE,
      producerId: -1,
    });
    expect(await w.endOffset(1)).toBe(3);
    expect(await w.produce(next, 'd', 5, V2)).toBe(OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(await w.produce(next, 'd', 0, V2)).toBe(0);
    expect(await endOf(producer, true)).toMatchObject({ errorCode: PRODUCER_FENCED });
    expect(await endOf(next, false)).toMatchObject({ errorCode: 0, producerEpoch: 2 });
    expect((await w.fetch(1)).abortedTransactions).toHaveLength(1);
  });

  test('is opened by nothing that comes late', async () => {
    const producer = await w.init();
    await w.produce(producer, 'a', 0, V2);
    await endOf(producer, true);
    for (const index of [0, 1, 2])
      expect(await w.produce(producer, 'late', 1, { ...V2, index })).toBe(INVALID_PRODUCER_EPOCH);
    expect(await w.produce(producer, 'late', 0, { index: 1 })).toBe(INVALID_PRODUCER_EPOCH);
    expect(await commit(producer)).toBe(INVALID_PRODUCER_EPOCH);
    expect([await w.endOffset(0), await w.endOffset(1)]).toEqual([2, 2]);
    expect((await w.world.platform.transactions.describe(ID)).status).toBe('committed');
    const stranger = { producerId: producer.producerId + 1, producerEpoch: 0 };
    expect(await w.produce(stranger, 'a', 0, V2)).toBe(KAFKA_ERRORS.INVALID_PRODUCER_ID_MAPPING);
  });

  test('that never began can be aborted, not committed', async () => {
    const producer = await w.init();
    expect(await endOf(producer, true)).toMatchObject({ errorCode: INVALID_TXN_STATE, producerEpoch: -1 });
    expect(await endOf(producer, false)).toMatchObject({ errorCode: 0, producerEpoch: 1 });
    expect(await endOf(producer, false)).toMatchObject({ errorCode: 0, producerEpoch: 1 });
  });

  test('takes a partition in for each batch that can be stored, and tells of each that cannot', async () => {
    const producer = await w.init();
    const records = batchWith({ ...producer, baseSequence: 0, transactional: true }, 'a');
    const topicData = [
      { name: 'nothing', partitionData: [{ index: 0, records }] },
      { name: 'orders', partitionData: [0, 9, 1].map((index) => ({ index, records: Buffer.from(records) })) },
      { name: 'orders', partitionData: [{ index: 2, records: Buffer.from('no batch') }] },
    ];
    const answer = await w.client.call('Produce', { acks: -1, timeoutMs: 1_000, transactionalId: ID, topicData }, 12);
    const { UNKNOWN_TOPIC_OR_PARTITION, CORRUPT_MESSAGE } = KAFKA_ERRORS;
    expect(answer.responses.map((one) => one.partitionResponses.map(({ errorCode }) => errorCode))).toEqual([
      [UNKNOWN_TOPIC_OR_PARTITION],
      [0, UNKNOWN_TOPIC_OR_PARTITION, 0],
      [CORRUPT_MESSAGE],
    ]);
    const [open] = (await w.client.call('DescribeTransactions', { transactionalIds: [ID] })).transactionStates;
    expect(open).toMatchObject({ transactionState: 'Ongoing', topics: [{ topic: 'orders', partitions: [0, 1] }] });
  });

  test('tells that a partition cannot be added now, and lets no batch pass the one that was to add it', async () => {
    const producer = await w.init();
    const { items } = w.stores;
    const key = transactionKey(ID);
    const item = (await items.get(key))!;
    const transaction = { p: producer.producerId, e: 0 };
    const ending = { ...transaction, o: 'commit', m: 0, t: 1, d: false };
    await items.write({ write: 'put', key, item: { ...item, v: 1, s: 'x', u: Date.now(), x: ending } });
    expect(await w.produce(producer, 'a', 0, V2)).toBe(KAFKA_ERRORS.CONCURRENT_TRANSACTIONS);
    await items.write({ write: 'put', key, item });
    expect(await w.produce(producer, 'b', 1, V2)).toBe(OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(await w.produce(producer, 'a', 0, V2)).toBe(0);
    expect(await w.produce(producer, 'b', 1, V2)).toBe(0);
  });

  test('takes no part in transactions of version 1: what is not added is not stored', async () => {
    const producer = await w.init();
    await w.produce(producer, 'a', 0, V2);
    expect(await w.produce(producer, 'b', 0, { index: 1 })).toBe(KAFKA_ERRORS.TRANSACTION_ABORTABLE);
    expect(await w.end(producer, true)).toBe(0);
    expect(await w.end(producer, true)).toBe(0);
    expect(await endOf(producer, true)).toMatchObject({ errorCode: INVALID_TXN_STATE });
    expect(await endOf(producer, false)).toMatchObject({ errorCode: 0, producerEpoch: 1 });
  });

  test('may be ended by version 1, through whichever gateway: the next of the epoch is tried once more', async () => {
    const producer = await w.init();
    expect(await w.produce(producer, 'a', 0, V2)).toBe(0);
    expect(await w.end(producer, true, w.other.client)).toBe(0);
    expect(await w.produce(producer, 'b', 1, V2)).toBe(KAFKA_ERRORS.NOT_ENOUGH_REPLICAS);
    expect(await w.produce(producer, 'c', 2, V2)).toBe(OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(await w.produce(producer, 'b', 1, V2)).toBe(0);
    expect(await w.produce(producer, 'c', 2, V2)).toBe(0);
    expect(await w.end(producer, true)).toBe(0);
    const values = recordsOf((await w.fetch(1)).records).map(([, value]) => value);
    expect(values).toEqual(expect.arrayContaining(['a', 'b', 'c']));
  });

  test('of a producer that was replaced is over for it', async () => {
    const old = await w.init();
    await w.produce(old, 'a', 0, V2);
    const next = await w.init(w.other.client);
    for (const committed of [true, false])
      expect(await endOf(old, committed)).toMatchObject({ errorCode: PRODUCER_FENCED });
    expect(await w.produce(old, 'late', 1, V2)).toBe(INVALID_PRODUCER_EPOCH);
    expect(await commit(old)).toBe(INVALID_PRODUCER_EPOCH);
    expect(await w.produce(next, 'b', 0, V2)).toBe(0);
    expect(await endOf(next, true)).toMatchObject({ errorCode: 0 });
    expect(recordsOf((await w.fetch(1)).records).map(([, value]) => value)).toContain('b');
    expect((await w.fetch(1)).abortedTransactions).toHaveLength(1);
  });
});
