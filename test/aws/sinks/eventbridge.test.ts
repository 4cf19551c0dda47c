import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../lib/bytes/index.ts';
import type { BodyFormat } from '../../../lib/route/sinks/bodies.ts';
import { busOf, eventBridgeSink } from '../../../lib/route/sinks/eventbridge.ts';
import { batchOf, contextOf, eventAt, keyed, words } from '../../route/sinks/events.ts';
import type { FaultyProxy, NetworkFault } from '../faulty-proxy.ts';
import { ACCOUNT, direct, REGION, refusing, says, sinkNetwork } from './world.ts';

let network: FaultyProxy;
let eventbridge: EventBridgeClient;
let sqs: SQSClient;
let serial = 0;
beforeAll(async () => {
  network = await sinkNetwork();
  eventbridge = new EventBridgeClient(direct());
  sqs = new SQSClient(direct());
});
afterAll(() => network.close());

/** A bus whose events with the source `shop` land in a queue. */
async function newBus() {
  const name = `bus${serial++}`;
  await eventbridge.send(new CreateEventBusCommand({ Name: name }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await rule(name);
  return { name, url: QueueUrl! };
}

async function rule(name: string): Promise<void> {
  const EventPattern = JSON.stringify({ source: ['shop'] });
  await eventbridge.send(new PutRuleCommand({ Name: name, EventBusName: name, EventPattern }));
  const Arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
  await eventbridge.send(new PutTargetsCommand({ Rule: name, EventBusName: name, Targets: [{ Id: 'q', Arn }] }));
}

async function removed(name: string): Promise<void> {
  await eventbridge.send(new RemoveTargetsCommand({ Rule: name, EventBusName: name, Ids: ['q'] }));
  await eventbridge.send(new DeleteRuleCommand({ Name: name, EventBusName: name }));
  await eventbridge.send(new DeleteEventBusCommand({ Name: name }));
}

/** What landed in the queue, by the number in its detail. */
async function landed(QueueUrl: string): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return all;
    all.push(...Messages.map(({ Body }) => JSON.parse(Body!) as Record<string, unknown>));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}

const numbers = async (url: string) => (await landed(url)).map(({ detail }) => (detail as { n: number }).n).sort();

const sinkTo = (bus: string, format: BodyFormat = 'value', detailType?: string) =>
  eventBridgeSink({ bus: busOf(bus), source: 'shop', detailType, format }, systemClock);

const refusingNumbers = (code: string, ...which: number[]): NetworkFault =>
  refusing<{ Detail: string }>(
    'Entries',
    ({ Detail }) => which.includes((JSON.parse(Detail) as { n: number }).n),
    ({ Entries = [] }, entries) => {
      const taken = (Entries as unknown[])[Symbol.iterator]();
      const all = entries.map((one) => (one.refused ? { ErrorCode: code, ErrorMessage: 'm' } : taken.next().value));
      return { FailedEntryCount: 1, Entries: all };
    },
  );

test('a bus gets the value as detail, the topic as detail type, for rules to match', async () => {
  const { name, url } = await newBus();
  const events = Array.from({ length: 12 }, (_, n) => eventAt(n));
  expect(new Set(words(await sinkTo(name).deliver(batchOf(events), contextOf())))).toEqual(new Set(['delivered']));
  const got = await landed(url);
  expect(got).toHaveLength(12);
  expect(got[0]).toMatchObject({ source: 'shop', 'detail-type': 'orders', detail: { n: expect.any(Number) } });
});

test('a bus gets whole events as envelopes, whatever their values are', async () => {
  const { name, url } = await newBus();
  const event = eventAt(4, { key: Buffer.from('k'), value: Buffer.from('[1]') });
  expect(words(await sinkTo(name).deliver(batchOf([event]), contextOf()))).toEqual(['poison']);
  const outcomes = await sinkTo(name, 'envelope', 'order').deliver(batchOf([event]), contextOf());
  expect(words(outcomes)).toEqual(['delivered']);
  const [got] = await landed(url);
  expect(got).toMatchObject({ 'detail-type': 'order', detail: { offset: 4, key: 'k', value: [1] } });
});

test('events that a call refuses come again or are poison, each for itself', async () => {
  const { name, url } = await newBus();
  const sink = sinkTo(name);
  const batch = batchOf(keyed('a', 'b', 'c'));
  await sink.deliver(batchOf([eventAt(9)]), contextOf());
  network.fail(refusingNumbers('InternalFailure', 1));
  expect(words(await sink.deliver(batch, contextOf()))).toEqual(['delivered', 'retry', 'delivered']);
  network.fail(refusingNumbers('MalformedDetail', 1));
  expect(words(await sink.deliver(batch, contextOf()))).toEqual(['delivered', 'poison', 'delivered']);
  network.fail(refusingNumbers('NotAuthorizedForSourceException', 1));
  expect((await sink.deliver(batch, contextOf()))[1]).toMatchObject({
    is: 'retry',
    reason: expect.stringContaining("Allow the route's role events:PutEvents"),
  });
  expect(await numbers(url)).toEqual([0, 0, 0, 2, 2, 2, 9]);
});

test('a bus that throttles has the event a try later; one too large is poison with its size', async () => {
  const { name, url } = await newBus();
  const sink = sinkTo(name);
  network.fail(says(400, 'ThrottlingException'));
  expect(words(await sink.deliver(batchOf([eventAt(0)]), contextOf()))).toEqual(['retry']);
  const large = eventAt(1, { value: Buffer.from(JSON.stringify({ x: 'x'.repeat(1_000_000) })) });
  const outcomes = await sink.deliver(batchOf([eventAt(0), large]), contextOf());
  expect(words(outcomes)).toEqual(['delivered', 'poison']);
  expect(outcomes[1]).toMatchObject({
    reason: expect.stringContaining('an event of EventBridge holds 1000000 at most'),
  });
  expect(await numbers(url)).toEqual([0]);
});

test('a bus that is deleted, for which EventBridge takes and drops events, is waited for', async () => {
  const { name, url } = await newBus();
  await removed(name);
  const sink = sinkTo(name);
  for (let tries = 0; tries < 2; tries++) {
    expect(await sink.deliver(batchOf([eventAt(0)]), contextOf())).toMatchObject([
      { is: 'retry', reason: expect.stringContaining('is not there') },
    ]);
  }
  await eventbridge.send(new CreateEventBusCommand({ Name: name }));
  await rule(name);
  expect(words(await sink.deliver(batchOf([eventAt(0)]), contextOf()))).toEqual(['delivered']);
  expect(await numbers(url)).toEqual([0]);
});
