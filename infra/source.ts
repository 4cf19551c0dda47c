import { Annotations, Duration, Token } from 'aws-cdk-lib';
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type EventBus, type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IStream, Stream } from 'aws-cdk-lib/aws-kinesis';
import { type EventSourceMappingOptions, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource, SnsEventSource, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type Bucket, EventType, type IBucket, type NotificationKeyFilter } from 'aws-cdk-lib/aws-s3';
import { LambdaDestination } from 'aws-cdk-lib/aws-s3-notifications';
import type { ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue, type IQueue, type Queue } from 'aws-cdk-lib/aws-sqs';
import { parseSource, type SourceConfig } from '../lib/route/index.ts';
import { demand, PlatformConfigError } from './errors.ts';
import { failuresOf, letEncrypt } from './failures.ts';
import { acknowledge } from './nag.ts';
import type { PlatformFunction } from './platform-function.ts';
import { readStream } from './rights.ts';

/** Where events come from: how a function gets to hear of them. */
export interface SourceOrigin {
  readonly kind: string;
  /** Whether a record that never lands holds up those behind it, so that there must be a topic for it. */
  readonly ordered?: boolean;
  /** Has the function called; what no try can bring into the topic goes to `failures`. */
  attach(worker: PlatformFunction, failures: Queue): void;
}

/** A source, the topic that it fills, and how records become events: see docs/sources.md. */
export interface SourceProps extends Omit<SourceConfig, 'kind' | 'name'> {
  readonly from: SourceOrigin;
}

/** Less than a queue's default visibility time-out, 30 seconds, which Lambda does not let a function exceed. */
export const SOURCE_TIMEOUT = Duration.seconds(25);
/** As AWS advises, in times of the function's: a throttled batch must not come back before it was tried. */
const VISIBILITY_TIMEOUTS = 6;
const VISIBILITY_DEFAULT_S = 30;

const BATCH_WINDOW = Duration.seconds(1);
const BATCH_MAX = 1_000;
/** FIFO queues have no window, and without one a batch has ten messages at most. Source: AWS Lambda, "SQS batching". */
const FIFO_BATCH_MAX = 10;
/** What pushes, is told once more than twice; later than that it has long been in the queue of failures. */
const PUSHED_AGE_MAX = Duration.hours(1);
const PUSHED_TRIES_AGAIN = 2;

/**
 * A stream's batch is tried until it lands or is too old, for its order must hold. A record that never can land leaves for the
 * source's dead-letter topic; where that refuses it too, batches are cut in two until it stands alone.
 */
function streamOptions(worker: PlatformFunction, failures: Queue) {
  return {
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: BATCH_MAX,
    maxBatchingWindow: BATCH_WINDOW,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: -1,
    onFailure: failuresOf(worker, failures),
  } satisfies EventSourceMappingOptions;
}

/** What the function itself could not do ends with the failures: a subscription's own dead letters never see that. */
function keepFailures(worker: PlatformFunction, failures: Queue): void {
  worker.function.configureAsyncInvoke({
    onFailure: failuresOf(worker, failures),
    retryAttempts: PUSHED_TRIES_AGAIN,
    maxEventAge: PUSHED_AGE_MAX,
  });
}

/**
 * Where events come from.
 *
 * @example
 * // The least:
 * platform.addSource('clicks', { from: Source.kinesis(stream), topic: 'clicks' });
 * @example
 * // Usually:
 * platform.addSource('paid', { from: Source.sqs(queue), topic: 'orders', key: 'value.order.id' });
 * @see docs/sources.md
 */
export const Source = {
  /**
   * A queue. What can never be stored ends where the queue's own redrive policy says. Its visibility time-out: 30 seconds or
   * more, better two and a half minutes.
   */
  sqs: (queue: IQueue | Queue): SourceOrigin => ({
    kind: 'sqs',
    attach: ({ function: fn }) => {
      checkVisibility(queue);
      const batching = queue.fifo
        ? { batchSize: FIFO_BATCH_MAX }
        : { batchSize: BATCH_MAX, maxBatchingWindow: BATCH_WINDOW };
      fn.addEventSource(new SqsEventSource(queue, { ...batching, reportBatchItemFailures: true }));
      acknowledge(fn, 'redriven');
    },
  }),

  /** A topic of SNS. */
  sns: (topic: ITopic | Topic): SourceOrigin => ({
    kind: 'sns',
    attach: (worker, failures) => {
      letEncrypt(new ServicePrincipal('sns.amazonaws.com'), failures);
      worker.function.addEventSource(new SnsEventSource(topic, { deadLetterQueue: failures }));
      keepFailures(worker, failures);
    },
  }),

  /** What matches on a bus of EventBridge. */
  eventBridge: (bus: IEventBus | EventBus, pattern: EventPattern): SourceOrigin => ({
    kind: 'eventbridge',
    attach: (worker, failures) => {
      letEncrypt(new ServicePrincipal('events.amazonaws.com'), failures);
      const targets = [new LambdaTarget(worker.function, { deadLetterQueue: failures })];
      new Rule(worker, 'Rule', { eventBus: bus as IEventBus, eventPattern: pattern, targets });
      keepFailures(worker, failures);
    },
  }),

  /** Objects that appear in a bucket, and with `removals` those that vanish from it. */
  s3: (
    bucket: IBucket | Bucket,
    options: { readonly removals?: boolean; readonly filter?: NotificationKeyFilter } = {},
  ): SourceOrigin => ({
    kind: 's3',
    attach: (worker, failures) => {
      const filters = options.filter ? [options.filter] : [];
      const to = new LambdaDestination(worker.function);
      bucket.addEventNotification(EventType.OBJECT_CREATED, to, ...filters);
      if (options.removals) bucket.addEventNotification(EventType.OBJECT_REMOVED, to, ...filters);
      keepFailures(worker, failures);
    },
  }),

  /** The stream of a table. */
  dynamoDb: (table: ITable | Table): SourceOrigin => ({
    kind: 'dynamodb',
    ordered: true,
    attach: (worker, failures) => {
      const { tableStreamArn } = table;
      if (tableStreamArn === undefined) {
        throw new PlatformConfigError(
          'The table has no stream: write stream: StreamViewType.NEW_AND_OLD_IMAGES where it is made, or Table.fromTableAttributes with tableStreamArn.',
        );
      }
      worker.allow(...readStream(table));
      table.encryptionKey?.grant(worker.role, 'kms:Decrypt');
      worker.function.addEventSourceMapping('Stream', {
        eventSourceArn: tableStreamArn,
        ...streamOptions(worker, failures),
      });
    },
  }),

  /** A stream of Kinesis. */
  kinesis: (stream: IStream | Stream): SourceOrigin => ({
    kind: 'kinesis',
    ordered: true,
    attach: (worker, failures) => {
      worker.function.addEventSource(new KinesisEventSource(stream as IStream, streamOptions(worker, failures)));
    },
  }),
} as const;

/**
 * What a source's function finds in MILLRACE_SOURCE.
 *
 * @throws PlatformConfigError that says what to write instead
 */
export function sourceConfig(name: string, { from, ...settings }: SourceProps): SourceConfig {
  const deadLetters = from.ordered && settings.deadLetterTopic === undefined;
  const config = { ...settings, ...(deadLetters && { deadLetterTopic: `${name}.dead` }), name, kind: from.kind };
  for (const [setting, text] of Object.entries(config)) {
    demand(
      !Token.isUnresolved(text),
      `Source "${name}": "${setting}" is only known when the stack is deployed, so it cannot be checked: write a literal text.`,
    );
  }
  try {
    parseSource(config);
  } catch (thrown) {
    throw new PlatformConfigError(`Source "${name}": ${(thrown as Error).message}`);
  }
  return config;
}

/** Of a queue that is made in this app: of others nothing is known. */
function checkVisibility(queue: IQueue | Queue): void {
  const resource = queue.node.defaultChild;
  if (!(resource instanceof CfnQueue)) return;
  const visibleS = resource.visibilityTimeout ?? VISIBILITY_DEFAULT_S;
  if (Token.isUnresolved(visibleS)) return;
  const [leastS, betterS] = [SOURCE_TIMEOUT.toSeconds(), SOURCE_TIMEOUT.toSeconds() * VISIBILITY_TIMEOUTS];
  demand(
    visibleS >= leastS,
    `The queue ${queue.node.path} shows a message again after ${visibleS} seconds, while it may still be worked on: write visibilityTimeout: Duration.seconds(${betterS}) where it is made; ${leastS} is the least.`,
  );
  if (visibleS < betterS) {
    Annotations.of(queue).addWarningV2(
      'millrace:queueVisibility',
      `A source reads this queue, whose visibility time-out is ${visibleS} seconds: with Duration.seconds(${betterS}) a throttled batch would not be counted as tried.`,
    );
  }
}
