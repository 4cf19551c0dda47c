import { Duration } from 'aws-cdk-lib';
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import {
  DynamoEventSource,
  KinesisEventSource,
  SnsEventSource,
  SqsDlq,
  SqsEventSource,
  type StreamEventSourceProps,
} from 'aws-cdk-lib/aws-lambda-event-sources';
import { EventType, type IBucket, type NotificationKeyFilter } from 'aws-cdk-lib/aws-s3';
import { LambdaDestination } from 'aws-cdk-lib/aws-s3-notifications';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { parseSource, type SourceConfig } from '../lib/route/index.ts';
import { PlatformConfigError } from './errors.ts';
import type { PlatformFunction } from './platform-function.ts';

/** Where events come from: how a function gets to hear of them. */
export interface SourceOrigin {
  readonly kind: string;
  /** Has the function called; what no try can bring into the topic goes to `failures`. */
  attach(worker: PlatformFunction, failures: IQueue): void;
}

/** A source, the topic that it fills, and how records become events: see docs/sources. */
export interface SourceProps extends Omit<SourceConfig, 'kind' | 'name'> {
  readonly from: SourceOrigin;
}

const BATCH_WINDOW = Duration.seconds(1);
const TRIES_MAX = 10;

/** A stream's record is tried until it lands or is too old; one that never can leaves alone, for the queue of failures. */
function streamProps(failures: IQueue): StreamEventSourceProps {
  return {
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 1_000,
    maxBatchingWindow: BATCH_WINDOW,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: TRIES_MAX,
    onFailure: new SqsDlq(failures),
  };
}

/**
 * Where events come from.
 *
 * @example
 * platform.addSource('clicks', { from: Source.kinesis(stream), topic: 'clicks' });
 * platform.addSource('paid', { from: Source.sqs(queue), topic: 'orders', key: 'value.order.id' });
 */
export const Source = {
  /** A queue. What can never be stored ends where the queue's own redrive policy says. */
  sqs: (queue: IQueue): SourceOrigin => ({
    kind: 'sqs',
    attach: ({ function: fn }) => {
      fn.addEventSource(
        new SqsEventSource(queue, {
          batchSize: 10,
          reportBatchItemFailures: true,
          // A window lets a batch grow; FIFO queues have none. Source: AWS Lambda, "SQS batching".
          ...(!queue.fifo && { batchSize: 1_000, maxBatchingWindow: BATCH_WINDOW }),
        }),
      );
    },
  }),

  /** A topic of SNS. */
  sns: (topic: ITopic): SourceOrigin => ({
    kind: 'sns',
    attach: ({ function: fn }, failures) => {
      fn.addEventSource(new SnsEventSource(topic, { deadLetterQueue: failures }));
    },
  }),

  /** What matches on a bus of EventBridge. */
  eventBridge: (bus: IEventBus, pattern: EventPattern): SourceOrigin => ({
    kind: 'eventbridge',
    attach: (worker, failures) => {
      const targets = [new LambdaTarget(worker.function, { deadLetterQueue: failures, retryAttempts: TRIES_MAX })];
      new Rule(worker, 'Rule', { eventBus: bus, eventPattern: pattern, targets });
    },
  }),

  /** Objects that appear in a bucket, or vanish from it. */
  s3: (
    bucket: IBucket,
    options: { readonly removals?: boolean; readonly filter?: NotificationKeyFilter } = {},
  ): SourceOrigin => ({
    kind: 's3',
    attach: (worker) => {
      const filters = options.filter ? [options.filter] : [];
      const to = new LambdaDestination(worker.function);
      bucket.addEventNotification(EventType.OBJECT_CREATED, to, ...filters);
      if (options.removals) bucket.addEventNotification(EventType.OBJECT_REMOVED, to, ...filters);
    },
  }),

  /** The stream of a table. */
  dynamoDb: (table: ITable | Table): SourceOrigin => ({
    kind: 'dynamodb',
    attach: ({ function: fn }, failures) => {
      fn.addEventSource(new DynamoEventSource(table as ITable, streamProps(failures)));
    },
  }),

  /** A stream of Kinesis. */
  kinesis: (stream: IStream): SourceOrigin => ({
    kind: 'kinesis',
    attach: ({ function: fn }, failures) => {
      fn.addEventSource(new KinesisEventSource(stream, streamProps(failures)));
    },
  }),
} as const;

/** What a source's function finds in MILLRACE_SOURCE. @throws PlatformConfigError that says what to write instead */
export function sourceConfig(name: string, { from, ...settings }: SourceProps): SourceConfig {
  const config = { ...settings, name, kind: from.kind };
  try {
    parseSource(config);
  } catch (thrown) {
    throw new PlatformConfigError(`Source "${name}": ${(thrown as Error).message}`);
  }
  return config;
}
