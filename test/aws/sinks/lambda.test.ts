import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arnOf } from '../../../lib/route/sinks/arn.ts';
import { LambdaSink } from '../../../lib/route/sinks/lambda.ts';
import { batchOf, contextOf, eventAt, keyed, words } from '../../route/sinks/events.ts';
import { readAll } from '../../route/world.ts';
import type { FaultyProxy, NetworkFault } from '../faulty-proxy.ts';
import { newFunction } from './functions.ts';
import { ACCOUNT, REGION, routed, says, sinkNetwork, until } from './world.ts';

let network: FaultyProxy;
let folder: string;
let serial = 0;
beforeAll(async () => {
  network = await sinkNetwork();
  folder = mkdtempSync(join(tmpdir(), 'millrace-lambda-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await network.close();
});

/** A function that writes down each event that it gets, a line each, and then does as told with `records`. */
async function newHandler(does = ''): Promise<{ arn: string; events: () => MSKEvent[]; offsets: () => number[][] }> {
  const path = join(folder, `${serial}.jsonl`);
  const source = `import { appendFileSync } from 'node:fs';
    export async function handler(event) {
      appendFileSync(${JSON.stringify(path)}, JSON.stringify(event) + '\\n');
      const records = Object.values(event.records).flat();
      const text = ({ value }) => Buffer.from(value ?? '', 'base64').toString();
      ${does}
    }`;
  const arn = await newFunction(`handler-${process.pid}-${serial++}`, source);
  const events = () => {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as MSKEvent);
  };
  const offsets = () =>
    events().map(({ records }) =>
      Object.values(records)
        .flat()
        .map(({ offset }: MSKRecord) => offset),
    );
  return { arn, events, offsets };
}

const parse = arnOf('lambda', /./, 'an ARN');
const SOURCE = { arn: 'arn:aws:kafka:us-east-1:000000000000:cluster/millrace/1', bootstrapServers: 'millrace:9092' };
const sinkTo = (arn: string) =>
  new LambdaSink({ function: parse(arn), source: SOURCE, batchRecordsMax: 100, timeoutMs: 20_000 });
const texts = (...values: string[]) => values.map((value, offset) => eventAt(offset, { value: Buffer.from(value) }));

describe('a function of Lambda', () => {
  test("gets a batch in the shape of Kafka's event source mappings", async () => {
    const { arn, events } = await newHandler();
    const headers = [['trace', Buffer.from('ë')] as const];
    const [first, second] = keyed('a', null) as [ReturnType<typeof eventAt>, ReturnType<typeof eventAt>];
    const outcomes = await sinkTo(arn).deliver(batchOf([{ ...first, headers }, second]), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'delivered']);
    expect(events()).toEqual([
      {
        eventSource: 'aws:kafka',
        eventSourceArn: SOURCE.arn,
        bootstrapServers: 'millrace:9092',
        records: {
          'orders-0': [
            {
              topic: 'orders',
              partition: 0,
              offset: 0,
              timestamp: 1_790_000_000_000,
              timestampType: 'CREATE_TIME',
              key: 'YQ==',
              value: Buffer.from('{"n":0}').toString('base64'),
              headers: [{ trace: [-61, -85] }],
            },
            expect.objectContaining({ offset: 1, headers: [] }),
          ],
        },
      },
    ]);
  });

  test('that names what failed gets the rest as delivered, and that one again', async () => {
    const { arn } = await newHandler(
      `return { batchItemFailures: records.filter((one) => text(one) === 'bad').map(({ topic, partition, offset }) =>
        ({ itemIdentifier: { 'topic-partition': topic + '-' + partition, offset } })) };`,
    );
    const outcomes = await sinkTo(arn).deliver(batchOf(texts('a', 'b', 'bad', 'c')), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'delivered', 'retry', 'waits']);
  });

  test('that fails on one event is narrowed down to it, and those behind it wait', async () => {
    const { arn, offsets } = await newHandler(
      `if (records.some((one) => text(one) === 'bad')) throw new Error('cannot take it');`,
    );
    const values = ['a', 'b', 'c', 'd', 'e', 'bad', 'g', 'h'];
    const outcomes = await sinkTo(arn).deliver(batchOf(texts(...values)), contextOf());
    expect(words(outcomes)).toEqual([...Array(5).fill('delivered'), 'retry', 'waits', 'waits']);
    expect(outcomes[5]).toMatchObject({
      reason: expect.stringContaining(`function ${arn} failed`),
      detail: expect.stringContaining('cannot take it'),
    });
    expect(offsets()).toEqual([[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3], [4, 5, 6, 7], [4, 5], [4], [5]]);
  });

  test('gets 6 MB at most in one invocation, and an event that is larger is poison', async () => {
    const { arn, offsets } = await newHandler();
    const sizes = [1_500_000, 1_500_000, 1_500_000, 5_000_000, 100_000, 4_700_000];
    const events = sizes.map((sizeBytes, offset) => eventAt(offset, { value: Buffer.alloc(sizeBytes, 'x') }));
    const outcomes = await sinkTo(arn).deliver(batchOf(events), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'delivered', 'delivered', 'poison', 'delivered', 'delivered']);
    expect(outcomes[3]).toMatchObject({
      reason: expect.stringMatching(
        /^the event takes 6666\d{3} bytes; the payload of an invocation holds 6291\d\d\d at most$/,
      ),
    });
    expect(offsets()).toEqual([[0, 1, 2], [4], [5]]);
  });

  test.each<[NetworkFault, string]>([
    ['answer lost', 'no answer'],
    ['request lost', 'no answer'],
    [says(429, 'TooManyRequestsException'), 'slow down'],
    [says(409, 'ResourceConflictException'), 'slow down'],
    [says(403, 'AccessDeniedException'), 'lambda:InvokeFunction'],
    [says(502, 'InvalidRuntimeException'), 'failed with'],
    [says(400, 'InvalidParameterValueException'), 'refuses'],
  ])('over a network that fails with %j is called again with the same events', async (fault, said) => {
    const { arn, offsets } = await newHandler();
    network.fail(fault);
    const batch = batchOf(keyed('a', 'b'));
    const [outcome] = await sinkTo(arn).deliver(batch, contextOf());
    expect(outcome).toMatchObject({ is: 'retry', reason: expect.stringContaining(said) });
    expect(words(await sinkTo(arn).deliver(batch, contextOf()))).toEqual(['delivered', 'delivered']);
    expect(offsets().at(-1)).toEqual([0, 1]);
  });

  test('that is not there is waited for, and named', async () => {
    const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:not-deployed`;
    const [outcome] = await sinkTo(arn).deliver(batchOf([eventAt(0)]), contextOf());
    expect(outcome).toMatchObject({
      is: 'retry',
      reason: expect.stringMatching(/not-deployed is not there .*lambda\.function\.arn/),
    });
  });

  test('at the end of a route gets all events in order; the one it never takes ends among the dead letters, alone', async () => {
    const { arn, events } = await newHandler(
      `if (records.some((one) => text(one) === 'bad')) throw new Error('cannot take it');`,
    );
    const platform = await routed({
      'connector.class': 'lambda',
      'lambda.function.arn': arn,
      'errors.retry.timeout': '1000',
    });
    const values = ['a', 'b', 'bad', 'c', 'd'];
    await platform.events.produce(
      'orders',
      values.map((value) => ({ key: null, value: Buffer.from(value) })),
    );
    const last = () =>
      events().some(({ records }) => records['orders-0']!.at(-1)!.offset === 4 && records['orders-0']![0]!.offset > 2);
    await until(last, 'the last event');
    const letters = await readAll(platform.events, 'dead');
    expect(letters.map(({ value }) => value)).toEqual(['bad']);
    expect(letters[0]!.headers['__connect.errors.exception.message']).toMatch(
      /cannot take it.*\(given up after \d tries\)/,
    );
  });
});
