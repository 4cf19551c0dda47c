import { gunzipSync } from 'node:zlib';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type S3Options, S3Sink } from '../../../lib/route/sinks/s3.ts';
import { batchOf, contextOf, eventAt, keyed, TOPIC_ID, words } from '../../route/sinks/events.ts';
import type { FaultyProxy, NetworkFault } from '../faulty-proxy.ts';
import { killedInMidDelivery } from './killed.ts';
import { direct, sinkNetwork } from './world.ts';

const ANSWER_MS = 1_500;

let network: FaultyProxy;
let s3: S3Client;
let serial = 0;
beforeAll(async () => {
  network = await sinkNetwork();
  s3 = new S3Client({ ...direct(), forcePathStyle: true });
});
afterAll(() => network.close());

async function newBucket(): Promise<string> {
  const Bucket = `sink-${process.pid}-${serial++}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

const sinkTo = (bucket: string, more: Partial<S3Options> = {}) =>
  new S3Sink(
    { bucket, prefix: '', format: 'jsonl', gzip: false, layout: 'plain', ...more },
    { answerTimeoutMs: ANSWER_MS },
  );

async function keys(Bucket: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key!);
}

async function bytesOf(Bucket: string, Key: string): Promise<Uint8Array> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Body!.transformToByteArray();
}

const linesOf = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { offset: number; key: string });

const s3Says = (status: number, code: string): NetworkFault => ({
  status,
  type: 'application/xml',
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>said by the test</Message></Error>`,
});

const FIRST = 'orders/0/00000000000000000000-00000000000000000002.jsonl';

describe('a bucket of S3', () => {
  test('gets a batch as an object of JSON lines, named by its range', async () => {
    const bucket = await newBucket();
    const batch = { ...batchOf(keyed('a', 'b')), from: 0, to: 3 };
    expect(words(await sinkTo(bucket).deliver(batch, contextOf()))).toEqual(['delivered', 'delivered']);
    expect(await keys(bucket)).toEqual([FIRST]);
    expect(linesOf(await bytesOf(bucket, FIRST))).toMatchObject([
      { topic: 'orders', partition: 0, offset: 0, key: 'a', value: { n: 0 } },
      { offset: 1, key: 'b' },
    ]);
    const { Metadata, ContentType } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: FIRST }));
    expect([Metadata, ContentType]).toEqual([{ 'millrace-topic-id': TOPIC_ID }, 'application/x-ndjson']);
  });

  test('gets gzip, below a prefix, in folders that Hive knows', async () => {
    const bucket = await newBucket();
    await sinkTo(bucket, { prefix: 'raw/', gzip: true, layout: 'hive' }).deliver(batchOf(keyed('a')), contextOf());
    const [key, ...others] = await keys(bucket);
    expect(others).toEqual([]);
    expect(key).toMatch(/^raw\/topic=orders\/partition=0\/0{20}-0{20}\.jsonl\.gz$/);
    expect(linesOf(gunzipSync(await bytesOf(bucket, key!)))).toMatchObject([{ offset: 0, key: 'a' }]);
  });

  test('gets Parquet', async () => {
    const bucket = await newBucket();
    await sinkTo(bucket, { format: 'parquet' }).deliver(batchOf(keyed('a', null)), contextOf());
    const [key] = await keys(bucket);
    expect(key).toMatch(/\.parquet$/);
    const rows = await parquetReadObjects({ file: new Uint8Array(await bytesOf(bucket, key!)).buffer, utf8: false });
    expect(rows.map(({ offset, key }) => [offset, key && Buffer.from(key as Uint8Array).toString()])).toEqual([
      [0n, 'a'],
      [1n, null],
    ]);
  });

  test('gets a batch that comes again in its own place, as it now is', async () => {
    const bucket = await newBucket();
    const batch = { ...batchOf(keyed('a', 'b')), from: 0, to: 3 };
    await sinkTo(bucket).deliver(batch, contextOf());
    const changed = { ...batch, events: batch.events.slice(0, 1) };
    expect(words(await sinkTo(bucket).deliver(changed, contextOf()))).toEqual(['delivered']);
    expect(await keys(bucket)).toEqual([FIRST]);
    expect(linesOf(await bytesOf(bucket, FIRST)).map(({ offset }) => offset)).toEqual([0]);
  });

  test("keeps what an earlier topic's events, or somebody else, wrote under that name", async () => {
    const bucket = await newBucket();
    const batch = { ...batchOf(keyed('a')), from: 0, to: 3 };
    await sinkTo(bucket).deliver(batch, contextOf());
    const [earlier] = await sinkTo(bucket).deliver({ ...batch, topicId: 'another' }, contextOf());
    expect(earlier).toMatchObject({
      is: 'retry',
      reason: expect.stringMatching(/earlier topic "orders".*Move it away.*s3\.prefix/),
    });
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: FIRST, Body: 'mine' }));
    const [foreign] = await sinkTo(bucket).deliver(batch, contextOf());
    expect(foreign).toMatchObject({ is: 'retry', reason: expect.stringContaining('not written by a route') });
    expect(Buffer.from(await bytesOf(bucket, FIRST)).toString()).toBe('mine');
  });

  test.each<NetworkFault>([
    'answer lost',
    'request lost',
    'silence',
    s3Says(503, 'SlowDown'),
    s3Says(500, 'InternalError'),
    s3Says(403, 'AccessDenied'),
    s3Says(409, 'ConditionalRequestConflict'),
    s3Says(400, 'InvalidStorageClass'),
  ])('over a network that fails with %j is tried again, and has one object', async (fault) => {
    const bucket = await newBucket();
    const batch = batchOf(keyed('a', 'b'));
    network.fail(fault);
    expect(words(await sinkTo(bucket).deliver(batch, contextOf()))).toEqual(['retry', 'retry']);
    expect(words(await sinkTo(bucket).deliver(batch, contextOf()))).toEqual(['delivered', 'delivered']);
    const [key, ...others] = await keys(bucket);
    expect(others).toEqual([]);
    expect(linesOf(await bytesOf(bucket, key!)).map(({ offset }) => offset)).toEqual([0, 1]);
  });

  test('that is not there is waited for, and named', async () => {
    const [outcome] = await sinkTo('not-deployed').deliver(batchOf([eventAt(0)]), contextOf());
    expect(outcome).toMatchObject({
      is: 'retry',
      reason: expect.stringMatching(/bucket not-deployed is not there .*s3\.bucket\.name/),
    });
  });

  test.each(['jsonl', 'parquet'] as const)(
    'has each event once, though a worker was killed between delivery and commit (%s)',
    async (format) => {
      const bucket = await newBucket();
      const pairs = Array.from({ length: 15_000 }, (_, n) => [`k${n % 7}`, { n }] as const);
      let written = 0;
      await killedInMidDelivery({ 'connector.class': 's3', 's3.bucket.name': bucket, 's3.format': format }, pairs, {
        kill: (kill) => {
          const watching = setInterval(async () => {
            written = (await keys(bucket)).length;
            if (written === 0) return;
            clearInterval(watching);
            kill();
          }, 1);
        },
        between: async () => {
          expect(written).toBeGreaterThan(0);
        },
      });
      const offsets: number[] = [];
      for (const key of await keys(bucket)) {
        const bytes = await bytesOf(bucket, key);
        if (format === 'jsonl') offsets.push(...linesOf(bytes).map(({ offset }) => offset));
        else {
          const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer, columns: ['offset'] });
          offsets.push(...rows.map(({ offset }) => Number(offset as bigint)));
        }
      }
      expect(offsets).toEqual(pairs.map((_, n) => n));
    },
    60_000,
  );
});
