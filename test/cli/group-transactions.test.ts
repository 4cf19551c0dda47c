import { tmpdir } from 'node:os';
import kafkajs from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { serve } from '../../cli/serve.ts';
import { parseHttpAddress, parseKafkaAddress } from '../../cli/settings.ts';
import { millrace } from './world.ts';

/** A server with both protocols, and one transactional producer that is connected to it. */
async function started() {
  const kafka = parseKafkaAddress('127.0.0.1:0');
  const http = parseHttpAddress('127.0.0.1:0');
  const served = await serve({ http, kafka, data: undefined, files: tmpdir(), log: () => {} });
  onTestFinished(() => served.close());
  const client = new kafkajs.Kafka({ brokers: [served.kafka!], logLevel: kafkajs.logLevel.NOTHING });
  const producer = client.producer({
    transactionalId: 'shop',
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  const run = (...args: string[]) => millrace(args, { env: { MILLRACE_HTTP: served.url } });
  return { served, producer, run };
}

test('a group that has read to the end lags behind nothing, though transactions end there, or were aborted', async () => {
  const { served, producer, run } = await started();
  await served.platform.topics.create('orders', { partitions: 2 });
  const committed = await producer.transaction();
  await committed.send({ topic: 'orders', messages: [{ value: 'kept', partition: 0 }] });
  await committed.commit();
  const aborted = await producer.transaction();
  await aborted.send({ topic: 'orders', messages: [{ value: 'gone', partition: 1 }] });
  await aborted.abort();

  expect((await run('consume', 'orders', '-G', 'billing', '-e')).stdout).toBe('kept\n');

  const { partitions } = JSON.parse((await run('group', 'lag', 'billing', '--output', 'json')).stdout);
  expect(partitions).toMatchObject([
    { partition: 0, committed: 2, end: 2, lag: 0 },
    { partition: 1, committed: 2, end: 2, lag: 0 },
  ]);
});
