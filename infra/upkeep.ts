import { Duration, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Declaration } from './declaration.ts';
import { failuresOf } from './failures.ts';
import { type PlatformFunctions, WORKER_MEMORY_MIB } from './functions.ts';
import { acknowledge } from './nag.ts';
import type { PlatformFunction } from './platform-function.ts';
import { invokeByName, readStream } from './rights.ts';

const TEND_MEMORY_MIB = 1_024;

/** Heads in one look at the table's stream: of a ledger, the newest alone counts. */
const DISPATCH_BATCH_MAX = 1_000;
const DISPATCH_TRIES_MAX = 5;
/** So much later the sweep has long found it. */
const DISPATCH_AGE_MAX = Duration.hours(1);

export interface UpkeepProps {
  readonly functions: PlatformFunctions;
  readonly table: Table;
  readonly failures: Queue;
  readonly declaration: Declaration;
  /** The rule that wakes `tend` each minute. */
  readonly tickRule: string;
}

/** Wakes routes when heads change, or they themselves do. What it misses, the sweep of `tend` finds. */
export function addDispatcher(scope: Construct, { functions, table, failures, tickRule }: UpkeepProps): void {
  const dispatch = functions.add('Dispatch', {
    entry: 'dispatch',
    description: 'Wakes the routes whose topics have new events',
    memoryMiB: WORKER_MEMORY_MIB,
    timeout: Duration.seconds(30),
    rights: [
      ...functions.rights.readLog(),
      ...functions.rights.dispatch(),
      ...readStream(table),
      startDeliveries(scope, functions),
      switchTick(scope, tickRule),
    ],
  });
  dispatch.function.addEventSourceMapping('Heads', {
    ...(table.tableStreamArn !== undefined && { eventSourceArn: table.tableStreamArn }),
    startingPosition: StartingPosition.LATEST,
    batchSize: DISPATCH_BATCH_MAX,
    retryAttempts: DISPATCH_TRIES_MAX,
    bisectBatchOnError: true,
    maxRecordAge: DISPATCH_AGE_MAX,
    onFailure: failuresOf(dispatch, failures),
    // Of all that changes, heads and routes alone: what is filtered out is not billed.
    filters: [
      FilterCriteria.filter({ dynamodb: { Keys: { pk: { S: FilterRule.isEqual('routes') } } } }),
      FilterCriteria.filter({
        dynamodb: { Keys: { pk: { S: FilterRule.beginsWith('ledger/') }, sk: { S: FilterRule.isEqual('head') } } },
      }),
    ],
  });
}

/** Upkeep: each minute while something happens (the dispatcher switches that on), once a day in any case. */
export function addTender(scope: Construct, { functions, declaration, tickRule }: UpkeepProps): PlatformFunction {
  const { rights } = functions;
  const tend = functions.add('Tend', {
    entry: 'tend',
    description: 'Tends the log, sweeps routes, measures',
    memoryMiB: TEND_MEMORY_MIB,
    timeout: Duration.minutes(15),
    rights: [
      ...rights.readLog(),
      ...rights.appendLog(),
      ...rights.administer(),
      ...rights.declare(),
      ...rights.tend(),
      startDeliveries(scope, functions),
      switchTick(scope, tickRule),
      readDeclaration(scope, declaration),
    ],
  });
  const target = () => new LambdaTarget(tend.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  const tick = new Rule(scope, 'Tick', {
    ruleName: tickRule,
    description: 'Each minute, while something happens: switched on by commits, off by quiet',
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [target()],
  });
  const daily = new Rule(scope, 'Daily', {
    description: 'Retention and the like, of platforms at rest',
    schedule: Schedule.rate(Duration.days(1)),
    targets: [target()],
  });
  for (const rule of [tick, daily]) acknowledge(rule, 'tickAgain');
  return tend;
}

/** Makes what is declared true when the stack is deployed. */
export function addReconciler(scope: Construct, { functions, declaration }: UpkeepProps): void {
  const { rights } = functions;
  const reconcile = functions.add('Reconcile', {
    entry: 'reconcile',
    description: 'Makes what the stack declares true',
    memoryMiB: WORKER_MEMORY_MIB,
    timeout: Duration.minutes(5),
    rights: [...rights.readLog(), ...rights.administer(), ...rights.declare(), readDeclaration(scope, declaration)],
  });
  declaration.reconcileWith(reconcile.function, reconcile.role);
}

function startDeliveries(scope: Construct, functions: PlatformFunctions): PolicyStatement {
  return invokeByName(scope, functions.nameOf('deliver'), functions.nameOf('deliver-*'));
}

function switchTick(scope: Construct, ruleName: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'SwitchTick',
    actions: ['events:EnableRule', 'events:DisableRule'],
    resources: [Stack.of(scope).formatArn({ service: 'events', resource: 'rule', resourceName: ruleName })],
  });
}

function readDeclaration(scope: Construct, { path }: Declaration): PolicyStatement {
  const arn = (resourceName: string) =>
    Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName });
  return new PolicyStatement({
    sid: 'ReadDeclaration',
    actions: ['ssm:GetParametersByPath'],
    resources: [arn(path.slice(1)), arn(`${path.slice(1)}/*`)],
  });
}
