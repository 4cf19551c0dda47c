import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './nag.ts';

/** The longest that a queue keeps a message: time to notice. Source: Amazon SQS quotas. */
const KEPT_DAYS = 14;

/** A queue as all of a platform's are: encrypted, TLS alone. */
export function platformQueue(
  scope: Construct,
  id: string,
  {
    key,
    ...props
  }: Pick<QueueProps, 'visibilityTimeout' | 'retentionPeriod' | 'deadLetterQueue'> & {
    readonly key: IKey | undefined;
  },
): Queue {
  return new Queue(scope, id, {
    encryption: key ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
    ...(key && { encryptionMasterKey: key }),
    enforceSSL: true,
    ...props,
  });
}

/** Where messages end that nothing could be done with. */
export function deadLetterQueue(scope: Construct, id: string, key: IKey | undefined): Queue {
  const queue = platformQueue(scope, id, { key, retentionPeriod: Duration.days(KEPT_DAYS) });
  acknowledge(queue, 'deadLetterQueue', 'noRedrive');
  return queue;
}
