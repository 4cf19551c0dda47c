import * as z from 'zod';
import { parseEvent, type SourceKind } from './source.ts';

const KIND = { name: 'kinesis', service: 'Amazon Kinesis Data Streams' };

const kinesisEvent = z.object({
  Records: z.array(
    z.object({
      eventSource: z.literal('aws:kinesis'),
      /** `<shard id>:<sequence number>`. */
      eventID: z.string().regex(/^[^:]+:[^:]+$/),
      eventSourceARN: z.string(),
      kinesis: z.object({
        partitionKey: z.string(),
        sequenceNumber: z.string().min(1),
        data: z.base64(),
        /** Seconds since 1970, with a fraction. */
        approximateArrivalTimestamp: z.number().nonnegative(),
      }),
    }),
  ),
});

/**
 * Amazon Kinesis Data Streams. Key: the partition key. Value: the data as it was put (records that the KPL aggregated stay
 * aggregated). Failures: the sequence number of the first record that could not be stored (ReportBatchItemFailures): it and
 * all behind it in the shard come again.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
 */
export const KINESIS: SourceKind = {
  ...KIND,
  reporting: 'checkpoint',
  deduplicate: 'batch',
  read: (event) =>
    parseEvent(KIND, kinesisEvent, event).Records.map(({ eventID, eventSourceARN, kinesis }) => ({
      id: eventID,
      reportedAs: kinesis.sequenceNumber,
      lane: `${eventSourceARN}/${eventID.slice(0, eventID.indexOf(':'))}`,
      timestampMs: Math.round(kinesis.approximateArrivalTimestamp * 1000),
      key: Buffer.from(kinesis.partitionKey),
      value: Buffer.from(kinesis.data, 'base64'),
      attributes: [],
    })),
};
