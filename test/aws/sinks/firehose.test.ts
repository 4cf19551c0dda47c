import { CreateDeliveryStreamCommand, DeleteDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { firehoseOf, firehoseSink } from '../../../lib/route/sinks/firehose.ts';
import { batchOf, contextOf, eventAt, keyed, words } from '../../route/sinks/events.ts';
import type { FaultyProxy, NetworkFault } from '../faulty-proxy.ts';
import { ACCOUNT, direct, refusing, says, sinkNetwork } from './world.ts';

let network: FaultyProxy;
let firehose: FirehoseClient;
let s3: S3Client;
let serial = 0;
beforeAll(async () => {
  network = await sinkNetwork();
  firehose = new FirehoseClient(direct());
  s3 = new S3Client({ ...direct(), forcePathStyle: true });
});
afterAll(() => network.close());

async function newStream(): Promise<string> {
  const name = `firehose${serial++}`;
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  await restored(name);
  return name;
}

async function restored(name: string): Promise<void> {
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      ExtendedS3DestinationConfiguration: {
        RoleARN: `arn:aws:iam::${ACCOUNT}:role/firehose`,
        BucketARN: `arn:aws:s3:::${name}`,
      },
    }),
  );
}

/** Everything that the stream wrote to its bucket. */
async function written(Bucket: string): Promise<string> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const texts = Contents.map(async ({ Key }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return Body!.transformToString();
  });
  return (await Promise.all(texts)).join('');
}

const linesOf = (text: string) => text.split('\n').filter(Boolean).sort();
const sinkTo = (stream: string, delimiter: 'newline' | 'none' = 'newline') =>
  firehoseSink({ stream: firehoseOf(stream), format: 'value', delimiter });

const refusingTexts = (...which: string[]): NetworkFault =>
  refusing<{ Data: string }>(
    'Records',
    ({ Data }) => which.includes(Buffer.from(Data, 'base64').toString()),
    ({ RequestResponses = [] }, entries) => {
      const taken = (RequestResponses as unknown[])[Symbol.iterator]();
      const refusal = { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'said by the test' };
      const all = entries.map(({ refused }) => (refused ? refusal : taken.next().value));
      return { FailedPutCount: 1, RequestResponses: all };
    },
  );

test('a stream gets a line per event, many a call', async () => {
  const stream = await newStream();
  const events = Array.from({ length: 300 }, (_, n) => eventAt(n));
  const before = network.requests;
  expect(new Set(words(await sinkTo(stream).deliver(batchOf(events), contextOf())))).toEqual(new Set(['delivered']));
  expect(network.requests).toBe(before + 1);
  expect(linesOf(await written(stream))).toEqual(events.map(({ value }) => String(value)).sort());
});

test('a stream gets bytes alone where nothing is to stand between them', async () => {
  const stream = await newStream();
  await sinkTo(stream, 'none').deliver(batchOf([eventAt(0, { value: Buffer.from('a') })]), contextOf());
  expect(await written(stream)).toBe('a');
});

test('records that a call refuses come again, the others do not', async () => {
  const stream = await newStream();
  const sink = sinkTo(stream);
  const events = keyed('a', 'b', 'c');
  network.fail(refusingTexts('{"n":1}\n'));
  expect(words(await sink.deliver(batchOf(events), contextOf()))).toEqual(['delivered', 'retry', 'delivered']);
  expect(words(await sink.deliver(batchOf([events[1]!]), contextOf()))).toEqual(['delivered']);
  expect(linesOf(await written(stream))).toEqual(['{"n":0}', '{"n":1}', '{"n":2}']);
});

test('a record over the limit is poison with its size, and those beside it arrive', async () => {
  const stream = await newStream();
  const events = [eventAt(0), eventAt(1, { value: Buffer.alloc(1_024_000, 'x') }), eventAt(2)];
  const outcomes = await sinkTo(stream).deliver(batchOf(events), contextOf());
  expect(words(outcomes)).toEqual(['delivered', 'poison', 'delivered']);
  expect(outcomes[1]).toEqual({
    is: 'poison',
    reason: 'the event takes 1024001 bytes; a record of Firehose holds 1024000 at most',
  });
  expect(linesOf(await written(stream))).toEqual(['{"n":0}', '{"n":2}']);
});

test('a stream that throttles, loses an answer, or is deleted has the event when it is back', async () => {
  const stream = await newStream();
  const sink = sinkTo(stream);
  const batch = batchOf([eventAt(0)]);
  network.fail(says(503, 'ServiceUnavailableException'), 'answer lost');
  expect(words(await sink.deliver(batch, contextOf()))).toEqual(['retry']);
  expect(words(await sink.deliver(batch, contextOf()))).toEqual(['retry']);
  await firehose.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: stream }));
  expect(await sink.deliver(batch, contextOf())).toMatchObject([
    { is: 'retry', reason: expect.stringContaining('set firehose.stream.name to one that is') },
  ]);
  await restored(stream);
  expect(words(await sink.deliver(batch, contextOf()))).toEqual(['delivered']);
  expect(linesOf(await written(stream))).toEqual(['{"n":0}', '{"n":0}']);
});
