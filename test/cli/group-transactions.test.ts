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

test('a partition that is held back shows it, and by whose transaction', async () => {
  const { served, producer, run } = await started();
  await served.platform.topics.create('orders', { partitions: 2 });
  await served.platform.groups.commit('billing', [{ topic: 'orders', partition: 0, offset: 0 }]);
  expect((await run('topic', 'describe', 'orders')).stdout).toContain('PARTITION   BEGINNING   END   OFFSETS\n');
  const open = await producer.transaction();
  await open.send({ topic: 'orders', messages: [{ value: 'held', partition: 1 }] });
  const described = await run('topic', 'describe', 'orders');
  expect(described.stdout).toMatch(/BEGINNING +STABLE +END .*\n +0 +0 +0 +0 +0\n +1 +0 +0 +1 +1\n/);
  const says = /A transaction of "shop" is open since \d{4}-\S+Z in partition 1/;
  expect(described.stderr).toMatch(says);
  const lag = await run('group', 'lag', 'billing');
  expect(lag.stdout).toMatch(/COMMITTED +STABLE +END/);
  expect(lag.stderr).toMatch(says);
  expect(lag.stderr).toContain('of orders: who reads what is committed waits at 0.');
  const { partitions } = JSON.parse((await run('topic', 'describe', 'orders', '--output', 'json')).stdout);
  expect(partitions).toMatchObject([
    { stable: 0 },
    { stable: 0, end: 1, heldBy: { transactionalId: 'shop', epoch: 0 } },
  ]);
  await open.abort();
});
