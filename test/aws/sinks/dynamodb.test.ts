import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  type ScalarAttributeType,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { DynamoDbSink } from '../../../lib/route/sinks/dynamodb.ts';
import type { KeySource } from '../../../lib/route/sinks/dynamodb-item.ts';
import { batchOf, contextOf, eventAt, words } from '../../route/sinks/events.ts';
import { readAll } from '../../route/world.ts';
import { type FaultyProxy, faultyProxy, type NetworkFault } from '../faulty-proxy.ts';
import { killedInMidDelivery } from './killed.ts';
import { REGION, routed, says, until } from './world.ts';

const ANSWER_MS = 1_500;

describe.each(['ministack', 'dynamodbLocal'] as const)('a table of DynamoDB, %s', (engine) => {
  let network: FaultyProxy;
  let client: DynamoDBClient;
  let serial = 0;
  beforeAll(async () => {
    network = await faultyProxy(inject(engine));
    process.env.AWS_ENDPOINT_URL_DYNAMODB = network.url;
    client = new DynamoDBClient({ endpoint: inject(engine), region: REGION });
  });
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
    await network.close();
  });

  async function newTable(...keys: (readonly [name: string, type: ScalarAttributeType])[]): Promise<string> {
    const TableName = `sink-${process.pid}-${serial++}`;
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keys.map(([AttributeName], at) => ({ AttributeName, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
        AttributeDefinitions: keys.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      }),
    );
    return TableName;
  }
  const users = () => newTable(['id', 'S']);

  const sinkTo = (table: string, keySource: KeySource = 'value', positionTable = table) =>
    new DynamoDbSink({ table, keySource, positionTable }, { answerTimeoutMs: ANSWER_MS });

  async function scanned(TableName: string): Promise<Record<string, AttributeValue>[]> {
    const all: Record<string, AttributeValue>[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true }))
      all.push(...Items);
    return all;
  }
  /** Items without positions, as `id=n`. */
  async function items(TableName: string): Promise<string[]> {
    return (await scanned(TableName))
      .filter((item) => !item['millrace.next'])
      .map(({ id, n }) => `${id?.S}=${n?.N}`)
      .toSorted();
  }
  async function position(TableName: string): Promise<number | undefined> {
    const found = (await scanned(TableName)).find((item) => item['millrace.next']);
    return found && Number(found['millrace.next']?.N);
  }
  const put = (TableName: string, id: string, n: number) =>
    client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, n: { N: String(n) } } }));

  const user = (offset: number, id: string, n = offset) =>
    eventAt(offset, { value: Buffer.from(JSON.stringify({ id, n })) });

  test('gets items and the position behind them', async () => {
    const table = await users();
    const outcomes = await sinkTo(table).deliver(
      batchOf([user(0, 'ada'), user(1, 'bob'), user(4, 'eve')]),
      contextOf(),
    );
    expect(words(outcomes)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(await items(table)).toEqual(['ada=0', 'bob=1', 'eve=4']);
    expect(await position(table)).toBe(5);
  });

  test('gets nothing again: what was changed since stays changed', async () => {
    const table = await users();
    const batch = batchOf([user(0, 'ada'), user(1, 'bob')]);
    await sinkTo(table).deliver(batch, contextOf());
    await put(table, 'ada', 100);
    expect(words(await sinkTo(table).deliver(batch, contextOf()))).toEqual(['delivered', 'delivered']);
    // Cut otherwise, and going on.
    const more = batchOf([user(1, 'bob', 7), user(2, 'eve')]);
    expect(words(await sinkTo(table).deliver(more, contextOf()))).toEqual(['delivered', 'delivered']);
    expect(await items(table)).toEqual(['ada=100', 'bob=1', 'eve=2']);
    expect(await position(table)).toBe(3);
  });

  test('gets everything again in a replay, and nothing any more from the run before', async () => {
    const table = await users();
    const batch = batchOf([user(0, 'ada')]);
    await sinkTo(table).deliver(batch, contextOf());
    await put(table, 'ada', 100);
    const replay = { ...contextOf(), run: '01K9ROUTE/10' };
    expect(words(await sinkTo(table).deliver(batch, replay))).toEqual(['delivered']);
    expect(await items(table)).toEqual(['ada=0']);
    const [late] = await sinkTo(table).deliver(batchOf([user(5, 'late')]), contextOf());
    expect(late).toMatchObject({ is: 'retry', reason: expect.stringContaining('replay') });
    expect(await items(table)).toEqual(['ada=0']);
  });

  test('gets the last of several events for one item, and deletes', async () => {
    const table = await users();
    const key = Buffer.from('ada');
    const events = [user(0, 'ada'), user(1, 'bob'), user(2, 'ada'), eventAt(3, { key, value: null }), user(4, 'bob')];
    await sinkTo(table).deliver(batchOf(events), contextOf());
    expect(await items(table)).toEqual(['bob=4']);
    expect(await position(table)).toBe(5);
  });

  test("gets keys from the event's key, of any type, and positions in a table of their own", async () => {
    const [table, positions] = [await newTable(['id', 'N']), await newTable(['p', 'B'], ['q', 'N'])];
    const events = [7, 8].map((id, offset) =>
      eventAt(offset, { key: Buffer.from(String(id)), value: Buffer.from('{"a":1}') }),
    );
    const sink = sinkTo(table, 'key', positions);
    expect(words(await sink.deliver(batchOf(events), contextOf()))).toEqual(['delivered', 'delivered']);
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: { id: { N: '8' } } }));
    expect(Item).toEqual({ id: { N: '8' }, a: { N: '1' } });
    expect(await position(positions)).toBe(2);
    const [alone] = await sinkTo(table, 'key').deliver(batchOf(events), contextOf());
    expect(alone).toMatchObject({ is: 'retry', reason: expect.stringContaining('dynamodb.position.table.name') });
  });

  test('gets a thousand events by 99 items and less than 4 MB a transaction', async () => {
    const table = await users();
    const before = network.requests;
    const many = Array.from({ length: 990 }, (_, offset) => user(offset, `u${offset % 300}`));
    expect(new Set(words(await sinkTo(table).deliver(batchOf(many), contextOf())))).toEqual(new Set(['delivered']));
    expect(network.requests - before).toBe(1 + 10);
    expect(await items(table)).toHaveLength(300);
    const text = 'x'.repeat(390_000);
    const large = Array.from({ length: 12 }, (_, n) => {
      return eventAt(1_000 + n, { value: Buffer.from(JSON.stringify({ id: `large${n}`, text })) });
    });
    expect(new Set(words(await sinkTo(table).deliver(batchOf(large), contextOf())))).toEqual(new Set(['delivered']));
    expect(await position(table)).toBe(1_012);
  });

  test('that refuses one event gets those before it, and those behind it when it is out of the way', async () => {
    const table = await users();
    const deep = eventAt(5, { value: Buffer.from(`{"id":"deep","n":1e999}`) });
    const events = [...[0, 1, 2, 3, 4].map((n) => user(n, `u${n}`)), deep, user(6, 'u6')];
    const first = await sinkTo(table).deliver(batchOf(events), contextOf());
    expect(words(first)).toEqual([...Array(5).fill('delivered'), 'poison', 'waits']);
    expect(await position(table)).toBe(5);
    const [last] = await sinkTo(table).deliver(batchOf(events.slice(6)), contextOf());
    expect(last).toEqual({ is: 'delivered' });
    expect(await items(table)).toHaveLength(6);
  });

  test('tells what is no item, before and after its offset is passed', async () => {
    const table = await users();
    const batch = batchOf([user(0, 'ada'), eventAt(1, { value: Buffer.from('text') }), user(2, 'bob')]);
    const sink = sinkTo(table);
    for (const _ of [1, 2])
      expect(words(await sink.deliver(batch, contextOf()))).toEqual(['delivered', 'poison', 'delivered']);
  });

  test.each<[NetworkFault, string]>([
    ['answer lost', 'delivered'],
    ['request lost', 'retry'],
    ['silence', 'retry'],
    [says(500, 'InternalServerError'), 'retry'],
    [says(400, 'ThrottlingException'), 'retry'],
    [says(400, 'AccessDeniedException'), 'retry'],
  ])('over a network that fails with %j says what is so, and gets each event once', async (fault, is) => {
    const table = await users();
    const sink = sinkTo(table);
    await sink.deliver(batchOf([user(0, 'ada')]), contextOf());
    network.fail(fault);
    const batch = batchOf([user(1, 'bob'), user(2, 'eve')]);
    expect(words(await sink.deliver(batch, contextOf()))).toEqual([is, is]);
    expect(words(await sink.deliver(batch, contextOf()))).toEqual(['delivered', 'delivered']);
    expect(await items(table)).toEqual(['ada=0', 'bob=1', 'eve=2']);
  });

  test('gets nothing of a transaction that comes when others have gone on', async () => {
    const table = await users();
    const sink = sinkTo(table);
    await sink.deliver(batchOf([user(0, 'ada')]), contextOf());
    network.fail('late');
    expect(words(await sink.deliver(batchOf([user(1, 'ada')]), contextOf()))).toEqual(['retry']);
    expect(words(await sink.deliver(batchOf([user(1, 'ada'), user(2, 'ada')]), contextOf()))).toEqual([
      'delivered',
      'delivered',
    ]);
    await network.release();
    expect(await items(table)).toEqual(['ada=2']);
  });

  test('that is not there is waited for, and named', async () => {
    const [outcome] = await sinkTo('not-deployed').deliver(batchOf([user(0, 'ada')]), contextOf());
    expect(outcome).toMatchObject({
      is: 'retry',
      reason: expect.stringMatching(/table not-deployed is not there .*dynamodb\.table\.name/),
    });
  });

  test('gets each event once from a worker that is killed between delivery and commit, and from its successor', async () => {
    const table = await users();
    const pairs = Array.from({ length: 400 }, (_, n) => [null, { id: `u${n}`, n }] as const);
    await killedInMidDelivery({ 'connector.class': 'dynamodb', 'dynamodb.table.name': table }, pairs, {
      kill: (now) => {
        const third: NetworkFault = async (body, forward) => {
          const said = await forward(body);
          now();
          return said;
        };
        const pass: NetworkFault = (body, forward) => forward(body);
        network.fail(pass, pass, third);
      },
      // Were it written again, it would be as it was.
      between: () => put(table, 'u0', 1_000).then(() => undefined),
    });
    const n = (id: number) => (id === 0 ? 1_000 : id);
    expect(await items(table)).toEqual(pairs.map((_, id) => `u${id}=${n(id)}`).toSorted());
    expect(await position(table)).toBe(400);
  }, 60_000);

  test('at the end of a route gets what can be an item; the rest is among the dead letters, whole', async () => {
    const table = await users();
    const platform = await routed({ 'connector.class': 'dynamodb', 'dynamodb.table.name': table });
    const values = ['{"id":"ada","n":1}', 'text', '{"id":"","n":2}', '{"id":"bob","n":3}'];
    await platform.events.produce(
      'orders',
      values.map((value) => ({ key: null, value: Buffer.from(value) })),
    );
    await until(async () => (await items(table)).length === 2, 'all items');
    expect(await items(table)).toEqual(['ada=1', 'bob=3']);
    await until(async () => (await readAll(platform.events, 'dead')).length === 2, 'dead letters');
    const letters = await readAll(platform.events, 'dead');
    expect(letters.map(({ value }) => value)).toEqual(['text', '{"id":"","n":2}']);
    expect(letters[1]!.headers['__connect.errors.exception.message']).toContain('"id" in its value is empty');
  });
});
