import * as z from 'zod';
import { eventBridgeEvent } from './eventbridge.ts';
import { attribute, parseEvent, type SourceKind, type SourceRecord } from './source.ts';

const KIND = { name: 's3', service: 'Amazon S3, direct or through EventBridge' };

/** A record of a direct notification. Loose: the whole of it is the event's value. */
const notification = z.looseObject({
  eventSource: z.literal('aws:s3'),
  eventName: z.string(),
  eventTime: z.iso.datetime({ offset: true }),
  s3: z.looseObject({
    bucket: z.looseObject({ name: z.string() }),
    object: z.looseObject({
      /** As in a URL's query: percent-encoded, with `+` for a space. */
      key: z.string(),
      sequencer: z.string().optional(),
      versionId: z.string().optional(),
    }),
  }),
});

const direct = z.object({ Records: z.array(notification) });
/** What S3 sends once, when notifications are set up. */
const testEvent = z.object({ Service: z.literal('Amazon S3'), Event: z.literal('s3:TestEvent') });

const viaEventBridge = eventBridgeEvent.extend({
  source: z.literal('aws.s3'),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string(), sequencer: z.string().optional() }),
  }),
});

/**
 * Amazon S3's object notifications, sent to the function by the bucket or by EventBridge. Key: the object's key, decoded.
 * Value: the notification as JSON. Headers: `s3.bucket`, `s3.eventName`, and `s3.sequencer`, which orders the notifications
 * of one key: S3 itself keeps no order. Failures: the invocation, which Lambda makes again twice before its on-failure
 * destination gets the event.
 *
 * Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html and …/ev-events.html
 */
export const S3: SourceKind = {
  ...KIND,
  reporting: 'invocation',
  deduplicate: 'batch',
  read: (event) => {
    if (testEvent.safeParse(event).success) return [];
    const bridged = typeof event === 'object' && event !== null && 'detail-type' in event;
    return bridged ? [fromEventBridge(event)] : fromBucket(event);
  },
};

function fromBucket(event: unknown): SourceRecord[] {
  return parseEvent(KIND, direct, event).Records.map((record) => {
    const { bucket, object } = record.s3;
    const key = decoded(object.key);
    return recordOf(record, {
      // A notification has no id of its own. The sequencer tells the changes of one key apart.
      id: [bucket.name, key, record.eventName, object.sequencer ?? record.eventTime, object.versionId ?? ''].join('/'),
      bucket: bucket.name,
      key,
      eventName: record.eventName,
      time: record.eventTime,
      sequencer: object.sequencer,
    });
  });
}

function fromEventBridge(event: object): SourceRecord {
  const { id, time, detail, 'detail-type': eventName } = parseEvent(KIND, viaEventBridge, event);
  const { bucket, object } = detail;
  return recordOf(event, { id, bucket: bucket.name, key: object.key, eventName, time, sequencer: object.sequencer });
}

function recordOf(
  notified: object,
  of: { id: string; bucket: string; key: string; eventName: string; time: string; sequencer: string | undefined },
): SourceRecord {
  return {
    id: of.id,
    reportedAs: of.id,
    lane: undefined,
    timestampMs: Date.parse(of.time),
    key: Buffer.from(of.key),
    value: Buffer.from(JSON.stringify(notified)),
    attributes: [
      attribute('s3.bucket', of.bucket),
      attribute('s3.eventName', of.eventName),
      ...(of.sequencer === undefined ? [] : [attribute('s3.sequencer', of.sequencer)]),
    ],
  };
}

/** An object's key as its owner wrote it; one whose encoding is broken stays as it came. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch (thrown) {
    if (thrown instanceof URIError) return key;
    throw thrown;
  }
}
