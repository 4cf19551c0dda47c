import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arnOf } from '../../../lib/route/sinks/arn.ts';
import type { BodyFormat } from '../../../lib/route/sinks/bodies.ts';
import { StepFunctionsSink } from '../../../lib/route/sinks/stepfunctions.ts';
import { batchOf, contextOf, eventAt, words } from '../../route/sinks/events.ts';
import type { FaultyProxy, NetworkFault } from '../faulty-proxy.ts';
import { ACCOUNT, direct, REGION, routed, says, sinkNetwork, until } from './world.ts';

let network: FaultyProxy;
let sfn: SFNClient;
let serial = 0;
beforeAll(async () => {
  network = await sinkNetwork();
  sfn = new SFNClient(direct());
});
afterAll(() => network.close());

async function newMachine(type: 'STANDARD' | 'EXPRESS' = 'STANDARD'): Promise<string> {
  const definition = JSON.stringify({ StartAt: 'Pass', States: { Pass: { Type: 'Pass', End: true } } });
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/machine`;
  const name = `machine-${process.pid}-${serial++}`;
  return (await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn, type }))).stateMachineArn!;
}

const parse = arnOf('states', /./, 'an ARN');
const sinkTo = (machine: string, format: BodyFormat = 'value') =>
  new StepFunctionsSink({ stateMachine: parse(machine), format });

async function inputs(stateMachineArn: string): Promise<string[]> {
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
  const described = await Promise.all(
    executions.map(({ executionArn }) => sfn.send(new DescribeExecutionCommand({ executionArn }))),
  );
  return described.map(({ input }) => input!).toSorted();
}

describe('a state machine', () => {
  test('is started once per event, however often it comes, and again in a replay', async () => {
    const machine = await newMachine();
    const batch = batchOf([eventAt(0)]);
    const sink = sinkTo(machine);
    for (const _ of [1, 2, 3]) expect(words(await sink.deliver(batch, contextOf()))).toEqual(['delivered']);
    expect(await inputs(machine)).toEqual(['{"n":0}']);
    await sink.deliver(batch, { ...contextOf(), run: '01K9ROUTE/2' });
    expect(await inputs(machine)).toHaveLength(2);
  });

  test('counts as started where it was, though with another input: the transform was changed since', async () => {
    const machine = await newMachine();
    await sinkTo(machine).deliver(batchOf([eventAt(0)]), contextOf());
    const changed = batchOf([eventAt(0, { value: Buffer.from('{"n":"changed"}') })]);
    expect(words(await sinkTo(machine).deliver(changed, contextOf()))).toEqual(['delivered']);
    expect(await inputs(machine)).toEqual(['{"n":0}']);
  });

  test('gets JSON as it is, else a JSON text', async () => {
    const machine = await newMachine();
    const values = ['{"big":12345678901234567890}', 'plain text', Buffer.from([255, 0]), null];
    for (const [offset, value] of values.entries()) {
      await sinkTo(machine).deliver(
        batchOf([eventAt(offset, { value: typeof value === 'string' ? Buffer.from(value) : value })]),
        contextOf(),
      );
    }
    expect(await inputs(machine)).toEqual(['"/wA="', '"plain text"', 'null', '{"big":12345678901234567890}']);
    const [envelope] = [await newMachine()];
    await sinkTo(envelope, 'envelope').deliver(batchOf([eventAt(7)]), contextOf());
    expect(JSON.parse((await inputs(envelope))[0]!)).toMatchObject({ topic: 'orders', offset: 7, value: { n: 7 } });
  });

  test('of the express kind is started', async () => {
    const machine = await newMachine('EXPRESS');
    expect(words(await sinkTo(machine).deliver(batchOf([eventAt(0)]), contextOf()))).toEqual(['delivered']);
  });

  test('does not get what is larger than its input may be', async () => {
    const value = Buffer.from(JSON.stringify('x'.repeat(262_143)));
    const [outcome] = await sinkTo(await newMachine()).deliver(batchOf([eventAt(0, { value })]), contextOf());
    expect(outcome).toEqual({
      is: 'poison',
      reason: 'the event takes 262145 bytes; the input of an execution holds 262144 at most',
    });
  });

  test.each<[NetworkFault, string]>([
    ['answer lost', 'no answer'],
    ['request lost', 'no answer'],
    [says(400, 'ThrottlingException'), 'slow down'],
    [says(400, 'ExecutionLimitExceeded'), 'slow down'],
    [says(400, 'StateMachineDeleting'), 'is not there'],
    [says(400, 'AccessDeniedException'), 'states:StartExecution'],
    [says(500, 'InternalServerError'), 'failed with'],
  ])('over a network that fails with %j is tried again, and started once', async (fault, said) => {
    const machine = await newMachine();
    const batch = batchOf([eventAt(0)]);
    network.fail(fault);
    const [outcome] = await sinkTo(machine).deliver(batch, contextOf());
    expect(outcome).toMatchObject({ is: 'retry', reason: expect.stringContaining(said) });
    expect(words(await sinkTo(machine).deliver(batch, contextOf()))).toEqual(['delivered']);
    expect(await inputs(machine)).toEqual(['{"n":0}']);
  });

  test('that is not there is waited for, and named', async () => {
    const arn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:not-deployed`;
    const [outcome] = await sinkTo(arn).deliver(batchOf([eventAt(0)]), contextOf());
    expect(outcome).toMatchObject({
      is: 'retry',
      reason: expect.stringMatching(/not-deployed is not there .*stepfunctions\.state\.machine\.arn/),
    });
  });

  test('at the end of a route is started for each event', async () => {
    const machine = await newMachine();
    const platform = await routed({ 'connector.class': 'stepfunctions', 'stepfunctions.state.machine.arn': machine });
    await platform.events.produce(
      'orders',
      [1, 2, 3].map((n) => ({ key: null, value: Buffer.from(`{"n":${n}}`) })),
    );
    await until(async () => (await inputs(machine)).length === 3, 'three executions');
    expect(await inputs(machine)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });
});
