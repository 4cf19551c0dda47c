/**
 * Published prices that the benchmark counts with: us-east-1, US dollars, without taxes, free tiers and discounts. When AWS
 * changes one, change it here with its date, and run `npm run bench:cost -- --write`.
 */

/** One price: `usd` for each `per` of `unit`. */
export interface Price {
  readonly usd: number;
  readonly per: number;
  readonly unit: string;
  /** The page that says so, by its name on aws.amazon.com. */
  readonly source: string;
  /**
   * `read`: the figure was seen written for us-east-1. `totals`: months priced with it come to totals that were.
   * `unread`: it was not found written when this list was made; look it up before much depends on it.
   */
  readonly checked: 'read' | 'totals' | 'unread';
}

export const PRICES_REGION = 'us-east-1';
export const PRICES_DATE = '2026-11';

/** AWS bills hours; its own examples count 730 of them for a month. */
export const HOURS_PER_MONTH = 730;
export const SECONDS_PER_MONTH = HOURS_PER_MONTH * 3_600;

const MILLION = 1_000_000;
const lambda = 'AWS Lambda Pricing';
const gateway = 'Amazon API Gateway pricing';
const dynamo = 'Pricing for On-Demand Capacity (Amazon DynamoDB)';
const s3 = 'Amazon S3 pricing';
const kinesis = 'Amazon Kinesis Data Streams pricing';
const msk = 'Amazon MSK pricing';
const bridge = 'Amazon EventBridge pricing';
const watch = 'Amazon CloudWatch pricing';

function each(usd: number, per: number, unit: string, source: string, checked: Price['checked'] = 'read'): Price {
  return { usd, per, unit, source, checked };
}

export const PRICES = {
  'lambda.request': each(0.2, MILLION, 'invocation', lambda),
  'lambda.gbSecond': each(13.3334, MILLION, 'GB-second, arm64', lambda),
  'apiGateway.http': each(1, MILLION, 'request of up to 512 KB, HTTP API', gateway),
  'apiGateway.rest': each(3.5, MILLION, 'request, REST API', gateway, 'unread'),
  'dynamodb.write': each(0.625, MILLION, 'write unit', dynamo),
  'dynamodb.read': each(0.125, MILLION, 'read unit', dynamo),
  'dynamodb.storage': each(0.25, 1, 'GB-month', dynamo),
  'dynamodb.pitr': each(0.2, 1, 'GB-month of point-in-time recovery', dynamo, 'unread'),
  's3.put': each(5, MILLION, 'PUT, LIST', s3),
  's3.get': each(0.4, MILLION, 'GET, HEAD', s3),
  's3.storage': each(0.023, 1, 'GB-month', s3),
  's3express.put': each(1.13, MILLION, 'PUT, Express One Zone', s3),
  's3express.get': each(0.03, MILLION, 'GET, Express One Zone', s3),
  's3express.in': each(0.0032, 1, 'GB in, Express One Zone', s3),
  's3express.out': each(0.0006, 1, 'GB out, Express One Zone', s3),
  's3express.storage': each(0.11, 1, 'GB-month, Express One Zone', s3),
  'sqs.request': each(0.4, MILLION, 'request of up to 64 KB, standard queue', 'Amazon SQS pricing'),
  'sns.publish': each(0.5, MILLION, 'publish of up to 64 KB', 'Amazon SNS pricing'),
  'eventbridge.event': each(1, MILLION, 'custom event of up to 64 KB', bridge),
  'eventbridge.schedule': each(1, MILLION, 'invocation by EventBridge Scheduler; scheduled rules are free', bridge),
  'kinesis.streamHour': each(0.04, 1, 'stream-hour, on-demand', kinesis, 'totals'),
  'kinesis.in': each(0.08, 1, 'GB in, on-demand, each record rounded up to 1 KB', kinesis, 'totals'),
  'kinesis.out': each(0.04, 1, 'GB out, on-demand', kinesis, 'totals'),
  'kinesis.shardHour': each(0.015, 1, 'shard-hour, provisioned', kinesis, 'totals'),
  'kinesis.putUnit': each(0.014, MILLION, 'PUT unit of up to 25 KB, provisioned', kinesis, 'totals'),
  'msk.clusterHour': each(0.75, 1, 'cluster-hour, Serverless', msk, 'totals'),
  'msk.partitionHour': each(0.0015, 1, 'partition-hour, Serverless', msk, 'totals'),
  'msk.in': each(0.1, 1, 'GB in, Serverless', msk, 'totals'),
  'msk.out': each(0.05, 1, 'GB out, Serverless', msk, 'totals'),
  'msk.storage': each(0.1, 1, 'GB-month, Serverless', msk, 'totals'),
  'cloudwatch.logs': each(0.5, 1, 'GB of logs', watch),
  'cloudwatch.metric': each(0.3, 1, 'custom metric and month, the first 10,000', watch),
  'cloudwatch.alarm': each(0.1, 1, 'alarm metric and month', watch, 'unread'),
  'xray.trace': each(5, MILLION, 'trace recorded', 'AWS X-Ray pricing', 'unread'),
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

/**
 * What `amount` of something costs, in dollars.
 *
 * @example
 * cost('s3.put', 1_000_000); // 5
 */
export function cost(name: PriceName, amount: number): number {
  const { usd, per } = PRICES[name];
  return (amount / per) * usd;
}
