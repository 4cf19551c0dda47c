import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AttributeDefinition,
  CreateTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { clientOf, gather, Sender, until } from '../kafka/cluster/fleet.ts';
import { type GatewayProcess, startGateway, startGatewayWith } from './gateway-process.ts';
import { bucketAt, tableAt } from './stores.ts';

const PARTITIONS = 4;
const GROUP = { sessionTimeout: 6_000, heartbeatInterval: 300, maxWaitTimeInMs: 200 } as const;
const MINUTE = 60_000;

/** A deployment's stores, and gateways over them. */
let stores: string[];
beforeEach(async () => {
  const endpoint = inject('ministack');
  const [bucket, table] = [await bucketAt(endpoint), await tableAt(endpoint)];
  stores = ['--bucket', bucket, '--table', table, '--endpoint', endpoint, '--region', 'us-east-1'];
});

async function gateway(...args: string[]): Promise<GatewayProcess> {
  const made = await startGateway(...stores, ...args);
  onTestFinished(() => made.kill());
  return made;
}

async function brokersAt(bootstrap: string): Promise<number[]> {
  const admin = clientOf([bootstrap]).admin();
  await admin.connect();
  const { brokers } = await admin.describeCluster();
  await admin.disconnect();
  return brokers.map(({ nodeId }) => nodeId).sort();
}

async function makeTopic(bootstrap: string, topic: string): Promise<void> {
  const admin = clientOf([bootstrap]).admin();
  await admin.connect();
  const configEntries = [{ name: 'millrace.partitions.per.ledger', value: '1' }];
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS, configEntries }] });
  await admin.disconnect();
}

/** A table with the keys and the time to live that docs/kafka.md says. */
async function tableOfTheDocs(endpoint: string): Promise<string> {
  const shown = readFileSync(join(import.meta.dirname, '../../docs/kafka.md'), 'utf8');
  const [, attributes, keys] = /--attribute-definitions (.+?) \\\n\s+--key-schema (.+)$/m.exec(shown)!;
  const read = <Element>(text: string) =>
    text.split(' ').map((one) => Object.fromEntries(one.split(',').map((pair) => pair.split('='))) as Element);
  const AttributeDefinitions = read<AttributeDefinition>(attributes!);
  const KeySchema = read<KeySchemaElement>(keys!);
  const TimeToLiveSpecification = { Enabled: true, AttributeName: /Enabled=true,AttributeName=(\w+)/.exec(shown)![1]! };
  const client = new DynamoDBClient({ endpoint });
  const TableName = `of-the-docs-${process.pid}`;
  await client.send(
    new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions, KeySchema }),
  );
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  client.destroy();
  return TableName;
}

describe('gateways as processes over S3 and DynamoDB', () => {
  it('need no more than the bucket and the table that docs/kafka.md makes', async () => {
    const endpoint = inject('ministack');
    stores[3] = await tableOfTheDocs(endpoint);
    const { advertised } = await gateway();
    await makeTopic(advertised, 'by-hand');
    const producer = clientOf([advertised]).producer();
    await producer.connect();
    const [sent] = await producer.send({ topic: 'by-hand', messages: [{ value: 'x', partition: 0 }] });
    await producer.disconnect();
    expect(sent).toMatchObject({ partition: 0, errorCode: 0, baseOffset: '0' });
  }, 60_000);

  it(
    'carry events from one to the other, and outlive the one that is killed',
    async () => {
      const [a, b] = [await gateway('--rack', 'z1'), await gateway('--rack', 'z2')];
      expect([a.brokerId, b.brokerId]).toEqual([0, 1]);
      await until(async () => (await brokersAt(a.advertised)).length === 2, 'the first one seeing the second');
      await makeTopic(a.advertised, 'orders');
      const consumer = clientOf([b.advertised, a.advertised]).consumer({ groupId: 'g', ...GROUP });
      const got = await gather(consumer, 'orders');
      const sender = new Sender(clientOf([a.advertised, b.advertised]).producer()).start('orders', PARTITIONS);
      await until(() => got.length > 20, 'events through both', MINUTE);
      await b.kill();
      const before = sender.acknowledged.length;
      await until(() => sender.acknowledged.length > before + 20, 'producing on', MINUTE);
      await until(async () => (await brokersAt(a.advertised)).length === 1, 'the killed one being gone', MINUTE);
      await sender.stop();
      await until(() => sender.acknowledged.every((value) => got.includes(value)), 'reading all', MINUTE);
      await consumer.disconnect();
    },
    3 * MINUTE,
  );

  it(
    'end cleanly on SIGTERM, and another goes on from nothing but the stores',
    async () => {
      const first = await gateway();
      await makeTopic(first.advertised, 'kept');
      const producer = clientOf([first.advertised]).producer();
      await producer.connect();
      await producer.send({ topic: 'kept', messages: [{ value: 'one' }] });
      await producer.disconnect();
      const { code, said } = await first.stop();
      expect({
        code,
        said: said
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { message: string }).message),
      }).toEqual({
        code: 0,
        said: ['started', 'stopping: clients go on with the other gateways', 'stopped'],
      });
      const second = await gateway();
      expect(second.brokerId).toBe(first.brokerId);
      expect(await brokersAt(second.advertised)).toContain(second.brokerId);
      const consumer = clientOf([second.advertised]).consumer({ groupId: 'h', ...GROUP });
      const got = await gather(consumer, 'kept');
      await until(() => got.length > 0, 'reading what the first one took', MINUTE);
      expect(got).toEqual(['one']);
      await consumer.disconnect();
    },
    3 * MINUTE,
  );

  it('tell load balancers that they serve', async () => {
    const { healthPort } = await gateway();
    expect((await fetch(`http://127.0.0.1:${healthPort}/health`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${healthPort}/`)).status).toBe(404);
  });
});

describe('a gateway that asks who clients are', () => {
  it('lets the administrator in by the password that it was started with, and nobody without one', async () => {
    const env = { MILLRACE_KAFKA_ADMIN_PASSWORD: 'a long sentence' };
    const made = await startGatewayWith(env, ...stores, '--auth', 'sasl');
    onTestFinished(() => made.kill());
    const admin = clientOf([made.advertised], {
      sasl: { mechanism: 'scram-sha-256', username: 'admin', password: 'a long sentence' },
    }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'made', numPartitions: 1 }] });
    expect(await admin.listTopics()).toEqual(['made']);
    await admin.disconnect();
    const once = { retry: { retries: 0 } };
    const sasl = { mechanism: 'scram-sha-256', username: 'admin', password: 'another' } as const;
    await expect(
      clientOf([made.advertised], { ...once, sasl })
        .admin()
        .connect(),
    ).rejects.toThrow();
    const nobody = clientOf([made.advertised], once).admin();
    await nobody.connect();
    await expect(nobody.listTopics()).rejects.toThrow();
    await nobody.disconnect();
  });
});

describe('a gateway that is started wrongly', () => {
  it.each<[string, string[], string]>([
    ['every address, and none to tell clients', ['--kafka', '0.0.0.0:0'], '--advertised'],
    ['what ECS says, away from ECS', ['--advertised', 'ecs-task'], 'Amazon ECS'],
    ['Kafka switched off', ['--kafka', 'off'], '--kafka off'],
  ])('with %s, says what to write instead', async (_, args, says) => {
    await expect(startGateway(...stores, ...args)).rejects.toThrow(says);
  });

  it('with a table that is not there, ends', async () => {
    const [bucket = ''] = stores.slice(1);
    const args = ['--bucket', bucket, '--table', 'nowhere', '--endpoint', inject('ministack')];
    await expect(startGateway(...args)).rejects.toThrow('the table or bucket is not there');
  });
});
