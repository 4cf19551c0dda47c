import type { DynamoDBRecord, KinesisStreamRecord, SQSRecord } from 'aws-lambda';
import type { SourceLogger } from '../../functions/source.ts';

const REGION = 'eu-central-1';
const SENT_MS = Date.UTC(2026, 0, 1);

/** Lambda events as AWS documents them, with what a test cares about put in. */
export const message = (id: string, body: string, more: Partial<SQSRecord> & { group?: string } = {}): SQSRecord => {
  const { group, ...rest } = more;
  return {
    messageId: id,
    receiptHandle: 'MessageReceiptHandle',
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(SENT_MS),
      SenderId: '123456789012',
      ApproximateFirstReceiveTimestamp: String(SENT_MS + 1),
      ...(group !== undefined && { MessageGroupId: group, SequenceNumber: '18849496460467696128' }),
    },
    messageAttributes: {},
    md5OfBody: '7b270e59b47ff90a553787216d55d91d',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:${REGION}:123456789012:orders${group === undefined ? '' : '.fifo'}`,
    awsRegion: REGION,
    ...rest,
  };
};

export const textAttributes = (texts: Record<string, string>): SQSRecord['messageAttributes'] =>
  Object.fromEntries(
    Object.entries(texts).map(([name, stringValue]) => [name, { stringValue, dataType: 'String' } as const]),
  );

export const kinesisRecord = (sequence: number, key: string, data: string | Uint8Array): KinesisStreamRecord => {
  const sequenceNumber = `495903382714902566085596925383615711${String(sequence).padStart(20, '0')}`;
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: key,
      sequenceNumber,
      data: Buffer.from(data).toString('base64'),
      approximateArrivalTimestamp: SENT_MS / 1000 + 0.123,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `shardId-000000000006:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/lambda-role',
    awsRegion: REGION,
    eventSourceARN: `arn:aws:kinesis:${REGION}:123456789012:stream/clicks`,
  };
};

export const change = (
  sequence: number,
  eventName: NonNullable<DynamoDBRecord['eventName']>,
  dynamodb: NonNullable<DynamoDBRecord['dynamodb']>,
): DynamoDBRecord => ({
  eventID: `change-${sequence}`,
  eventName,
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: REGION,
  eventSourceARN: `arn:aws:dynamodb:${REGION}:123456789012:table/orders/stream/2026-01-01T00:00:00.000`,
  dynamodb: {
    ApproximateCreationDateTime: SENT_MS / 1000,
    SequenceNumber: String(sequence),
    SizeBytes: 26,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
    ...dynamodb,
  },
});

export const SENT_AT_MS = SENT_MS;

/** A logger that keeps what it was told. */
export function recordingLogger(): SourceLogger & { readonly lines: { message: string; more: unknown }[] } {
  const lines: { message: string; more: unknown }[] = [];
  return {
    lines,
    warn: (said, more) => {
      lines.push({ message: said, more });
    },
  };
}
