import { CreateQueueCommand, DeleteQueueCommand, type Message, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BodyFormat } from '../../../lib/route/sinks/bodies.ts';
import { queueOf, sqsSink } from '../../../lib/route/sinks/sqs.ts';
import { batchOf, contextOf, eventAt, keyed, words } from '../../route/sinks/events.ts';
import { readAll } from '../../route/world.ts';
import type { FaultyProxy, NetworkFault } from '../faulty-proxy.ts';
import { drained } from './queue.ts';
import { direct, produceNumbered, refusing, routed, says, sinkNetwork, until } from './world.ts';

let network: FaultyProxy;
let sqs: SQSClient;
let serial = 0;
beforeAll(async () => {
  network = await sinkNetwork();
  sqs = new SQSClient(direct());
});
afterAll(() => network.close());

async function newQueue({ fifo = false, attributes = {} as Record<string, string> } = {}): Promise<string> {
  const QueueName = `q${serial++}${fifo ? '.fifo' : ''}`;
  const Attributes = { ...attributes, ...(fifo && { FifoQueue: 'true' }) };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl!;
}

const sinkTo = (url: string, { format = 'value' as BodyFormat, answerTimeoutMs = 5_000 } = {}) =>
  sqsSink({ queue: queueOf(url), format }, { answerTimeoutMs });

/** Takes all messages out of a queue, in the order in which it gives them. */
const bodies = async (url: string) => (await drained(sqs, url)).map(({ Body }) => Body);

interface SqsEntry {
  readonly Id: string;
  readonly MessageBody: string;
}

/** A call that takes all but the messages with these bodies. */
const refusingBodies = (...which: string[]): NetworkFault =>
  refusing<SqsEntry>(
    'Entries',
    ({ MessageBody }) => which.includes(MessageBody),
    (said, entries) => {
      const Failed = entries
        .filter(({ refused }) => refused)
        .map(({ entry }) => ({ Id: entry.Id, Code: 'InternalError', SenderFault: false, Message: 'said by the test' }));
      return { ...said, Successful: said.Successful ?? [], Failed };
    },
  );

describe('a queue of SQS', () => {
  test('gets events ten a call, with their attributes', async () => {
    const url = await newQueue();
    const before = network.requests;
    const header = ['kind', Buffer.from('order')] as const;
    const events = Array.from({ length: 25 }, (_, n) => eventAt(n, { key: Buffer.from([n]), headers: [header] }));
    expect(new Set(words(await sinkTo(url).deliver(batchOf(events), contextOf())))).toEqual(new Set(['delivered']));
    expect(network.requests).toBe(before + 3);
    const messages = await drained(sqs, url);
    expect(messages.map(({ Body }) => Body).sort()).toEqual(events.map(({ value }) => String(value)).sort());
    const third = messages.find(({ MessageAttributes }) => MessageAttributes?.['millrace.offset']?.StringValue === '2');
    expect(third).toMatchObject({
      Body: '{"n":2}',
      MessageAttributes: {
        'millrace.topic': { StringValue: 'orders' },
        'millrace.key': { BinaryValue: Uint8Array.of(2) },
        kind: { StringValue: 'order' },
      },
    });
  });

  test('takes an event that just fits; one that is larger is poison with its size, and those beside it arrive', async () => {
    const url = await newQueue();
    const sink = sinkTo(url);
    const bare =
      4 * 6 + 'millrace.topicordersmillrace.partition0millrace.offset0millrace.timestamp1790000000000'.length;
    const events = [0, 1].map((more) => eventAt(0, { value: Buffer.alloc(1_048_576 - bare + more, 'x') }));
    const outcomes = await sink.deliver(batchOf([...events, eventAt(2)]), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'poison', 'delivered']);
    expect(outcomes[1]).toMatchObject({
      reason: 'the event takes 1048577 bytes; a message of SQS holds 1048576 at most',
    });
    expect((await bodies(url)).map((body) => body?.length).sort()).toEqual([1_048_576 - bare, 7]);
  });

  test('that is set to take less refuses one event, and those beside it arrive', async () => {
    const url = await newQueue({ attributes: { MaximumMessageSize: '1024' } });
    const events = [eventAt(0), eventAt(1, { value: Buffer.alloc(2_000, 'x') }), eventAt(2)];
    const outcomes = await sinkTo(url).deliver(batchOf(events), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'poison', 'delivered']);
    expect(await bodies(url)).toHaveLength(2);
  });

  test.each<[string, NetworkFault]>([
    ['throttles', says(400, 'com.amazonaws.sqs#RequestThrottled')],
    ['fails', says(500, 'com.amazonaws.sqs#InternalError')],
    ['does not answer', 'silence'],
    ['hangs up', 'request lost'],
  ])('that %s has the event a try later', async (_, fault) => {
    const url = await newQueue();
    const sink = sinkTo(url, { answerTimeoutMs: 400 });
    network.fail(fault);
    expect(words(await sink.deliver(batchOf([eventAt(0)]), contextOf()))).toEqual(['retry']);
    expect(words(await sink.deliver(batchOf([eventAt(0)]), contextOf()))).toEqual(['delivered']);
    expect(await bodies(url)).toEqual(['{"n":0}']);
  });

  test('that is deleted is waited for, the status saying what to do, and gets everything when it is back', async () => {
    const url = await newQueue();
    const platform = await routed({ 'connector.class': 'sqs', 'sqs.queue.url': url });
    await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    await produceNumbered(platform, ['a', 'b']);
    const reason = async () => (await platform.routes.status('to-aws')).tasks[0]?.retrying?.error ?? '';
    await until(async () => (await reason()).includes('is not there'), 'a reason');
    expect(await reason()).toContain('Make it, or set sqs.queue.url to one that is');
    await sqs.send(new CreateQueueCommand({ QueueName: url.split('/').at(-1)! }));
    const got: (string | undefined)[] = [];
    await until(async () => got.push(...(await bodies(url))) >= 2, 'both events');
    expect(got.sort()).toEqual(['a0', 'b0']);
  });
});

describe('a FIFO queue of SQS', () => {
  test('has each event once, though an answer was lost after it took them', async () => {
    const url = await newQueue({ fifo: true });
    const sink = sinkTo(url);
    const events = keyed('a', 'b', 'c');
    network.fail('answer lost');
    expect(words(await sink.deliver(batchOf(events), contextOf()))).toEqual(['retry', 'retry', 'retry']);
    expect(words(await sink.deliver(batchOf(events), contextOf()))).toEqual(['delivered', 'delivered', 'delivered']);
    expect(await bodies(url)).toEqual(['{"n":0}', '{"n":1}', '{"n":2}']);
  });

  test('has each event once, though a call that timed out is carried out after its repetition', async () => {
    const url = await newQueue({ fifo: true });
    const sink = sinkTo(url, { answerTimeoutMs: 400 });
    const events = keyed('a', 'b');
    network.fail('late');
    expect(words(await sink.deliver(batchOf(events), contextOf()))).toEqual(['retry', 'retry']);
    expect(words(await sink.deliver(batchOf(events), contextOf()))).toEqual(['delivered', 'delivered']);
    await network.release();
    expect(await bodies(url)).toEqual(['{"n":0}', '{"n":1}']);
  });

  test('has the events of each key in order, though calls fail in part', async () => {
    const url = await newQueue({ fifo: true });
    const platform = await routed({ 'connector.class': 'sqs', 'sqs.queue.url': url });
    network.fail(refusingBodies('a0', 'c0'), refusingBodies('b1', 'a0'), refusingBodies('c0', 'd2'));
    await produceNumbered(platform, ['a', 'b', 'a', 'c', 'd', 'b', 'a', 'c', 'd', 'd', 'b']);
    const got: Message[] = [];
    await until(async () => got.push(...(await drained(sqs, url))) >= 11, 'all events');
    const byGroup = Object.groupBy(got, ({ Attributes }) => Attributes!.MessageGroupId!);
    const order = Object.fromEntries(Object.entries(byGroup).map(([key, of]) => [key, of!.map(({ Body }) => Body)]));
    expect(order).toEqual({
      a: ['a0', 'a1', 'a2'],
      b: ['b0', 'b1', 'b2'],
      c: ['c0', 'c1'],
      d: ['d0', 'd1', 'd2'],
    });
  });

  test('gets what stands behind a poisonous event of its key, which is a dead letter', async () => {
    const url = await newQueue({ fifo: true, attributes: { MaximumMessageSize: '1024' } });
    const platform = await routed({ 'connector.class': 'sqs', 'sqs.queue.url': url });
    const key = Buffer.from('a');
    const values = ['1', 'x'.repeat(2_000), '2'];
    for (const value of values) await platform.events.produce('orders', [{ key, value: Buffer.from(value) }]);
    const got: (string | undefined)[] = [];
    await until(async () => got.push(...(await bodies(url))) >= 2, 'both events');
    expect(got).toEqual(['1', '2']);
    const [letter, ...others] = await readAll(platform.events, 'dead');
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ key: 'a', value: values[1] });
    expect(letter!.headers['__connect.errors.exception.message']).toMatch(
      /refuses it with .*; the event takes 2\d{3} bytes/,
    );
  });
});
