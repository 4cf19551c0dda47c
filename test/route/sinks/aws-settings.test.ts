import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../lib/route/config.ts';
import { objectKey } from '../../../lib/route/sinks/s3.ts';
import { executionName } from '../../../lib/route/sinks/stepfunctions.ts';
import { batchOf, eventAt } from './events.ts';

const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:orders:live';
const problems = (connector: string, settings: Record<string, string>) =>
  parseConfig({ 'connector.class': connector, topics: 'orders', ...settings }).problems.map(({ error }) => error);
const options = (connector: string, settings: Record<string, string>) =>
  parseConfig({ 'connector.class': connector, topics: 'orders', ...settings }).config?.sink.options;

describe('settings of sinks on AWS', () => {
  test.each([
    ['lambda', { 'lambda.function.arn': 'orders' }, /takes an ARN such as arn:aws:lambda/],
    [
      'lambda',
      {
        'lambda.function.arn': FUNCTION,
        'lambda.event.source': 'SelfManagedKafka',
        'lambda.event.source.arn': 'arn:aws:kafka:eu-west-1:123456789012:cluster/a/b',
      },
      /others have none/,
    ],
    ['lambda', { 'lambda.function.arn': FUNCTION, 'lambda.bootstrap.servers': 'localhost' }, /host:port/],
    ['stepfunctions', { 'stepfunctions.state.machine.arn': FUNCTION }, /takes an ARN such as arn:aws:states/],
    ['cloudwatchlogs', { 'cloudwatchlogs.group.name': 'a b' }, /name of a log group/],
    ['cloudwatchlogs', { 'cloudwatchlogs.group.name': 'a', 'cloudwatchlogs.stream.prefix': 'a:b' }, /without colons/],
    ['s3', { 's3.bucket.name': 'arn:aws:s3:::lake' }, /not its ARN/],
    ['s3', { 's3.bucket.name': 'lake', 's3.prefix': '/raw' }, /no slash at its beginning/],
    [
      's3',
      { 's3.bucket.name': 'lake', 's3.format': 'parquet', 's3.compression': 'gzip' },
      /Parquet is compressed within/,
    ],
    ['dynamodb', { 'dynamodb.table.name': 'a' }, /name of a table/],
    ['dynamodb', { 'dynamodb.table.name': 'users', 'dynamodb.key.source': 'header' }, /takes value or key/],
  ])('of %s are refused with what would be right: %j', (connector, settings, said) => {
    const found = problems(connector, settings);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(said);
  });

  test.each([
    ['lambda', 'lambda.function.arn'],
    ['stepfunctions', 'stepfunctions.state.machine.arn'],
    ['cloudwatchlogs', 'cloudwatchlogs.group.name'],
    ['s3', 's3.bucket.name'],
    ['dynamodb', 'dynamodb.table.name'],
  ])('of %s are wanted: %s', (connector, name) => {
    expect(problems(connector, {})).toEqual([expect.stringContaining(`"${name}" is missing`)]);
  });

  test('have defaults', () => {
    expect(options('lambda', { 'lambda.function.arn': FUNCTION })).toMatchObject({
      function: { text: FUNCTION, region: 'eu-west-1' },
      source: {
        arn: expect.stringMatching(/^arn:aws:kafka:eu-west-1:123456789012:cluster\/millrace\//),
        bootstrapServers: 'millrace:9092',
      },
      batchRecordsMax: 100,
    });
    expect(options('s3', { 's3.bucket.name': 'lake' })).toEqual({
      bucket: 'lake',
      prefix: '',
      format: 'jsonl',
      gzip: false,
      layout: 'plain',
    });
    expect(options('dynamodb', { 'dynamodb.table.name': 'users' })).toEqual({
      table: 'users',
      keySource: 'value',
      positionTable: 'users',
    });
  });
});

test('names of objects follow from topic, partition and range, and sort as offsets do', () => {
  const batch = { ...batchOf([eventAt(9)]), from: 7, to: 4_712 };
  const plain = { prefix: '', layout: 'plain', format: 'jsonl', gzip: false } as const;
  expect(objectKey(plain, batch)).toBe('orders/0/00000000000000000007-00000000000000004711.jsonl');
  expect(objectKey({ ...plain, prefix: 'raw/', layout: 'hive', gzip: true }, batch)).toBe(
    'raw/topic=orders/partition=0/00000000000000000007-00000000000000004711.jsonl.gz',
  );
  expect(objectKey({ ...plain, format: 'parquet' }, batch)).toMatch(/\.parquet$/);
});

describe("an execution's name", () => {
  test('is the same at each try, and another for each event, route, replay and topic of that name', () => {
    const name = executionName(eventAt(17), '01R/0/01T');
    expect(executionName(eventAt(17), '01R/0/01T')).toBe(name);
    const others = [
      executionName(eventAt(18), '01R/0/01T'),
      executionName(eventAt(17, { partition: 1 }), '01R/0/01T'),
      executionName(eventAt(17), '01R/1/01T'),
      executionName(eventAt(17), '01R/0/02T'),
    ];
    expect(new Set([name, ...others]).size).toBe(5);
    expect(name).toMatch(/^orders-0-17-[0-9a-f]{32}$/);
  });

  test('has 80 characters at most', () => {
    const event = eventAt(Number.MAX_SAFE_INTEGER, { topic: 't'.repeat(249), partition: 99_999 });
    expect(executionName(event, 'scope')).toHaveLength(80);
    expect(executionName(event, 'scope')).toMatch(/-99999-9007199254740991-[0-9a-f]{32}$/);
  });
});
