import { CloudWatchLogsClient, CreateLogGroupCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CloudWatchLogsSink } from '../../../lib/route/sinks/cloudwatchlogs.ts';
import { batchOf, contextOf, eventAt, words } from '../../route/sinks/events.ts';
import type { FaultyProxy, NetworkFault } from '../faulty-proxy.ts';
import { direct, routed, says, sinkNetwork, until } from './world.ts';

let network: FaultyProxy;
let logs: CloudWatchLogsClient;
let serial = 0;
beforeAll(async () => {
  network = await sinkNetwork();
  logs = new CloudWatchLogsClient(direct());
});
afterAll(() => network.close());

async function newGroup(): Promise<string> {
  const logGroupName = `/sink/${process.pid}/${serial++}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  return logGroupName;
}

const sinkTo = (group: string, streamPrefix = '') => new CloudWatchLogsSink({ group, streamPrefix, format: 'value' });

async function messages(logGroupName: string, logStreamName = 'orders/0'): Promise<string[]> {
  const all: string[] = [];
  let nextToken: string | undefined;
  for (;;) {
    const page = await logs.send(
      new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true, nextToken }),
    );
    all.push(...(page.events ?? []).map(({ timestamp, message }) => `${timestamp} ${message}`));
    if (!page.events?.length || page.nextForwardToken === nextToken) return all;
    nextToken = page.nextForwardToken;
  }
}

const at = (offset: number, timestampMs: number, text = `e${offset}`) =>
  eventAt(offset, { timestampMs, value: Buffer.from(text) });

describe('a log group of CloudWatch', () => {
  test("gets events in the partition's stream, which is made, at their own times and in their order", async () => {
    const group = await newGroup();
    const nowMs = Date.now();
    const batch = batchOf([at(0, nowMs), at(1, nowMs - 5), at(2, nowMs)]);
    const sink = sinkTo(group, 'audit/');
    expect(words(await sink.deliver(batch, contextOf()))).toEqual(['delivered', 'delivered', 'delivered']);
    expect(await messages(group, 'audit/orders/0')).toEqual([`${nowMs - 5} e1`, `${nowMs} e0`, `${nowMs} e2`]);
    await sink.deliver(batchOf([at(3, nowMs)]), contextOf());
    expect(await messages(group, 'audit/orders/0')).toHaveLength(4);
  });

  test('gets more than a call takes in several, and what is too large or has no time is poison', async () => {
    const group = await newGroup();
    const nowMs = Date.now();
    const large = 'x'.repeat(400_000);
    const events = [
      at(0, nowMs, large),
      at(1, nowMs, large),
      at(2, nowMs, large),
      at(3, nowMs, large.repeat(3)),
      at(4, -1),
    ];
    const outcomes = await sinkTo(group).deliver(batchOf(events), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'delivered', 'delivered', 'poison', 'poison']);
    expect(outcomes[3]).toMatchObject({ reason: 'the event takes 1200000 bytes; a log event holds 1048550 at most' });
    expect(await messages(group)).toHaveLength(3);
  });

  test('that rejects events as too old makes them poison, and them alone', async () => {
    const group = await newGroup();
    const sink = sinkTo(group);
    const nowMs = Date.now();
    await sink.deliver(batchOf([at(0, nowMs)]), contextOf());
    const rejecting: NetworkFault = async (body, forward) => {
      const request = JSON.parse(body) as { logEvents: object[] };
      const said = await forward(JSON.stringify({ ...request, logEvents: request.logEvents.slice(1) }));
      return JSON.stringify({ ...(JSON.parse(said) as object), rejectedLogEventsInfo: { tooOldLogEventEndIndex: 1 } });
    };
    network.fail(rejecting);
    const outcomes = await sink.deliver(batchOf([at(1, nowMs), at(2, nowMs - 1_000), at(3, nowMs)]), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'poison', 'delivered']);
    expect(outcomes[1]).toMatchObject({ reason: expect.stringContaining('14 days') });
    expect(await messages(group)).toHaveLength(3);
  });

  test.each<[NetworkFault, string]>([
    ['request lost', 'no answer'],
    [says(400, 'ThrottlingException'), 'slow down'],
    [says(400, 'ServiceUnavailableException'), 'failed with'],
    [says(400, 'AccessDeniedException'), 'logs:PutLogEvents'],
    [says(503, 'ServiceUnavailableException'), 'failed with'],
  ])('over a network that fails with %j is tried again', async (fault, said) => {
    const group = await newGroup();
    const sink = sinkTo(group);
    await sink.deliver(batchOf([at(0, Date.now())]), contextOf());
    network.fail(fault);
    const batch = batchOf([at(1, Date.now())]);
    const [outcome] = await sink.deliver(batch, contextOf());
    expect(outcome).toMatchObject({
      is: said === 'refuses' ? 'poison' : 'retry',
      reason: expect.stringContaining(said),
    });
    expect(words(await sink.deliver(batch, contextOf()))).toEqual(['delivered']);
  });

  test('that is not there is waited for, and named', async () => {
    const [outcome] = await sinkTo('/not/deployed').deliver(batchOf([at(0, Date.now())]), contextOf());
    expect(outcome).toMatchObject({
      is: 'retry',
      reason: expect.stringMatching(/log group \/not\/deployed is not there .*cloudwatchlogs\.group\.name/),
    });
  });

  test('at the end of a route gets what is produced', async () => {
    const group = await newGroup();
    const platform = await routed({ 'connector.class': 'cloudwatchlogs', 'cloudwatchlogs.group.name': group });
    await platform.events.produce(
      'orders',
      ['a', 'b'].map((value) => ({ key: null, value: Buffer.from(value) })),
    );
    await until(async () => (await messages(group).catch(() => [])).length === 2, 'both messages');
    expect((await messages(group)).map((one) => one.split(' ')[1])).toEqual(['a', 'b']);
  });
});
