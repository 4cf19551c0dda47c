import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** An upload in parts that somebody died over is billed until it is aborted; none takes more than minutes. */
const INCOMPLETE_UPLOADS_DAYS = 1;

export interface StoresProps {
  readonly key: IKey | undefined;
  readonly removalPolicy: RemovalPolicy;
  readonly versioned: boolean;
}

/** The bucket of segment objects: private, encrypted, TLS alone. */
export function segmentBucket(scope: Construct, { key, removalPolicy, versioned }: StoresProps): Bucket {
  return new Bucket(scope, 'Segments', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    encryption: key ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
    ...(key && { encryptionKey: key, bucketKeyEnabled: true }),
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned,
    removalPolicy,
    lifecycleRules: [
      { id: 'incomplete-uploads', abortIncompleteMultipartUploadAfter: Duration.days(INCOMPLETE_UPLOADS_DAYS) },
      // What was deleted stays so long for whoever has to undo it.
      ...(versioned ? [{ id: 'former-versions', noncurrentVersionExpiration: Duration.days(7) }] : []),
    ],
  });
}

/** The table of items: on demand, restorable to any second of 35 days; its stream says which items changed, not how. */
export function itemTable(scope: Construct, { key, removalPolicy }: StoresProps): Table {
  return new Table(scope, 'Items', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: 'ttl',
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    stream: StreamViewType.KEYS_ONLY,
    encryption: key ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.AWS_MANAGED,
    ...(key && { encryptionKey: key }),
    removalPolicy,
  });
}
