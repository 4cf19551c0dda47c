import { Producer, stringSerializers } from '@platformatic/kafka';
import { partitionName } from '../../checker/index.ts';
import { below, type CrashClient, nextValue, pick, think } from './client.ts';
import { attempt } from './kafka.ts';

/** An idempotent producer of @platformatic/kafka, one record after the other. */
export const platformaticProducer: CrashClient = async (round, name) => {
  const { site, recorder, random, topics, ending } = round;
  while (!ending.aborted) {
    const producer = new Producer({
      clientId: name,
      bootstrapBrokers: [...site.kafka],
      retries: 4,
      retryDelay: 200,
      timeout: 10_000,
      connectTimeout: 1_000,
      idempotent: true,
      serializers: stringSerializers,
    });
    let goes = true;
    while (goes && !ending.aborted) {
      const { name: topic, partitions } = pick(random, topics);
      const [partition, value] = [below(random, partitions), nextValue(name)];
      const record = { partition: partitionName(topic, partition), key: `k${below(random, 10)}`, value };
      const sending = recorder.invoke(name, { kind: 'send', records: [record] });
      try {
        const { offsets } = await producer.send({ messages: [{ topic, partition, key: record.key, value }] });
        const offset = Number(offsets?.[0]?.offset ?? -1);
        sending.ok({ records: [offset < 0 ? record : { ...record, offset }] });
      } catch (error) {
        sending.info(String(error));
        goes = false;
      }
      await think(round);
    }
    await attempt(() => producer.close());
    await think(round, 200);
  }
};
