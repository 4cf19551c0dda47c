import * as z from 'zod';
import { type Attribute, attribute, parseEvent, type SourceKind } from './source.ts';

const KIND = { name: 'sqs', service: 'Amazon SQS' };

const messageAttribute = z.object({
  stringValue: z.string().optional(),
  /** Base64. */
  binaryValue: z.string().optional(),
  dataType: z.string(),
});

/** One message as Lambda hands it over. */
export const sqsMessage = z.object({
  messageId: z.string().min(1),
  body: z.string(),
  attributes: z.object({
    /** Milliseconds since 1970. */
    SentTimestamp: z.string().regex(/^\d{1,15}$/),
    MessageGroupId: z.string().optional(),
  }),
  messageAttributes: z.record(z.string(), messageAttribute).default({}),
  eventSource: z.literal('aws:sqs'),
  eventSourceARN: z.string(),
});

export type SqsMessage = z.infer<typeof sqsMessage>;

const sqsEvent = z.object({ Records: z.array(sqsMessage) });

/**
 * Messages of an SQS event: what the source `sqs` and buffered produce have in common.
 *
 * @throws SourceError `source_event_unknown`
 */
export function sqsMessages(event: unknown): SqsMessage[] {
  return parseEvent(KIND, sqsEvent, event).Records;
}

/** A message's group on a FIFO queue. Standard queues have groups too (fair queues), which say nothing of order. */
export function fifoGroup({ eventSourceARN, attributes }: SqsMessage): string | undefined {
  return eventSourceARN.endsWith('.fifo') ? attributes.MessageGroupId : undefined;
}

/**
 * Amazon SQS. Key: the message group of a FIFO queue, else none. Value: the body as it came. Headers: message attributes.
 * Failures: each message by its `messageId` (the event source mapping must have ReportBatchItemFailures); the queue brings it
 * again, and its redrive policy puts it in the queue's dead-letter queue in the end.
 *
 * What a queue delivers again comes in other batches, so an idempotency key for a batch is worth little, and one for each
 * message costs more than the message: neither is used unless asked for.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export const SQS: SourceKind = {
  ...KIND,
  reporting: 'records',
  deduplicate: 'none',
  read: (event) =>
    sqsMessages(event).map((message) => {
      const group = message.attributes.MessageGroupId;
      const lane = fifoGroup(message);
      return {
        id: message.messageId,
        reportedAs: message.messageId,
        lane,
        timestampMs: Number(message.attributes.SentTimestamp),
        key: lane === undefined ? null : Buffer.from(lane),
        value: Buffer.from(message.body),
        attributes: [...attributesOf(message), ...(group === undefined ? [] : [attribute('MessageGroupId', group)])],
      };
    }),
};

function attributesOf({ messageAttributes }: SqsMessage): Attribute[] {
  return Object.entries(messageAttributes).map(([name, { stringValue, binaryValue }]) =>
    binaryValue === undefined ? attribute(name, stringValue ?? '') : [name, Buffer.from(binaryValue, 'base64')],
  );
}
