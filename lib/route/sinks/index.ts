/**
 * The sinks that routes deliver to, one module each: its settings, and the sink that is made of them. A new one is
 * written there and named here.
 */
import type { SinkKind } from '../sink.ts';
import { CLOUDWATCH_LOGS } from './cloudwatchlogs.ts';
import { DYNAMODB } from './dynamodb.ts';
import { EVENTBRIDGE } from './eventbridge.ts';
import { FILE } from './file.ts';
import { FIREHOSE } from './firehose.ts';
import { KINESIS } from './kinesis.ts';
import { LAMBDA } from './lambda.ts';
import { S3 } from './s3.ts';
import { SNS } from './sns.ts';
import { SQS } from './sqs.ts';
import { STEP_FUNCTIONS } from './stepfunctions.ts';
import { TOPIC } from './topic.ts';
import { WEBHOOK } from './webhook.ts';

export const SINK_KINDS: readonly SinkKind[] = [
  WEBHOOK,
  FILE,
  TOPIC,
  SQS,
  SNS,
  EVENTBRIDGE,
  KINESIS,
  FIREHOSE,
  LAMBDA,
  STEP_FUNCTIONS,
  CLOUDWATCH_LOGS,
  S3,
  DYNAMODB,
];

/** The kind that `connector.class` names. */
export function sinkKind(name: string | undefined): SinkKind | undefined {
  return SINK_KINDS.find((kind) => kind.name === name);
}
