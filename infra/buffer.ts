import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { demand } from './errors.ts';
import { type PlatformFunctions, WORKER_MEMORY_MIB } from './functions.ts';
import { acknowledge } from './nag.ts';
import { deadLetterQueue, platformQueue } from './queues.ts';

/** How long buffered requests wait for company, and how many are stored together. Source: AWS Lambda, "SQS batching". */
const WINDOW_S = 5;
const WINDOW_S_MAX = 300;
const BATCH_MAX = 1_000;
const TRIES_MAX = 5;
const TIMEOUT = Duration.minutes(1);
/** Source: AWS Lambda, "Configuring a queue to use with Lambda": six times the function's time-out, and the window. */
const VISIBILITY_TIMEOUTS = 6;
const KEPT = Duration.days(4);

/** Of buffered produce. */
export interface BufferProps {
  /** How long a request waits for company at most: 1 to 300 whole seconds. Default: 5 seconds. */
  readonly window?: Duration;
}

export interface Buffer {
  readonly queue: Queue;
  /** Requests that could not be stored. */
  readonly dead: Queue;
}

/** The queue of buffered produce, and what takes requests out of it. */
export function addBuffer(
  scope: Construct,
  functions: PlatformFunctions,
  { window = Duration.seconds(WINDOW_S), key }: BufferProps & { readonly key: IKey | undefined },
): Buffer {
  const windowS = window.toSeconds({ integral: false });
  demand(
    Number.isInteger(windowS) && windowS >= 1 && windowS <= WINDOW_S_MAX,
    `buffered: a window of ${windowS} seconds cannot be: write Duration.seconds(5), a whole number from 1 to ${WINDOW_S_MAX}.`,
  );
  const dead = deadLetterQueue(scope, 'IngestDead', key);
  const queue = platformQueue(scope, 'Ingest', {
    key,
    visibilityTimeout: Duration.seconds(TIMEOUT.toSeconds() * VISIBILITY_TIMEOUTS + windowS),
    retentionPeriod: KEPT,
    deadLetterQueue: { queue: dead, maxReceiveCount: TRIES_MAX },
  });
  const ingest = functions.add('IngestFunction', {
    entry: 'ingest',
    description: 'Stores buffered produce requests, all of a batch together',
    memoryMiB: WORKER_MEMORY_MIB,
    timeout: TIMEOUT,
    rights: [...functions.rights.readLog(), ...functions.rights.appendLog()],
  });
  ingest.function.addEventSource(
    new SqsEventSource(queue, { batchSize: BATCH_MAX, maxBatchingWindow: window, reportBatchItemFailures: true }),
  );
  acknowledge(ingest.function, 'redriven');
  return { queue, dead };
}
