import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { queueBuffer } from '../../functions/buffer.ts';
import { ingestHandler } from '../../functions/ingest.ts';
import { BUFFERED_BODY_BYTES_MAX } from '../../lib/http/index.ts';
import { message, recordingLogger } from '../functions/deliveries.ts';
import { client, services, V2_JSON } from '../http/world.ts';
import { readAll } from '../route/world.ts';

let sqs: SQSClient;
let serial = 0;
beforeAll(() => {
  // The buffer's client takes its endpoint from the environment, as in a function.
  process.env.AWS_ENDPOINT_URL = inject('ministack');
  sqs = new SQSClient({});
});

async function newQueue(): Promise<string> {
  const Attributes = { MaximumMessageSize: String(1024 * 1024) };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `buffer-${serial++}`, Attributes }));
  return QueueUrl!;
}

/** What waits in the queue, as Lambda would hand it over. */
async function delivered(QueueUrl: string): Promise<SQSRecord[]> {
  const ask = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] };
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(ask));
  return Messages.map(recordOf);
}

function recordOf({ MessageId, Body, MessageAttributes = {} }: Message): SQSRecord {
  const messageAttributes = Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { StringValue, DataType }]) => [
      name,
      { stringValue: StringValue, dataType: DataType! },
    ]),
  );
  return message(MessageId!, Body!, { messageAttributes });
}

const headers = { 'content-type': V2_JSON };
const post = (over: ReturnType<typeof services>, queueUrl: string, body: unknown, path = '/buffered/topics/orders') =>
  client(over, { buffer: queueBuffer(queueUrl) }).post(path, body, headers);

describe('buffered produce through a queue of SQS', () => {
  it('lands what was sent over HTTP, whatever its characters and size', async () => {
    const over = services();
    await over.topics.create('orders', { partitions: 2, config: { 'max.message.bytes': '2000000' } });
    const queueUrl = await newQueue();
    const large = 'x'.repeat(BUFFERED_BODY_BYTES_MAX - 1_000);
    for (const value of ['ü', '\uFFFE', large]) {
      expect(
        await post(over, queueUrl, { records: [{ value }] }, '/buffered/topics/orders/partitions/1'),
      ).toMatchObject({ status: 202 });
    }
    const { events } = over;
    const ingest = ingestHandler({ events, logger: recordingLogger() });
    for (let batch = await delivered(queueUrl); batch.length > 0; batch = await delivered(queueUrl)) {
      expect(await ingest({ Records: batch })).toEqual({ batchItemFailures: [] });
    }
    const found = new Set((await readAll(events, 'orders', 1)).map(({ value }) => JSON.parse(value!) as string));
    expect(found).toEqual(new Set(['ü', '\uFFFE', large]));
  });

  it('answers 503 while there is no such queue', async () => {
    const over = services();
    await over.topics.create('orders');
    const queueUrl = `${inject('ministack')}/000000000000/nowhere`;
    expect(await post(over, queueUrl, { records: [{ value: 1 }] })).toMatchObject({
      status: 503,
      body: { error_code: 50003, message: expect.stringContaining('did not take the request') },
    });
  });
});
