import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { BatchBuilder } from '../../../lib/record/index.ts';
import { memoryStores } from '../../../lib/store/index.ts';
import { ProducerIds } from '../../../lib/txn/index.ts';
import { seededRandom, simulatedClock } from '../../support/clock.ts';
import { faultyStores } from '../../support/faulty.ts';
import { type Client, connect, openWorld, type World } from '../client.ts';

let world: World;
beforeEach(async () => {
  world = openWorld();
  await world.platform.topics.create('orders', { partitions: 2 });
});
afterEach(() => world.close());

async function newId(client: Client, version?: number): Promise<number> {
  const answer = await client.ask(
    'InitProducerId',
    { transactionalId: null, producerId: -1, producerEpoch: -1 },
    version,
  );
  expect(answer).toMatchObject({ errorCode: KAFKA_ERRORS.NONE, producerEpoch: 0 });
  return answer!.producerId;
}

function batchOf(
  producerId: number,
  baseSequence: number,
  producerEpoch: number,
  texts: readonly string[],
): Uint8Array {
  const builder = new BatchBuilder({ producerId, producerEpoch, baseSequence });
  for (const text of texts) builder.append(null, Buffer.from(text), 1_000);
  return builder.build();
}

async function produce(client: Client, records: Uint8Array): Promise<{ errorCode: number; baseOffset: number }> {
  const partitionData = [{ index: 0, records }];
  const answer = await client.ask('Produce', { acks: -1, topicData: [{ name: 'orders', partitionData }] });
  const { errorCode, baseOffset } = answer!.responses[0]!.partitionResponses[0]!;
  return { errorCode, baseOffset };
}

describe('InitProducerId', () => {
  it('gives a new id to every asker, through whichever gateway, in every version', async () => {
    const other = new ProducerIds(world.platform);
    const ids = [await newId(world.client), await newId(world.client, 0), await newId(world.client, 2)];
    for (let i = 0; i < 2_500; i++) ids.push(await other.next());
    ids.push(await newId(world.client));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('refuses an empty transactional id', async () => {
    const empty = await world.client.ask('InitProducerId', { transactionalId: '' });
    expect(empty?.errorCode).toBe(KAFKA_ERRORS.INVALID_REQUEST);
  });

  it('is for those who may write to some topic, or hold IDEMPOTENT_WRITE', async () => {
    const guarded = openWorld({ gateway: { security: { access: {} } } });
    const ask = () => guarded.client.ask('InitProducerId', { transactionalId: null });
    expect((await ask())?.errorCode).toBe(KAFKA_ERRORS.CLUSTER_AUTHORIZATION_FAILED);
    const resource = { type: 'TOPIC', name: 'a', pattern: 'LITERAL' } as const;
    await guarded.platform.acls.create([
      { resource, principal: 'User:ANONYMOUS', host: '*', operation: 'WRITE', permission: 'ALLOW' },
    ]);
    expect((await ask())?.errorCode).toBe(KAFKA_ERRORS.NONE);
    await guarded.close();
  });
});

describe('producer ids', () => {
  it('are each given once though the store loses answers, and to many askers at once', async () => {
    const clock = simulatedClock();
    const stores = faultyStores(memoryStores(), { clock, random: seededRandom(1) });
    const sources = [new ProducerIds({ items: stores.items, clock }), new ProducerIds({ items: stores.items, clock })];
    stores.strikeNext('answerLost');
    stores.strikeNext('unavailable');
    stores.strikeNext('requestLost');
    const asked = Promise.all(Array.from({ length: 3_000 }, (_, i) => sources[i % 2]!.next()));
    await clock.advance(1_000);
    expect(new Set(await asked).size).toBe(3_000);
  });

  it('are not given again after all items were lost: partitions remember the producers', async () => {
    const clock = simulatedClock();
    const before = new ProducerIds({ items: memoryStores().items, clock });
    const old = await before.next();
    await clock.advance(5_000);
    const after = new ProducerIds({ items: memoryStores().items, clock });
    expect(await after.next()).toBeGreaterThan(old + 1_000);
  });
});

describe('Produce by an idempotent producer', () => {
  it('answers a retry with the first offset, through another gateway too', async () => {
    const id = await newId(world.client);
    const batch = () => batchOf(id, 0, 0, ['a', 'b']);
    const stored = { errorCode: KAFKA_ERRORS.NONE, baseOffset: 0 };
    expect(await produce(world.client, batch())).toEqual(stored);
    expect(await produce(connect(world.gateway), batch())).toEqual(stored);
    expect(await produce(world.client, batchOf(id, 2, 0, ['c']))).toEqual({ errorCode: 0, baseOffset: 2 });
  });

  it('tells Kafka’s errors: out of order, fenced epoch', async () => {
    const id = await newId(world.client);
    expect((await produce(world.client, batchOf(id, 0, 0, ['a']))).errorCode).toBe(KAFKA_ERRORS.NONE);
    const gap = await produce(world.client, batchOf(id, 7, 0, ['x']));
    expect(gap.errorCode).toBe(KAFKA_ERRORS.OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect((await produce(world.client, batchOf(id, 0, 1, ['b']))).errorCode).toBe(KAFKA_ERRORS.NONE);
    const late = await produce(world.client, batchOf(id, 1, 0, ['y']));
    expect(late.errorCode).toBe(KAFKA_ERRORS.INVALID_PRODUCER_EPOCH);
  });

  it('keeps the order of requests sent without waiting', async () => {
    const id = await newId(world.client);
    const answers = await Promise.all([0, 1, 2, 3, 4].map((i) => produce(world.client, batchOf(id, i, 0, [`${i}`]))));
    expect(answers).toEqual([0, 1, 2, 3, 4].map((baseOffset) => ({ errorCode: 0, baseOffset })));
  });
});
