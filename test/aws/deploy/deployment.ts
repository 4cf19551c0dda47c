import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectsCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { RunningServer } from '../../support/process.ts';
import { type Cdk, cdkRunner } from '../cdk.ts';
import { type Visit, visit } from '../visit.ts';
import { Listener } from './told.ts';

/** Records in REST Proxy's JSON format. */
export const JSON_V2 = 'application/vnd.kafka.json.v2+json';

/** How long what crosses several services may take: an emulator polls each of them. */
const SEEN_MS = 90_000;
const LOOK_MS = 500;

/** Where the stack is deployed to. */
export interface Place {
  /** An emulator's; AWS itself where there is none. */
  readonly endpoint?: string;
  /** Where the test's own server listens, and by which URL functions reach it. Default: on any port of 127.0.0.1. */
  readonly listener?: { readonly port: number; readonly url: string };
  stop(): Promise<void>;
}

/** An emulator that runs for this deployment alone. */
export function placeOf(server: RunningServer): Place {
  return { endpoint: server.url, stop: () => server.stop() };
}

/** The stack of `app.ts` in a place, and all that a user does with it. */
export class Deployment {
  readonly place: Place;
  readonly cdk: Cdk;
  readonly listener: Listener;
  outputs: Readonly<Record<string, string>> = {};
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly lambda: LambdaClient;

  private constructor(place: Place, cdk: Cdk, listener: Listener) {
    const settings = { ...(place.endpoint !== undefined && { endpoint: place.endpoint }) };
    this.place = place;
    this.cdk = cdk;
    this.listener = listener;
    this.sqs = new SQSClient(settings);
    this.dynamodb = new DynamoDBClient(settings);
    this.s3 = new S3Client({ ...settings, forcePathStyle: place.endpoint !== undefined });
    this.lambda = new LambdaClient({ ...settings, maxAttempts: 1 });
  }

  static async start(place: Place, api: string): Promise<Deployment> {
    const listener = await Listener.start(place.listener?.port);
    const context = { api, tell: place.listener?.url ?? listener.url };
    const { endpoint } = place;
    const app = 'node test/aws/deploy/app.ts';
    const cdk = cdkRunner({ app, context, ...(endpoint !== undefined && { endpoint }) });
    return new Deployment(place, cdk, listener);
  }

  async deploy(context: Readonly<Record<string, string>> = {}): Promise<void> {
    this.outputs = (await this.cdk.deploy(context)).Deployed!;
  }

  async stop(): Promise<void> {
    this.cdk.close();
    await this.listener.stop();
    await this.place.stop();
  }

  /** Asks the API; JSON in and out. @throws Error with the answer where it is no success */
  async ask<T = unknown>(method: string, path: string, body?: unknown, type = 'application/json'): Promise<T> {
    const ask: Visit = {
      method,
      headers: { 'content-type': type, accept: /\/records(\?|$)/.test(path) ? JSON_V2 : '*/*' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const answer = await visit(this.place.endpoint, this.outputs.EventsApiUrl!, path, ask);
    const text = answer.body.toString('utf8');
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 1_000)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  produce(topic: string, records: readonly object[]): Promise<{ offsets: { partition: number; offset: number }[] }> {
    return this.ask('POST', `/topics/${topic}`, { records }, JSON_V2);
  }

  /** All events of one partition, from `offset` on, whose values are JSON and whose keys are anything. */
  async read(topic: string, partition: number, offset = 0): Promise<ReadRecord[]> {
    const records = await this.ask<BinaryRecord[]>(
      'GET',
      `/topics/${topic}/partitions/${partition}/messages?offset=${offset}&count=1000`,
    );
    const textOf = (base64: string) => Buffer.from(base64, 'base64').toString('utf8');
    return records.map(({ key, value, ...rest }) => ({
      ...rest,
      key: key === null ? null : textOf(key),
      value: value === null ? null : JSON.parse(textOf(value)),
    }));
  }

  /** The next `count` messages of a queue, taken out of it. */
  async messages(queueUrl: string | undefined, count: number): Promise<ReceivedMessage[]> {
    const found: ReceivedMessage[] = [];
    const endMs = Date.now() + SEEN_MS;
    while (found.length < count && Date.now() < endMs) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          WaitTimeSeconds: 1,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
        }),
      );
      for (const message of Messages) {
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
        found.push({ body: JSON.parse(message.Body!), attributes: Object.keys(message.MessageAttributes ?? {}) });
      }
    }
    return found;
  }

  async send(queueUrl: string | undefined, body: object): Promise<void> {
    await this.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(body) }));
  }

  async trip(trip: string): Promise<Record<string, unknown> | undefined> {
    const ask = new GetItemCommand({ TableName: this.outputs.TripsTable, Key: { trip: { S: trip } } });
    return (await this.dynamodb.send(ask)).Item;
  }

  /** The lines of all files of the lake. */
  async lakeLines(): Promise<Record<string, unknown>[]> {
    const Bucket = this.outputs.LakeBucket;
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'raw/' }));
    const texts = await Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await this.s3.send(new GetObjectCommand({ Bucket, Key }));
        return Body!.transformToString();
      }),
    );
    return texts.flatMap((text) => text.trim().split('\n')).map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async empty(bucket: string | undefined): Promise<void> {
    for (;;) {
      const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
      if (Contents.length === 0) return;
      await this.s3.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key })) } }),
      );
    }
  }

  /** Upkeep, as an operator has it done at once. */
  async tend(): Promise<Tended> {
    const { Payload, FunctionError } = await this.lambda.send(
      new InvokeCommand({ FunctionName: this.outputs.EventsTendFunction, Payload: '{"now":true}' }),
    );
    const text = new TextDecoder().decode(Payload);
    if (FunctionError) throw new Error(`Tending failed: ${text}`);
    return JSON.parse(text) as Tended;
  }
}

interface BinaryRecord extends Omit<ReadRecord, 'key' | 'value'> {
  readonly key: string | null;
  readonly value: string | null;
}

export interface ReadRecord {
  readonly key: string | null;
  readonly value: Record<string, unknown> | null;
  readonly offset: number;
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
}

export interface ReceivedMessage {
  readonly body: Record<string, unknown>;
  readonly attributes: readonly string[];
}

export interface Tended {
  readonly deliveries: number;
  readonly tended?: { readonly pagesRemoved: number; readonly pagesMerged: number; readonly pagesCleaned: number };
}

/** Looks again and again until something is there. @throws Error after a while, with what was looked for */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  limitMs = SEEN_MS,
): Promise<T> {
  const endMs = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > endMs) throw new Error(`Not seen within ${limitMs / 1_000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
