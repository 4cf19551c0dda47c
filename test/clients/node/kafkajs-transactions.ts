// What users of transactions do with kafkajs, once over. Usage: kafkajs-transactions.ts BOOTSTRAP PREFIX
import kafkajs, { type Producer } from 'kafkajs';
import { createTopic } from './kafkajs-topics.ts';
import { BOOTSTRAP, numbers, outcome, PREFIX, run, settle, until } from './observe.ts';

const TRIES_MAX = 60;
const { Kafka, KafkaJSProtocolError, logLevel } = kafkajs;
const kafka = new Kafka({
  brokers: [BOOTSTRAP],
  logLevel: logLevel.NOTHING,
  // A second, by default: less than a busy machine may take.
  connectionTimeout: 10_000,
  retry: { retries: 8 },
});
const admin = kafka.admin();
const typeOf = (error: unknown): string => {
  if (error instanceof KafkaJSProtocolError) return error.type;
  const { cause } = error as Error;
  return cause ? typeOf(cause) : String(error);
};

async function create(name: string): Promise<string> {
  const topic = `${PREFIX}-${name}`;
  await createTopic(admin, { topic, numPartitions: 1, replicationFactor: 1 });
  return topic;
}

async function producer(name: string): Promise<Producer> {
  const made = kafka.producer({
    ...{ transactionalId: `${PREFIX}-${name}`, idempotent: true, maxInFlightRequests: 1 },
    transactionTimeout: 20_000,
  });
  await made.connect();
  return made;
}

/** Values with their offsets, up to a last one that both levels see. */
async function read(topic: string, last: string, readUncommitted: boolean): Promise<readonly string[]> {
  const groupId = `${topic}-${readUncommitted ? 'all' : 'committed'}`;
  const consumer = kafka.consumer({ groupId, readUncommitted, maxWaitTimeInMs: 200 });
  const got: string[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        got.push(`${message.offset} ${message.value}`);
      },
    });
    await until(`${last} in ${topic}`, () => got.some((line) => line.endsWith(` ${last}`)));
  } finally {
    await consumer.disconnect();
  }
  return got;
}

const both = async (topic: string, last: string) => [await read(topic, last, false), await read(topic, last, true)];

/** Kafka may still be writing the markers of the transaction before: kafkajs does not wait for it with offsets. */
async function afterTheOneBefore(work: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    const ended = await outcome(work(), typeOf);
    if (ended === 'done') return;
    if (ended !== 'CONCURRENT_TRANSACTIONS' || tries === TRIES_MAX) throw new Error(ended);
    await settle();
  }
}

async function commitAndAbort() {
  const topic = await create('both');
  const by = await producer('both');
  for (const value of ['a', 'lost', 'b']) {
    const transaction = await by.transaction();
    await transaction.send({ topic, messages: [{ value }, { value: `${value} too` }] });
    if (value === 'lost') await transaction.abort();
    else await transaction.commit();
  }
  await by.disconnect();
  return both(topic, 'b too');
}

async function fencing() {
  const topic = await create('fenced');
  const [zombie, next] = [await producer('fenced'), await producer('fenced')];
  const open = await zombie.transaction();
  await open.send({ topic, messages: [{ value: 'of the zombie' }] });
  const after = await next.transaction();
  const commit = await outcome(open.commit(), typeOf);
  await after.send({ topic, messages: [{ value: 'of the next' }] });
  await after.commit();
  await Promise.all([zombie.disconnect(), next.disconnect()]);
  return { commit, read: await both(topic, 'of the next') };
}

async function offsets() {
  const topic = await create('offsets');
  const groupId = `${PREFIX}-moved`;
  const by = await producer('offsets');
  await by.send({ topic, messages: numbers(10).map((value) => ({ value })) });
  const committed = async () => {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return found!.partitions.map(({ offset }) => offset);
  };
  const seen: unknown[] = [];
  for (const offset of ['4', '7']) {
    const transaction = await by.transaction();
    const topics = [{ topic, partitions: [{ partition: 0, offset }] }];
    await afterTheOneBefore(() => transaction.sendOffsets({ consumerGroupId: groupId, topics }));
    if (offset === '4') await transaction.abort();
    else await transaction.commit();
    seen.push(await committed());
  }
  await by.disconnect();
  return seen;
}

await admin.connect();
await run({
  'commit and abort': commitAndAbort,
  'fencing of a zombie': fencing,
  'offsets that move with a transaction': offsets,
});
await admin.disconnect();
