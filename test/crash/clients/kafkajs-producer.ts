import type { Producer } from 'kafkajs';
import { partitionName, type SentRecord } from '../../checker/index.ts';
import { below, type CrashClient, nextValue, pick, type Round, think } from './client.ts';
import { attempt, kafkajsClient } from './kafka.ts';

const RECORDS_MAX = 8;

/** An idempotent producer of kafkajs, one request after the other. One that gives up is replaced by a new one. */
export const kafkajsProducer: CrashClient = async (round, name) => {
  while (!round.ending.aborted) {
    const producer = kafkajsClient(round, name).producer({ idempotent: true, maxInFlightRequests: 1 });
    if (await attempt(() => producer.connect())) {
      while (!round.ending.aborted && (await sent(round, name, producer))) await think(round);
    }
    await attempt(() => producer.disconnect());
    await think(round, 200);
  }
};

async function sent(round: Round, name: string, producer: Producer): Promise<boolean> {
  const { name: topic, partitions } = pick(round.random, round.topics);
  const partition = below(round.random, partitions);
  const at = partitionName(topic, partition);
  const records = Array.from({ length: 1 + below(round.random, RECORDS_MAX) }, (): SentRecord => {
    return { partition: at, key: `k${below(round.random, 10)}`, value: nextValue(name) };
  });
  const sending = round.recorder.invoke(name, { kind: 'send', records });
  try {
    const messages = records.map(({ key, value }) => ({ key: key!, value, partition }));
    const [answer] = await producer.send({ topic, acks: -1, messages });
    const base = Number(answer?.baseOffset ?? -1);
    sending.ok({ records: base < 0 ? records : records.map((record, i) => ({ ...record, offset: base + i })) });
    return true;
  } catch (error) {
    sending.info(String(error));
    return false;
  }
}
