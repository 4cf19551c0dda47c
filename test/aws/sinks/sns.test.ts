import { CreateTopicCommand, DeleteTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, type Message, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { snsSink, snsTopicOf } from '../../../lib/route/sinks/sns.ts';
import { batchOf, contextOf, eventAt, keyed, words } from '../../route/sinks/events.ts';
import type { FaultyProxy, NetworkFault } from '../faulty-proxy.ts';
import { drained } from './queue.ts';
import { ACCOUNT, direct, produceNumbered, REGION, routed, sinkNetwork, until } from './world.ts';

let network: FaultyProxy;
let sns: SNSClient;
let sqs: SQSClient;
let serial = 0;
beforeAll(async () => {
  network = await sinkNetwork();
  sns = new SNSClient(direct());
  sqs = new SQSClient(direct());
});
afterAll(() => network.close());

/** A topic with a queue that gets its messages as they are. */
async function newTopic({ fifo = false } = {}) {
  const name = `t${serial++}${fifo ? '.fifo' : ''}`;
  const Attributes = fifo ? { FifoTopic: 'true' } : {};
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name, Attributes }));
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: `sns-${name}`, ...(fifo && { Attributes: { FifoQueue: 'true' } }) }),
  );
  await subscribe(TopicArn!, name);
  return { arn: TopicArn!, url: QueueUrl!, name };
}

async function subscribe(TopicArn: string, name: string): Promise<void> {
  const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT}:sns-${name}`;
  await sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }),
  );
}

const bodies = async (url: string) => (await drained(sqs, url)).map(({ Body }) => Body);
const sinkTo = (arn: string) => snsSink({ topic: snsTopicOf(arn), format: 'value' });

/** A call that publishes all but the messages with these texts; SNS speaks forms and XML. */
function refusingTexts(...which: string[]): NetworkFault {
  return async (body, forward) => {
    const form = new URLSearchParams(body);
    const isRefused = (at: number) => which.includes(form.get(`PublishBatchRequestEntries.member.${at}.Message`) ?? '');
    const passed = new URLSearchParams();
    const failed: string[] = [];
    let count = 0;
    for (let at = 1; form.has(`PublishBatchRequestEntries.member.${at}.Id`); at++) {
      const prefix = `PublishBatchRequestEntries.member.${at}.`;
      if (isRefused(at)) {
        failed.push(
          `<member><Id>${form.get(`${prefix}Id`)}</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member>`,
        );
        continue;
      }
      count++;
      for (const [name, text] of form) {
        if (name.startsWith(prefix)) {
          passed.append(`PublishBatchRequestEntries.member.${count}.${name.slice(prefix.length)}`, text);
        }
      }
    }
    for (const [name, text] of form) if (!name.startsWith('PublishBatchRequestEntries.')) passed.append(name, text);
    const none = '<PublishBatchResponse><PublishBatchResult></PublishBatchResult></PublishBatchResponse>';
    const said = count === 0 ? none : await forward(passed.toString());
    const without = said.replace(/<Failed\s*\/>|<Failed>\s*<\/Failed>/, '');
    return without.replace('</PublishBatchResult>', `<Failed>${failed.join('')}</Failed></PublishBatchResult>`);
  };
}

describe('a topic of SNS', () => {
  test('passes events on to its queues, with their attributes', async () => {
    const { arn, url } = await newTopic();
    const events = Array.from({ length: 12 }, (_, n) => eventAt(n, { headers: [['kind', Buffer.from(`k${n}`)]] }));
    const before = network.requests;
    expect(new Set(words(await sinkTo(arn).deliver(batchOf(events), contextOf())))).toEqual(new Set(['delivered']));
    expect(network.requests).toBe(before + 2);
    const messages = await drained(sqs, url);
    expect(messages.map(({ Body }) => Body).sort()).toEqual(events.map(({ value }) => String(value)).sort());
    expect(messages.find(({ Body }) => Body === '{"n":7}')!.MessageAttributes).toMatchObject({
      'millrace.offset': { StringValue: '7' },
      kind: { StringValue: 'k7' },
    });
  });

  test('refuses an event over its limit, which is poison with its size, and those beside it arrive', async () => {
    const { arn, url } = await newTopic();
    const events = [eventAt(0), eventAt(1, { value: Buffer.alloc(300_000, 'x') }), eventAt(2)];
    const outcomes = await sinkTo(arn).deliver(batchOf(events), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'poison', 'delivered']);
    expect(outcomes[1]).toMatchObject({
      reason: expect.stringMatching(/takes 300\d{3} bytes; .* holds 262144 at most/),
    });
    expect((await bodies(url)).sort()).toEqual(['{"n":0}', '{"n":2}']);
  });

  test('that throttles, or is deleted, has the events when it is back', async () => {
    const { arn, url, name } = await newTopic();
    const sink = sinkTo(arn);
    const batch = batchOf([eventAt(0)]);
    network.fail({
      status: 400,
      type: 'text/xml',
      body: '<ErrorResponse><Error><Type>Sender</Type><Code>Throttled</Code><Message>m</Message></Error></ErrorResponse>',
    });
    expect(await sink.deliver(batch, contextOf())).toMatchObject([
      { is: 'retry', reason: expect.stringContaining('asks to slow down') },
    ]);
    await sns.send(new DeleteTopicCommand({ TopicArn: arn }));
    expect(await sink.deliver(batch, contextOf())).toMatchObject([
      { is: 'retry', reason: expect.stringContaining('set sns.topic.arn to one that is') },
    ]);
    await sns.send(new CreateTopicCommand({ Name: name }));
    await subscribe(arn, name);
    expect(words(await sink.deliver(batch, contextOf()))).toEqual(['delivered']);
    expect(await bodies(url)).toEqual(['{"n":0}']);
  });
});

describe('a FIFO topic of SNS', () => {
  test('passes each event on once, though an answer was lost after it took them', async () => {
    const { arn, url } = await newTopic({ fifo: true });
    const sink = sinkTo(arn);
    network.fail('answer lost');
    expect(words(await sink.deliver(batchOf(keyed('a', 'b')), contextOf()))).toEqual(['retry', 'retry']);
    expect(words(await sink.deliver(batchOf(keyed('a', 'b')), contextOf()))).toEqual(['delivered', 'delivered']);
    expect(await bodies(url)).toEqual(['{"n":0}', '{"n":1}']);
  });

  test('passes the events of each key on in order, though calls fail in part', async () => {
    const { arn, url } = await newTopic({ fifo: true });
    const platform = await routed({ 'connector.class': 'sns', 'sns.topic.arn': arn });
    network.fail(refusingTexts('a0', 'c0'), refusingTexts('b1', 'a0'), refusingTexts('c0'));
    await produceNumbered(platform, ['a', 'b', 'a', 'c', 'b', 'a', 'c', 'b']);
    const got: Message[] = [];
    await until(async () => got.push(...(await drained(sqs, url))) >= 8, 'all events');
    const byGroup = Object.groupBy(got, ({ Attributes }) => Attributes!.MessageGroupId!);
    const order = Object.fromEntries(Object.entries(byGroup).map(([key, of]) => [key, of!.map(({ Body }) => Body)]));
    expect(order).toEqual({ a: ['a0', 'a1', 'a2'], b: ['b0', 'b1', 'b2'], c: ['c0', 'c1'] });
  });
});
