import * as z from 'zod';
import { itemJson, type TypedItem, typedItem } from './dynamodb-json.ts';
import { attribute, parseEvent, type SourceKind } from './source.ts';

const KIND = { name: 'dynamodb', service: 'Amazon DynamoDB Streams' };

const streamEvent = z.object({
  Records: z.array(
    z.object({
      eventSource: z.literal('aws:dynamodb'),
      eventID: z.string().min(1),
      eventName: z.enum(['INSERT', 'MODIFY', 'REMOVE']),
      eventSourceARN: z.string(),
      /** Who removed it where nobody did: `dynamodb.amazonaws.com` for an item whose time to live was over. */
      userIdentity: z.object({ principalId: z.string() }).nullish(),
      dynamodb: z.object({
        Keys: typedItem,
        NewImage: typedItem.optional(),
        OldImage: typedItem.optional(),
        SequenceNumber: z.string().min(1),
        /** Seconds since 1970. */
        ApproximateCreationDateTime: z.number().nonnegative(),
      }),
    }),
  ),
});

type Change = z.infer<typeof streamEvent>['Records'][number];

/**
 * Amazon DynamoDB Streams. Key: the item's key as canonical JSON, `{"pk":"a","sk":1}`. Value:
 * `{"eventName":"MODIFY","keys":{…},"newImage":{…},"oldImage":{…}}`, images as the stream's view type has them; with the
 * setting `tombstones` a removal has none. Headers: `dynamodb.eventName`, and `dynamodb.userIdentity` of what DynamoDB removed
 * itself. Failures: the sequence number of the first record that could not be stored (ReportBatchItemFailures): it and all
 * behind it in the shard come again.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
export const DYNAMODB: SourceKind = {
  ...KIND,
  reporting: 'checkpoint',
  deduplicate: 'batch',
  read: (event, { tombstones }) =>
    parseEvent(KIND, streamEvent, event).Records.map((change) => ({
      id: change.eventID,
      reportedAs: change.dynamodb.SequenceNumber,
      // Records do not say which shard they are of; one batch is of one.
      lane: change.eventSourceARN,
      timestampMs: Math.round(change.dynamodb.ApproximateCreationDateTime * 1000),
      key: Buffer.from(itemJson(change.dynamodb.Keys)),
      value: tombstones && change.eventName === 'REMOVE' ? null : Buffer.from(changeJson(change)),
      attributes: [
        attribute('dynamodb.eventName', change.eventName),
        ...(change.userIdentity ? [attribute('dynamodb.userIdentity', change.userIdentity.principalId)] : []),
      ],
    })),
};

function changeJson({ eventName, dynamodb: { Keys, NewImage, OldImage } }: Change): string {
  const image = (name: string, item: TypedItem | undefined) => (item ? `,"${name}":${itemJson(item)}` : '');
  return `{"eventName":"${eventName}","keys":${itemJson(Keys)}${image('newImage', NewImage)}${image('oldImage', OldImage)}}`;
}
