import { Duration, type RemovalPolicy, Token } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { demand } from './errors.ts';
import { acknowledge } from './nag.ts';

/** An upload in parts that somebody died over is billed until it is aborted; none takes more than minutes. */
const INCOMPLETE_UPLOADS_DAYS = 1;
/** What was deleted stays so long for whoever has to undo it. */
const FORMER_VERSIONS_DAYS = 7;

export interface StoresProps {
  readonly key: IKey | undefined;
  readonly removalPolicy: RemovalPolicy;
  readonly versioned: boolean;
}

/** The bucket of segment objects: private, encrypted, TLS alone. */
export function segmentBucket(scope: Construct, { key, removalPolicy, versioned }: StoresProps): Bucket {
  const bucket = new Bucket(scope, 'Segments', {
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
      ...(versioned
        ? [{ id: 'former-versions', noncurrentVersionExpiration: Duration.days(FORMER_VERSIONS_DAYS) }]
        : []),
    ],
  });
  acknowledge(bucket, 'noAccessLog');
  return bucket;
}

/** What a directory bucket is called, by which the functions know it. Source: S3 User Guide, "Directory bucket naming rules". */
const DIRECTORY_BUCKET = /^[a-z0-9][a-z0-9-]*--[a-z0-9]+-az\d+--x-s3$/;

/** @throws PlatformConfigError that says what to write instead */
export function checkDirectoryBucket(name: string, { versioned }: { readonly versioned: boolean }): void {
  demand(
    Token.isUnresolved(name) || DIRECTORY_BUCKET.test(name),
    `"${name}" is no directory bucket: write its whole name, such as events--use1-az5--x-s3.`,
  );
  demand(!versioned, 'A directory bucket keeps no former versions: leave out versioned, or s3ExpressBucket.');
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
    // The default is a key of DynamoDB's own, which costs nothing; `aws/dynamodb` has KMS bill each use.
    encryption: key ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.DEFAULT,
    ...(key && { encryptionKey: key }),
    removalPolicy,
  });
}
