import { DynamoDBClient, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, type InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../support/process.ts';
import { type Cdk, cdkRunner } from '../cdk.ts';
import { startLocalStack } from '../localstack.ts';
import { startMiniStack } from '../ministack.ts';
import { visit } from '../visit.ts';

const SET_UP_MS = 15 * 60_000;
const MESSAGE_MS = 40_000;
const NODE_24 = /^24\./;

/** A stack that is up on an emulator of its own. */
class Deployed {
  readonly emulator: RunningServer;
  readonly cdk: Cdk;
  readonly outputs: Readonly<Record<string, string>>;
  readonly #sqs: SQSClient;
  readonly #dynamodb: DynamoDBClient;
  readonly #lambda: LambdaClient;

  constructor(emulator: RunningServer, cdk: Cdk, outputs: Readonly<Record<string, string>>) {
    const settings = { endpoint: emulator.url };
    this.emulator = emulator;
    this.cdk = cdk;
    this.outputs = outputs;
    this.#sqs = new SQSClient(settings);
    this.#dynamodb = new DynamoDBClient(settings);
    this.#lambda = new LambdaClient(settings);
  }

  async write(pk: string): Promise<void> {
    await this.#dynamodb.send(new PutItemCommand({ TableName: this.outputs.TableName, Item: { pk: { S: pk } } }));
  }

  /** The next `count` messages of the queue. */
  async messages(count: number): Promise<Record<string, unknown>[]> {
    const { QueueUrl } = this.outputs;
    const found: Record<string, unknown>[] = [];
    const endMs = Date.now() + MESSAGE_MS;
    while (found.length < count && Date.now() < endMs) {
      const ask = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2, MaxNumberOfMessages: 1 });
      for (const { Body, ReceiptHandle } of (await this.#sqs.send(ask)).Messages ?? []) {
        found.push(JSON.parse(Body!) as Record<string, unknown>);
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
    return found;
  }

  invoke(event: object, FunctionName = this.outputs.AnswerName): Promise<InvokeCommandOutput> {
    return this.#lambda.send(new InvokeCommand({ FunctionName, LogType: 'Tail', Payload: JSON.stringify(event) }));
  }

  /** As a service does that does not wait: the function is called again when it fails. */
  async send(event: object): Promise<void> {
    const { SeenName } = this.outputs;
    await this.#lambda.send(
      new InvokeCommand({ FunctionName: SeenName, InvocationType: 'Event', Payload: JSON.stringify(event) }),
    );
  }

  async tables(): Promise<string[]> {
    return (await this.#dynamodb.send(new ListTablesCommand({}))).TableNames ?? [];
  }
}

async function deployed(emulator: RunningServer, api: 'http' | 'rest'): Promise<Deployed> {
  const cdk = cdkRunner({
    endpoint: emulator.url,
    app: 'node test/aws/deploy-smoke/app.ts',
    context: { api },
  });
  try {
    await cdk.bootstrap();
    return new Deployed(emulator, cdk, (await cdk.deploy()).Smoke!);
  } catch (error) {
    cdk.close();
    await emulator.stop();
    throw error;
  }
}

function textOf(answer: InvokeCommandOutput): string {
  return new TextDecoder().decode(answer.Payload);
}

const EMULATORS = [
  { name: 'MiniStack', start: startMiniStack, api: 'http' },
  { name: 'LocalStack', start: startLocalStack, api: 'rest' },
] as const;

describe.each(EMULATORS)('a stack on $name', ({ name, start, api }) => {
  let stack: Deployed;
  beforeAll(async () => {
    stack = await deployed(await start(), api);
  }, SET_UP_MS);
  afterAll(async () => {
    stack?.cdk.close();
    await stack?.emulator.stop();
  }, SET_UP_MS);

  it('tells a function of an item that is written', async () => {
    await stack.write('first');
    expect(await stack.messages(1)).toMatchObject([
      { pk: 'first', eventName: 'INSERT', node: expect.stringMatching(NODE_24) },
    ]);
  });

  it('answers through its API, by the Node of Lambda', async () => {
    const { status, body } = await visit(stack.emulator.url, stack.outputs.ApiUrl!, '/topics/flights?n=1');
    const { node, event } = JSON.parse(body.toString());
    expect(status).toBe(200);
    expect(node).toMatch(NODE_24);
    expect(api === 'http' ? event.rawPath : event.path).toBe('/topics/flights');
  });

  it('answers through the URL of a function', async () => {
    const ask = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    const { status, body } = await visit(stack.emulator.url, stack.outputs.AnswerUrl!, '/a/b?c=d', ask);
    expect(status).toBe(200);
    expect(JSON.parse(body.toString()).event).toMatchObject({
      rawPath: '/a/b',
      rawQueryString: 'c=d',
      body: '{"a":1}',
    });
  });

  it('calls a function again that failed when nobody waited for it', async () => {
    await stack.send({ asynchronous: 'a1' });
    expect(await stack.messages(3)).toEqual(Array(3).fill({ asynchronous: 'a1' }));
  });

  if (name === 'LocalStack') localStackAlone(() => stack);

  it(
    'is gone when destroyed',
    async () => {
      expect(await stack.tables()).toContain(stack.outputs.TableName);
      await stack.cdk.destroy();
      expect(await stack.tables()).not.toContain(stack.outputs.TableName);
    },
    SET_UP_MS,
  );
});

/** What MiniStack does not do (docs/testing.md), and how our own executor runs functions. */
function localStackAlone(stack: () => Deployed): void {
  it('retries from the item that a function refused, and only from there', async () => {
    await stack().write('twice-1');
    const told = await stack().messages(2);
    expect(told).toMatchObject([
      { pk: 'twice-1', refused: true },
      { pk: 'twice-1', eventName: 'INSERT' },
    ]);
  });

  it('runs a handler that streams: its status, its headers and all of its pieces', async () => {
    const { status, headers, body } = await visit(stack().emulator.url, stack().outputs.StreamedUrl!, '/s');
    expect([status, headers['x-piece'], body.toString()]).toEqual([201, 'both', 'one, two of /s']);
  });

  it('tells what a handler threw, with its type, and goes on in the same process', async () => {
    const before = JSON.parse(JSON.parse(textOf(await stack().invoke({}))).body);
    const thrown = await stack().invoke({ crash: 'throw' });
    expect(thrown.FunctionError).toBe('Unhandled');
    expect(JSON.parse(textOf(thrown))).toMatchObject({ errorType: 'RangeError', errorMessage: 'asked to' });
    const after = JSON.parse(JSON.parse(textOf(await stack().invoke({}))).body);
    expect(after.pid).toBe(before.pid);
  });

  it('tells why a function could not start', async () => {
    const failed = await stack().invoke({}, stack().outputs.BrokenName);
    expect(failed.FunctionError).toBe('Unhandled');
    expect(JSON.parse(textOf(failed))).toMatchObject({ errorType: 'TypeError', errorMessage: 'broken from the start' });
  });

  it('freezes a process between invocations: its timers stand still', async () => {
    await stack().invoke({ count: 'begin' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { ticks } = JSON.parse(JSON.parse(textOf(await stack().invoke({ count: 'end' }))).body);
    expect(ticks).toBeLessThan(20);
  });

  it.each([
    ['exit', 'Runtime.ExitError', 'exit status 3'],
    ['sleep', 'Sandbox.Timedout', 'Task timed out after 3.00 seconds'],
    ['large', 'Function.ResponseSizeTooLarge', 'exceeded maximum allowed payload size'],
  ])('reports a function that does not answer (%s), and the next invocation works', async (crash, type, message) => {
    const failed = await stack().invoke({ crash });
    expect(failed.FunctionError).toBe('Unhandled');
    const error = JSON.parse(textOf(failed));
    expect([error.errorType, error.errorMessage]).toEqual([type, expect.stringContaining(message)]);
    expect(Buffer.from(failed.LogResult!, 'base64').toString()).toContain(message);
    expect((await stack().invoke({})).FunctionError).toBeUndefined();
  });
}
