import { cost, HOURS_PER_MONTH, SECONDS_PER_MONTH } from './prices.ts';
import type { Workload } from './workloads.ts';

/** Dollars a month for the same events at other services, at their published prices. */
export interface Rivals {
  readonly kinesisOnDemand: number;
  readonly kinesisProvisioned: number;
  readonly mskServerless: number;
  readonly eventBridgeSqs: number;
}

const GB = 2 ** 30;
const KINESIS_ROUND_BYTES = 1_024;
const PUT_UNIT_BYTES = 25 * 1_024;
/** A shard takes 1 MB/s; nobody runs it at its limit. */
const SHARD_BYTES_PER_SECOND = 1_048_576;
const SHARD_USE_MAX = 0.8;
/** A shard gives 2 MB/s to all its readers together. */
const SHARD_OUT_BYTES_PER_SECOND = 2 * 1_048_576;
/** The fewest that make sense, and about what a partition of MSK Serverless takes: 5 MB/s. */
const MSK_PARTITIONS_MIN = 10;
const MSK_PARTITION_BYTES_PER_SECOND = 5 * 1_048_576;
const EVENTBRIDGE_UNIT_BYTES = 64 * 1_024;
/** Lambda and most other consumers receive, and delete, ten messages with a request. */
const SQS_BATCH = 10;

/**
 * What rivals bill for a workload. Events are kept a day. Producers of Kinesis provisioned aggregate into records of 25 KB,
 * as its own library does; each reader reads all. With EventBridge each reader is a queue: what it sends, receives and
 * deletes there is in the price.
 */
export function rivalsOf({ eventBytes, eventsPerSecond, groups, routes }: Workload): Rivals {
  const readers = groups + routes;
  const events = eventsPerSecond * SECONDS_PER_MONTH;
  const gb = (events * eventBytes) / GB;
  const roundedGb = (events * Math.ceil(eventBytes / KINESIS_ROUND_BYTES) * KINESIS_ROUND_BYTES) / GB;
  const bytesPerSecond = eventsPerSecond * eventBytes;
  const shards = Math.max(
    1,
    Math.ceil(bytesPerSecond / (SHARD_BYTES_PER_SECOND * SHARD_USE_MAX)),
    Math.ceil((bytesPerSecond * readers) / SHARD_OUT_BYTES_PER_SECOND),
  );
  const partitions = Math.max(MSK_PARTITIONS_MIN, Math.ceil(bytesPerSecond / MSK_PARTITION_BYTES_PER_SECOND));
  const dayGb = (bytesPerSecond * 86_400) / GB;
  const queued = events * readers;
  return {
    kinesisOnDemand:
      cost('kinesis.streamHour', HOURS_PER_MONTH) +
      cost('kinesis.in', roundedGb) +
      cost('kinesis.out', roundedGb * readers),
    kinesisProvisioned:
      cost('kinesis.shardHour', HOURS_PER_MONTH * shards) +
      cost('kinesis.putUnit', (events * eventBytes) / PUT_UNIT_BYTES),
    mskServerless:
      cost('msk.clusterHour', HOURS_PER_MONTH) +
      cost('msk.partitionHour', HOURS_PER_MONTH * partitions) +
      cost('msk.in', gb) +
      cost('msk.out', gb * readers) +
      cost('msk.storage', dayGb),
    eventBridgeSqs:
      cost('eventbridge.event', events * Math.ceil(eventBytes / EVENTBRIDGE_UNIT_BYTES)) +
      cost('sqs.request', queued + (2 * queued) / SQS_BATCH),
  };
}
