import { memoryStores } from '../../../lib/store/index.ts';
import { openWorld } from '../client.ts';
import { batchWith } from '../records.ts';

export interface Producer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** The transactional id of all of them, unless another is named. */
export const ID = 'mover';

export type TransactionsWorld = Awaited<ReturnType<typeof openTransactionsWorld>>;

/** Two gateways over one pair of stores, the topic `orders` of three partitions, and what a transactional producer asks. */
export async function openTransactionsWorld() {
  const stores = memoryStores();
  const world = openWorld({ platform: { stores, aloneInStores: false } });
  const other = openWorld({ platform: { stores: { ...stores, close: async () => {} }, aloneInStores: false } });
  const { client } = world;
  await world.platform.topics.create('orders', { partitions: 3 });

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

  async function produce(
    producer: Producer,
    value: string,
    baseSequence: number,
    { version = 11, index = 0, transactionalId = ID, through = client } = {},
  ) {
    const records = batchWith({ ...producer, baseSequence, transactional: true }, value);
    const topicData = [{ name: 'orders', partitionData: [{ index, records }] }];
    const ask = { acks: -1, timeoutMs: 1_000, transactionalId, topicData };
    return (await through.call('Produce', ask, version)).responses[0]!.partitionResponses[0]!.errorCode;
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

  const close = async () => {
    await other.close();
    await world.close();
  };
  return { stores, world, other, client, init, add, produce, end, fetch, endOffset, close };
}
