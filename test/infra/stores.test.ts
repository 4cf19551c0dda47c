import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { beforeAll, describe, expect, it } from 'vitest';
import { EventPlatform, type EventPlatformProps, PlatformConfigError } from '../../infra/index.ts';
import { testApp } from './apps.ts';
import { flat, line, rightsOf, statementsOf } from './policies.ts';

function stackOf(props: (stack: Stack) => EventPlatformProps = () => ({})): Template {
  const stack = new Stack(testApp(), 'Stack');
  new EventPlatform(stack, 'Events', { name: 'shop', buffered: true, ...props(stack) });
  return Template.fromStack(stack);
}

describe('the bucket of a platform', () => {
  let template: Template;
  beforeAll(() => {
    template = stackOf();
  });

  it('is private, encrypted, reached by TLS alone, and stays with its data', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
    const [policy] = Object.values(template.findResources('AWS::S3::BucketPolicy'));
    const { Statement } = policy!.Properties.PolicyDocument as { Statement: readonly Record<string, unknown>[] };
    expect(Statement.map(({ Effect, Condition }) => [Effect, Condition])).toEqual([
      ['Deny', { Bool: { 'aws:SecureTransport': 'false' } }],
      ['Deny', { NumericLessThan: { 's3:TlsVersion': 1.2 } }],
    ]);
  });

  it('aborts uploads that were left behind', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: [
          { Id: 'incomplete-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
        ],
      },
    });
  });

  it('keeps former versions for a week where it is asked to', () => {
    stackOf(() => ({ versioned: true })).hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: {
        Rules: Match.arrayWith([Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: 7 } })]),
      },
    });
  });
});

describe('the table of a platform', () => {
  it('is on demand, restorable, forgets what is over, tells what changed, and stays with its data', () => {
    stackOf().hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        // A key of DynamoDB's own.
        SSESpecification: { SSEEnabled: false },
      },
    });
  });

  it('goes with the stack, as the bucket does, only where that is asked for', () => {
    const template = stackOf(() => ({ removalPolicy: RemovalPolicy.DESTROY }));
    template.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
    template.allResources('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
  });
});

describe("a key of the owner's", () => {
  it('encrypts bucket, table and queues, and is in the rights of all functions', () => {
    const template = stackOf((stack) => ({ encryptionKey: new Key(stack, 'Key') }));
    const key = Match.objectLike({ 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] });
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key } },
        ],
      },
    });
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
    });
    template.resourceCountIs('AWS::SQS::Queue', 3);
    template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: key });
    for (const name of ['api', 'ingest', 'dispatch', 'tend', 'reconcile', 'deliver']) {
      expect(rightsOf(template, `shop-${name}`).map(({ sid }) => sid)).toContain('UseKey');
    }
  });

  it('is needed by nobody where there is none', () => {
    expect(statementsOf(stackOf(), 'Events').filter(({ sid }) => sid === 'UseKey')).toEqual([]);
  });
});

describe('a directory bucket (S3 Express One Zone)', () => {
  const name = 'events--use1-az5--x-s3';

  it('takes the place of the bucket, and functions may open sessions on it: who only reads, to read', () => {
    const template = stackOf(() => ({ s3ExpressBucket: name }));
    template.resourceCountIs('AWS::S3::Bucket', 0);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ MILLRACE_BUCKET: name }) },
    });
    const sessions = (functionName: string) =>
      rightsOf(template, functionName)
        .filter(({ actions }) => actions.some((action) => action.startsWith('s3')))
        .map(line);
    const session = (mode: string) =>
      `Session${mode}: s3express:CreateSession | arn:<AWS::Partition>:s3express:<AWS::Region>:<AWS::AccountId>:bucket/${name} | ${mode}`;
    expect(sessions('shop-dispatch')).toEqual([session('ReadOnly')]);
    expect(sessions('shop-api')).toEqual([session('ReadOnly'), session('ReadWrite')]);
    expect(sessions('shop-tend')).toEqual([session('ReadOnly'), session('ReadWrite')]);
  });

  it('is named in whole, and keeps no versions', () => {
    expect(() => stackOf(() => ({ s3ExpressBucket: 'events' }))).toThrow(PlatformConfigError);
    expect(() => stackOf(() => ({ s3ExpressBucket: 'events' }))).toThrow(
      'write its whole name, such as events--use1-az5--x-s3',
    );
    expect(() => stackOf(() => ({ s3ExpressBucket: name, versioned: true }))).toThrow('leave out versioned');
  });
});

describe('the queues of a platform', () => {
  it('are encrypted, reached by TLS alone, and keep what failed for two weeks', () => {
    const template = stackOf();
    template.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    template.resourceCountIs('AWS::SQS::QueuePolicy', 3);
    const kept = Object.values(template.findResources('AWS::SQS::Queue')).map(
      ({ Properties }) => [Properties.MessageRetentionPeriod, Properties.VisibilityTimeout] as const,
    );
    expect(kept.sort()).toEqual([
      [1_209_600, undefined],
      [1_209_600, undefined],
      [345_600, 365],
    ]);
    const ingest = Object.values(template.findResources('AWS::SQS::Queue', { Properties: { RedrivePolicy: {} } }))[0];
    expect(flat(ingest?.Properties.RedrivePolicy.deadLetterTargetArn)).toMatch(/^<EventsIngestDead/);
    expect(ingest?.Properties.RedrivePolicy.maxReceiveCount).toBe(5);
  });
});
