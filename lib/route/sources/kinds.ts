import { DYNAMODB } from './dynamodb.ts';
import { EVENTBRIDGE } from './eventbridge.ts';
import { KINESIS } from './kinesis.ts';
import { S3 } from './s3.ts';
import { SNS } from './sns.ts';
import type { SourceKind } from './source.ts';
import { SQS } from './sqs.ts';

/** Every kind of source, one module each. */
export const SOURCE_KINDS: readonly SourceKind[] = [SQS, SNS, EVENTBRIDGE, S3, DYNAMODB, KINESIS];
