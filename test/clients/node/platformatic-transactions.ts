// What users of transactions do with @platformatic/kafka, once over. Usage: platformatic-transactions.ts BOOTSTRAP PREFIX
import {
  Admin,
  Consumer,
  FetchIsolationLevels,
  type Message,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { BOOTSTRAP, numbers, outcome, PREFIX, run, settle, until } from './observe.ts';

const connection = { clientId: 'me', bootstrapBrokers: [BOOTSTRAP], retries: 20, retryDelay: 200, timeout: 10_000 };
const admin = new Admin(connection);
type Text = Message<string, string, string, string>;

async function create(name: string): Promise<string> {
  const topic = `${PREFIX}-${name}`;
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
  await settle();
  return topic;
}

function producer(name: string) {
  const transactionalId = `${PREFIX}-${name}`;
  // Unless it is told so, it does not ask as one that has no identity yet, and could not take an id over.
  const nobody = { producerId: -1n, producerEpoch: -1 };
  return new Producer({ ...connection, ...nobody, transactionalId, idempotent: true, serializers: stringSerializers });
}

/** What came, up to the last value; `look` is asked what to do with it before the consumer goes. */
async function reading<T>(
  topic: string,
  { group, last, level }: { group: string; last: string; level: number },
  look: (got: readonly Text[], consumer: Consumer<string, string, string, string>) => Promise<T>,
): Promise<T> {
  const consumer = new Consumer({
    ...connection,
    ...{ groupId: `${PREFIX}-${group}`, deserializers: stringDeserializers, maxWaitTime: 200, autocommit: false },
    ...{ sessionTimeout: 6_000, heartbeatInterval: 300, isolationLevel: level },
  });
  const where = { mode: 'committed' as const, fallbackMode: 'earliest' as const };
  const stream = await consumer.consume({ topics: [topic], ...where });
  const got: Text[] = [];
  stream.on('data', (message) => got.push(message));
  try {
    await until(`${last} in ${topic}`, () => got.at(-1)?.value === last);
    return await look(got, consumer);
  } finally {
    await stream.close();
    await consumer.close(true);
  }
}

const { READ_COMMITTED, READ_UNCOMMITTED } = FetchIsolationLevels;
const both = async (topic: string, last: string) => {
  const seen: (readonly string[])[] = [];
  for (const level of [READ_COMMITTED, READ_UNCOMMITTED]) {
    const lines = async (got: readonly Text[]) => got.map(({ offset, value }) => `${offset} ${value}`);
    seen.push(await reading(topic, { group: `${topic}-${level}`, last, level }, lines));
  }
  return seen;
};
const valuesIn = (topic: string, values: readonly string[]) => ({
  messages: values.map((value) => ({ topic, partition: 0, value })),
});

async function commitAndAbort() {
  const topic = await create('both');
  const by = producer('both');
  for (const value of ['a', 'lost', 'b']) {
    const transaction = await by.beginTransaction();
    await transaction.send(valuesIn(topic, [value, `${value} too`]));
    if (value === 'lost') await transaction.abort();
    else await transaction.commit();
  }
  await by.close();
  return both(topic, 'b too');
}

async function fencing() {
  const topic = await create('fenced');
  const [zombie, next] = [producer('fenced'), producer('fenced')];
  const open = await zombie.beginTransaction();
  await open.send(valuesIn(topic, ['of the zombie']));
  const after = await next.beginTransaction();
  const commit = await outcome(open.commit(), () => 'refused');
  await after.send(valuesIn(topic, ['of the next']));
  await after.commit();
  await Promise.all([zombie.close(), next.close()]);
  return { commit, read: await both(topic, 'of the next') };
}

/** Reads, and writes what it has read with the offsets: once in vain, then for good. */
async function offsets() {
  const [source, target] = [await create('source'), await create('target')];
  const by = producer('offsets');
  const fill = await by.beginTransaction();
  await fill.send(valuesIn(source, numbers(20)));
  await fill.commit();
  const seen: unknown[] = [];
  for (const isKept of [false, true]) {
    const offset = await reading(
      source,
      { group: 'mover', last: '19', level: READ_COMMITTED },
      async (got, consumer) => {
        const transaction = await by.beginTransaction();
        await transaction.send(
          valuesIn(
            target,
            got.map(({ value }) => `${value}!`),
          ),
        );
        await transaction.addConsumer(consumer);
        await transaction.addOffset(got.at(-1)!);
        await (isKept ? transaction.commit() : transaction.abort());
        const committed = async () =>
          (await consumer.listCommittedOffsets({ topics: [{ topic: source, partitions: [0] }] })).get(source)?.[0];
        // Kafka answers the end of a transaction before its markers are written.
        if (!isKept) await settle();
        for (let tries = 0; isKept && tries < 50 && (await committed()) !== 20n; tries++) await settle();
        return committed();
      },
    );
    seen.push(String(offset));
  }
  const end = await by.beginTransaction();
  await end.send(valuesIn(target, ['the end']));
  await end.commit();
  await by.close();
  const [committed] = await both(target, 'the end');
  return { seen, first: committed?.slice(0, 2), count: committed?.length };
}

await run({
  'commit and abort': commitAndAbort,
  'fencing of a zombie': fencing,
  'offsets that move with a transaction': offsets,
});
await admin.close();
