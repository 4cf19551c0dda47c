/**
 * The stores on AWS: objects in an S3 bucket, items in a DynamoDB table. What a call's failure means (no effect, or nobody
 * knows) is decided in here, once.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { type Clock, type Random, systemClock, systemRandom } from '../../bytes/index.ts';
import type { Stores } from '../port.ts';
import { Calls } from './calls.ts';
import { dynamoItems } from './items.ts';
import { s3Objects } from './objects.ts';
import { Transactions } from './transact.ts';
import { Turns } from './turns.ts';

/** DynamoDB answers within tens of milliseconds: what takes longer than this has gone astray. */
const ITEM_TIMEOUT_MS = 5_000;

/** S3 answers within a second, and then there are the bytes: 16 MiB at 1 MB/s take this long. */
const OBJECT_TIMEOUT_MS = 20_000;

/** Within a region a connection stands within milliseconds. */
const CONNECT_TIMEOUT_MS = 2_000;

/** Connections to each service: what a Lambda or gateway has under way at once, and well below its open files. */
const SOCKETS_MAX = 128;

/** Where an S3 Express bucket shows itself: `<name>--<zone>--x-s3`. Source: "Directory bucket naming rules". */
const DIRECTORY_SUFFIX = '--x-s3';

/** The SDK warns on the console of failures that we are told of anyway, each as an error. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} } as const;

export interface AwsStoresOptions {
  readonly bucket: string;
  /** A table with the string keys `pk` (partition) and `sk` (sort), and `ttl` as its time-to-live attribute. */
  readonly table: string;
  /** Default: what the environment says (AWS_REGION, the profile). */
  readonly region?: string;
  /** Another place than AWS for both services, as `http://127.0.0.1:4566`; buckets are then part of the path. */
  readonly endpoint?: string;
  /** As `endpoint`, for one of the services. */
  readonly endpoints?: { readonly s3?: string; readonly dynamodb?: string };
  /** Whether the bucket is a directory bucket (S3 Express One Zone). Default: what its name says. */
  readonly directoryBucket?: boolean;
  /** Time limit of one call, in milliseconds; a write that exceeds it ends as store_unknown. */
  readonly itemTimeoutMs?: number;
  readonly objectTimeoutMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** See `openAwsStores` of the folder above. */
export function awsStores(options: AwsStoresOptions): Stores {
  const { bucket, table, clock = systemClock, random = systemRandom } = options;
  const dynamodb = new DynamoDBClient(clientConfig(options, options.endpoints?.dynamodb));
  const s3 = new S3Client({
    ...clientConfig(options, options.endpoints?.s3),
    forcePathStyle: (options.endpoints?.s3 ?? options.endpoint) !== undefined,
    // Bodies are streams with a checksum of ours; asking first whether they may come would cost a round trip each.
    expectContinueHeader: false,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const itemCalls = new Calls({ clock, random, timeoutMs: options.itemTimeoutMs ?? ITEM_TIMEOUT_MS });
  const objectCalls = new Calls({ clock, random, timeoutMs: options.objectTimeoutMs ?? OBJECT_TIMEOUT_MS });
  const itemParts = { client: dynamodb, table, calls: itemCalls, turns: new Turns() };
  const directory = options.directoryBucket ?? bucket.endsWith(DIRECTORY_SUFFIX);
  return {
    items: dynamoItems(itemParts, new Transactions(itemParts, { clock, random })),
    objects: s3Objects({ client: s3, bucket, calls: objectCalls, directory }),
    async close() {
      await Promise.all([itemCalls.close(), objectCalls.close()]);
      dynamodb.destroy();
      s3.destroy();
    },
  };
}

function clientConfig(options: AwsStoresOptions, own: string | undefined) {
  const endpoint = own ?? options.endpoint;
  const agent = { keepAlive: true, maxSockets: SOCKETS_MAX };
  return {
    // Which failures may be repeated is decided in calls.ts: the SDK would also repeat a write whose answer was lost.
    maxAttempts: 1,
    logger: SILENT,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, httpAgent: agent, httpsAgent: agent },
    ...(options.region !== undefined && { region: options.region }),
    ...(endpoint !== undefined && { endpoint }),
  };
}
