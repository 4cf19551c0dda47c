import type { FunctionName } from './functions.ts';
import { allCalls, type FunctionUse } from './month.ts';
import { cost } from './prices.ts';
import type { Month } from './replay.ts';

/** Dollars a month, by service. */
export interface Bill {
  readonly lambda: number;
  readonly dynamodb: number;
  readonly s3: number;
  readonly sqs: number;
  readonly storage: number;
  /** Metrics of routes and groups. */
  readonly cloudwatch: number;
  /** All of the above: end to end, without API Gateway. */
  readonly total: number;
  readonly apiGateway: number;
}

/** What `functions/measure.ts` writes: of a route that sometimes waits two metrics, one of each group. */
const METRICS_PER_ROUTE = 2;
const METRICS_PER_GROUP = 1;

/**
 * Prices a month's calls.
 *
 * @example
 * billOf(month).total / (month.events / 1e6); // dollars per million events
 */
export function billOf(month: Month): Bill {
  const parts = Object.values(month.uses).map(functionBill);
  const sum = (of: (part: FunctionBill) => number) => parts.reduce((total, part) => total + of(part), 0);
  const { queue, objectGb, itemGb, workload } = month;
  const metrics = workload.routes * METRICS_PER_ROUTE + workload.groups * METRICS_PER_GROUP;
  const bill = {
    lambda: sum(({ lambda }) => lambda),
    dynamodb: sum(({ dynamodb }) => dynamodb),
    s3: sum(({ s3 }) => s3),
    sqs: cost('sqs.request', queue.sent + queue.received + queue.deleted),
    storage: cost('s3.storage', objectGb) + cost('dynamodb.storage', itemGb) + cost('dynamodb.pitr', itemGb),
    cloudwatch: month.events > 0 ? cost('cloudwatch.metric', metrics) : 0,
  };
  const total = Object.values(bill).reduce((all, one) => all + one, 0);
  return { ...bill, total, apiGateway: cost('apiGateway.http', month.gatewayUnits) };
}

export interface FunctionBill {
  readonly lambda: number;
  readonly dynamodb: number;
  readonly s3: number;
}

/** What one function makes the services bill: itself, and its calls. */
export function functionBill(use: FunctionUse): FunctionBill {
  const { object, ...items } = use.calls;
  const calls = allCalls({ ...use, calls: items });
  return {
    lambda: cost('lambda.request', use.invocations) + cost('lambda.gbSecond', use.gbSeconds),
    dynamodb: cost('dynamodb.write', calls.writeUnits) + cost('dynamodb.read', calls.readUnits),
    s3: object ? cost('s3.put', object.writes + object.lists) + cost('s3.get', object.reads) : 0,
  };
}

/** Dollars per million events of each function, with all that it calls. */
export function byFunction(month: Month): readonly (readonly [FunctionName, number])[] {
  return (Object.entries(month.uses) as [FunctionName, FunctionUse][]).map(([name, use]) => {
    const { lambda, dynamodb, s3 } = functionBill(use);
    return [name, perMillion(month, lambda + dynamodb + s3)] as const;
  });
}

/** A month's dollars, per million events. */
export function perMillion({ events }: Pick<Month, 'events'>, dollars: number): number {
  return (dollars / events) * 1_000_000;
}

/** What SQS takes of a month where senders put ten messages in a request (SendMessageBatch) instead of one. */
export function sqsInTens({ queue }: Month): number {
  return cost('sqs.request', queue.sent / 10 + queue.received + queue.deleted);
}
