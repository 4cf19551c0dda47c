import type { Producer, Transaction } from 'kafkajs';
import { partitionName, type SentRecord } from '../../checker/index.ts';
import { below, type CrashClient, nextValue, pick, type Round, think } from './client.ts';
import { attempt, kafkajsClient } from './kafka.ts';

const SENDS_MAX = 4;
const RECORDS_MAX = 4;
/** How often a client aborts, and how often its successor comes while it is still there, and goes on. */
const ABORTED = 0.2;
const REPLACED = 0.1;
const TRANSACTION_TIMEOUT_MS = 10_000;

/** A transactional producer of kafkajs, and when it asked for its id and epoch: the client does not tell them. */
export interface Transactional {
  readonly producer: Producer;
  readonly transactionalId: string;
  readonly epoch: number;
}

let epochs = 0;

/** @returns undefined where it could not begin */
export async function initialized(round: Round, name: string): Promise<Transactional | undefined> {
  const transactionalId = `${round.prefix}-${name}`;
  const options = { idempotent: true, maxInFlightRequests: 1, transactionTimeout: TRANSACTION_TIMEOUT_MS };
  const producer = kafkajsClient(round, name).producer({ ...options, transactionalId });
  const initializing = round.recorder.invoke(name, { kind: 'init', transactionalId });
  const epoch = epochs++;
  // It asks for its id and epoch with its first transaction; one without contents sends nothing else.
  const first = async () => {
    await producer.connect();
    await (await producer.transaction()).abort();
  };
  if (await attempt(first)) {
    initializing.ok({ producerId: 0, epoch });
    return { producer, transactionalId, epoch };
  }
  initializing.info('no answer');
  await attempt(() => producer.disconnect());
  return undefined;
}

/** Transactions over several partitions of several topics: committed, aborted, left open, and those of fenced producers. */
export const kafkajsTransactions: CrashClient = async (round, name) => {
  let zombie: Transactional | undefined;
  while (!round.ending.aborted) {
    const own = await initialized(round, name);
    if (zombie) {
      // Whoever was replaced does not know: what it still asks for must have no effect.
      await transact(round, `${name}-zombie`, zombie);
      await attempt(() => zombie!.producer.disconnect());
      zombie = undefined;
    }
    while (own && !round.ending.aborted && (await transact(round, name, own))) {
      await think(round);
      if (round.random.next() < REPLACED) break;
    }
    if (own && !round.ending.aborted) zombie = own;
    await think(round, 200);
  }
  if (zombie) await attempt(() => zombie!.producer.disconnect());
  await closeTransactions(round, name);
};

/** Leaves nothing open: readers of what is committed would wait for its time-out. */
export async function closeTransactions(round: Round, name: string): Promise<void> {
  for (;;) {
    const last = await initialized(round, name);
    if (last) {
      await attempt(() => last.producer.disconnect());
      return;
    }
    await think(round, 500);
  }
}

/** @returns whether the producer can go on */
async function transact(round: Round, name: string, own: Transactional): Promise<boolean> {
  const { transactionalId, epoch } = own;
  const { recorder, random } = round;
  let transaction: Transaction;
  try {
    transaction = await own.producer.transaction();
  } catch {
    return false; // nothing was begun: a producer that was fenced, or has another under way
  }
  const txn = recorder.transaction({ process: name, transactionalId, producerId: 0, epoch, atomic: false });
  let sent = 0;
  try {
    for (; sent < 1 + below(random, SENDS_MAX); sent++) await send(round, name, { transaction, txn });
    return await end(round, name, { transaction, txn, commit: random.next() >= ABORTED });
  } catch {
    // Of a transaction that nothing was sent in, the client tells nobody that it is over.
    if (sent > 0) await attempt(() => end(round, name, { transaction, txn, commit: false }));
    return false;
  }
}

interface Open {
  readonly transaction: Transaction;
  readonly txn: number;
}

async function send(round: Round, name: string, { transaction, txn }: Open): Promise<void> {
  const { recorder, random, topics } = round;
  const { name: topic, partitions } = pick(random, topics);
  const partition = below(random, partitions);
  const records = Array.from({ length: 1 + below(random, RECORDS_MAX) }, () => {
    return { partition: partitionName(topic, partition), key: `k${below(random, 10)}`, value: nextValue(name) };
  });
  await sendIn({ recorder }, name, { transaction, txn, topic, partition, records });
}

/** Sends records of one partition within the transaction. @throws what the client throws */
export async function sendIn(
  { recorder }: Pick<Round, 'recorder'>,
  name: string,
  { transaction, txn, topic, partition, records }: Open & { topic: string; partition: number; records: SentRecord[] },
): Promise<void> {
  const sending = recorder.invoke(name, { kind: 'send', records, txn });
  try {
    const messages = records.map(({ key = null, value }) => ({ key, value, partition }));
    const [answer] = await transaction.send({ topic, acks: -1, messages });
    const base = Number(answer?.baseOffset ?? -1);
    sending.ok({ records: base < 0 ? records : records.map((record, i) => ({ ...record, offset: base + i })) });
  } catch (error) {
    sending.info(String(error));
    throw error;
  }
}

/** @returns true; @throws what the client throws */
export async function end(
  { recorder }: Pick<Round, 'recorder'>,
  name: string,
  { transaction, txn, commit }: Open & { commit: boolean },
): Promise<true> {
  const ending = recorder.invoke(name, { kind: 'end', txn, commit });
  try {
    await (commit ? transaction.commit() : transaction.abort());
    ending.ok();
    return true;
  } catch (error) {
    ending.info(String(error));
    throw error;
  }
}
