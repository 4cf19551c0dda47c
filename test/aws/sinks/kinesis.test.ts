import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kinesisSink, streamOf } from '../../../lib/route/sinks/kinesis.ts';
import { batchOf, contextOf, eventAt, keyed, words } from '../../route/sinks/events.ts';
import type { FaultyProxy, NetworkFault } from '../faulty-proxy.ts';
import { direct, produceNumbered, refusing, routed, says, sinkNetwork, until } from './world.ts';

let network: FaultyProxy;
let kinesis: KinesisClient;
let serial = 0;
beforeAll(async () => {
  network = await sinkNetwork({ http2: true });
  // By HTTP/1.1: a session of HTTP/2 that the emulator ends (PROTOCOL_ERROR, when it is busy) is no answer, and is not tried
  // again by the SDK. The sink goes by HTTP/2, and tries again.
  kinesis = new KinesisClient({ ...direct(), requestHandler: new NodeHttpHandler() });
});
afterAll(() => network.close());

async function newStream(name = `s${serial++}`): Promise<string> {
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 2 }));
  await until(async () => {
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }));
    return StreamDescriptionSummary?.StreamStatus === 'ACTIVE';
  }, 'an active stream');
  return name;
}

/** All records of a stream, each shard's in order: key and text. */
async function records(StreamName: string): Promise<[key: string, text: string][]> {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
  const found: [string, string][] = [];
  for (const { ShardId } of Shards) {
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
    for (const { PartitionKey, Data } of Records) found.push([PartitionKey!, Buffer.from(Data!).toString()]);
  }
  return found;
}

const sinkTo = (stream: string) => kinesisSink({ stream: streamOf(stream), format: 'value' });

const refusingTexts = (...which: string[]): NetworkFault =>
  refusing<{ Data: string }>(
    'Records',
    ({ Data }) => which.includes(Buffer.from(Data, 'base64').toString()),
    ({ Records = [] }, entries) => {
      const taken = (Records as unknown[])[Symbol.iterator]();
      const refusal = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'said by the test' };
      const all = entries.map(({ refused }) => (refused ? refusal : taken.next().value));
      return { FailedRecordCount: entries.filter(({ refused }) => refused).length, Records: all };
    },
  );

test('a stream gets the bytes of events under their keys, many a call', async () => {
  const stream = await newStream();
  const events = Array.from({ length: 500 }, (_, n) => eventAt(n, n % 2 ? {} : { key: Buffer.from(`k${n}`) }));
  const before = network.requests;
  expect(new Set(words(await sinkTo(stream).deliver(batchOf(events), contextOf())))).toEqual(new Set(['delivered']));
  expect(network.requests).toBe(before + 1);
  const found = await records(stream);
  expect(found.map(([, text]) => text).sort()).toEqual(events.map(({ value }) => String(value)).sort());
  expect(found.find(([key]) => key === 'k44')).toEqual(['k44', '{"n":44}']);
});

test('a stream has the records of each key in order, though calls fail in part', async () => {
  const stream = await newStream();
  const platform = await routed({ 'connector.class': 'kinesis', 'kinesis.stream.name': stream });
  network.fail(refusingTexts('a0', 'c0'), refusingTexts('b1', 'a0'), refusingTexts('c0', 'd1'));
  await produceNumbered(platform, ['a', 'b', 'a', 'c', 'd', 'b', 'a', 'c', 'd', 'b']);
  let found: [string, string][] = [];
  await until(async () => {
    found = await records(stream);
    return found.length >= 10;
  }, 'all records');
  const byKey = Object.groupBy(found, ([key]) => key);
  const order = Object.fromEntries(Object.entries(byKey).map(([key, of]) => [key, of!.map(([, text]) => text)]));
  expect(order).toEqual({ a: ['a0', 'a1', 'a2'], b: ['b0', 'b1', 'b2'], c: ['c0', 'c1'], d: ['d0', 'd1'] });
});

test('a stream refuses a record over its limit, which is poison with its size, and those beside it arrive', async () => {
  const stream = await newStream();
  const [key, value] = [Buffer.from('k'), Buffer.alloc(1_100_000, 'x')];
  const huge = Buffer.alloc(10 * 1024 * 1024);
  const events = [
    eventAt(0),
    eventAt(1, { key, value }),
    eventAt(2),
    eventAt(3, { key: Buffer.from('j'), value: huge }),
  ];
  const outcomes = await sinkTo(stream).deliver(batchOf(events), contextOf());
  expect(words(outcomes)).toEqual(['delivered', 'poison', 'delivered', 'poison']);
  expect(outcomes[1]).toMatchObject({
    reason: expect.stringContaining('takes 1100001 bytes; a record of Kinesis holds 1048576 at most'),
  });
  expect(outcomes[3]).toEqual({
    is: 'poison',
    reason: 'the event takes 10485761 bytes; a record of Kinesis holds 10485760 at most',
  });
  expect(await records(stream)).toHaveLength(2);
});

test('a stream that throttles, or is deleted, has the events when it is back', async () => {
  const stream = await newStream();
  const sink = sinkTo(stream);
  const batch = batchOf(keyed('a', 'b'));
  network.fail(says(400, 'LimitExceededException'));
  expect((await sink.deliver(batch, contextOf()))[0]).toMatchObject({
    is: 'retry',
    reason: expect.stringContaining('asks to slow down'),
  });
  await kinesis.send(new DeleteStreamCommand({ StreamName: stream }));
  await until(async () => {
    const [outcome] = await sink.deliver(batch, contextOf());
    return outcome?.is === 'retry' && outcome.reason.includes('set kinesis.stream.name to one that is');
  }, 'a stream that is gone');
  await newStream(stream);
  expect(words(await sink.deliver(batch, contextOf()))).toEqual(['delivered', 'delivered']);
  expect(await records(stream)).toHaveLength(2);
});

test('a stream that took events and then was not heard has them again: nothing is lost', async () => {
  const stream = await newStream();
  const sink = sinkTo(stream);
  network.fail('answer lost');
  expect(words(await sink.deliver(batchOf(keyed('a')), contextOf()))).toEqual(['retry']);
  expect(words(await sink.deliver(batchOf(keyed('a')), contextOf()))).toEqual(['delivered']);
  expect(await records(stream)).toEqual([
    ['a', '{"n":0}'],
    ['a', '{"n":0}'],
  ]);
});
