import { Token } from 'aws-cdk-lib';
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';

/** Settings of a route by Kafka Connect's names, beyond those that a sink is made with: see docs/routes.md. */
export type SinkSettings = Readonly<Record<string, string>>;

/** Where a route delivers to: settings, and the rights that its function needs for it. */
export interface SinkTarget {
  /** `connector.class`. */
  readonly connector: string;
  readonly settings: SinkSettings;
  /** What stands for the settings that only a deployment knows, so that all others can be checked before it. */
  readonly samples: SinkSettings;
  /** Whether it writes events into topics of the platform. */
  readonly producesTo?: string;
  /** Gives the function's role the right to this destination, and to no other. */
  grant(role: IRole): void;
}

/** As the emulators and AWS's documents have it: no account of anybody's. */
const ACCOUNT = '123456789012';
const sampleArn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:${ACCOUNT}:${rest}`;

/**
 * The destinations of routes. Each takes the construct that it delivers to, and further settings by their names.
 *
 * @example
 * platform.addRoute('late', { topics: ['flights'], to: Sink.sqs(queue) });
 * platform.addRoute('lake', { topics: ['flights'], to: Sink.s3(bucket, { 's3.format': 'parquet' }) });
 */
export const Sink = {
  /** A queue of SQS; a FIFO queue keeps the order of each key. */
  sqs: (queue: IQueue, settings: SinkSettings = {}): SinkTarget =>
    target(
      'sqs',
      settings,
      {
        'sqs.queue.url': [
          queue.queueUrl,
          `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/queue${queue.fifo ? '.fifo' : ''}`,
        ],
      },
      (role) => queue.grantSendMessages(role),
    ),

  /** A topic of SNS. */
  sns: (topic: ITopic, settings: SinkSettings = {}): SinkTarget =>
    target(
      'sns',
      settings,
      {
        'sns.topic.arn': [topic.topicArn, sampleArn('sns', `topic${topic.fifo ? '.fifo' : ''}`)],
      },
      (role) => topic.grantPublish(role),
    ),

  /** A bus of EventBridge. */
  eventBridge: (bus: IEventBus, settings: SinkSettings = {}): SinkTarget =>
    target('eventbridge', settings, { 'eventbridge.bus.name': [bus.eventBusName, 'bus'] }, (role) => {
      bus.grantPutEventsTo(role);
      // EventBridge takes events for a bus that is not there, and drops them: the sink looks first.
      role.addToPrincipalPolicy(
        new PolicyStatement({
          sid: 'SeeBus',
          actions: ['events:DescribeEventBus'],
          resources: [bus.eventBusArn],
        }),
      );
    }),

  /** A stream of Kinesis; the order of each key is kept. */
  kinesis: (stream: IStream, settings: SinkSettings = {}): SinkTarget =>
    target('kinesis', settings, { 'kinesis.stream.name': [stream.streamName, 'stream'] }, (role) =>
      stream.grantWrite(role),
    ),

  /** A delivery stream of Firehose. */
  firehose: (stream: IDeliveryStream, settings: SinkSettings = {}): SinkTarget =>
    target('firehose', settings, { 'firehose.stream.name': [stream.deliveryStreamName, 'stream'] }, (role) =>
      stream.grant(role, 'firehose:PutRecordBatch'),
    ),

  /** A function, which gets the event that Lambda's own mapping from Kafka would give it. */
  lambda: (fn: IFunction, settings: SinkSettings = {}): SinkTarget =>
    target('lambda', settings, { 'lambda.function.arn': [fn.functionArn, sampleArn('lambda', 'function:f')] }, (role) =>
      fn.grantInvoke(role),
    ),

  /** An execution of a state machine for each event. */
  stepFunctions: (machine: IStateMachine, settings: SinkSettings = {}): SinkTarget =>
    target(
      'stepfunctions',
      settings,
      {
        'stepfunctions.state.machine.arn': [machine.stateMachineArn, sampleArn('states', 'stateMachine:m')],
      },
      (role) => machine.grantStartExecution(role),
    ),

  /** A group of CloudWatch Logs. */
  cloudWatchLogs: (group: ILogGroup, settings: SinkSettings = {}): SinkTarget =>
    target('cloudwatchlogs', settings, { 'cloudwatchlogs.group.name': [group.logGroupName, 'group'] }, (role) =>
      group.grant(role, 'logs:CreateLogStream', 'logs:PutLogEvents'),
    ),

  /** Files in a bucket, JSON lines or Parquet: each event once. */
  s3: (bucket: IBucket | Bucket, settings: SinkSettings = {}): SinkTarget =>
    target('s3', settings, { 's3.bucket.name': [bucket.bucketName, 'bucket'] }, (role) => {
      role.addToPrincipalPolicy(
        new PolicyStatement({
          sid: 'PutFiles',
          actions: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'],
          resources: [bucket.arnForObjects(`${settings['s3.prefix'] ?? ''}*`)],
        }),
      );
      bucket.encryptionKey?.grantEncryptDecrypt(role);
    }),

  /** Items of a table, written with the route's position in one transaction: each event once. */
  dynamoDb: (table: ITable | Table, settings: SinkSettings = {}): SinkTarget =>
    target('dynamodb', settings, { 'dynamodb.table.name': [table.tableName, 'table'] }, (role) => {
      table.grant(
        role,
        ...['DescribeTable', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'].map(
          (name) => `dynamodb:${name}`,
        ),
      );
      table.encryptionKey?.grantEncryptDecrypt(role);
    }),

  /** Another topic of the platform: each event once. */
  topic: (topic: string): SinkTarget => ({
    ...target('topic', { 'topic.name': topic }, {}, () => undefined),
    producesTo: topic,
  }),

  /**
   * A URL, posted to. The secrets that sign requests, and headers that are secret, are named, not written down: the template
   * and the route hold a reference alone.
   */
  webhook: (url: string, options: WebhookOptions = {}): SinkTarget => {
    const { secret, headerSecrets = {}, settings = {} } = options;
    const references = Object.entries(headerSecrets).map(([name, one]) => [`webhook.headers.${name}`, reference(one)]);
    const own: SinkSettings = {
      'webhook.url': url,
      ...(secret && { 'webhook.secret': reference(secret) }),
      ...Object.fromEntries(references),
    };
    const samples = Object.fromEntries(
      Object.keys(own)
        .slice(1)
        .map((name) => [name, `\${secretsmanager:${name}}`]),
    );
    return {
      connector: 'webhook',
      settings: { ...settings, ...own },
      samples: { ...samples, ...(Token.isUnresolved(url) && { 'webhook.url': 'https://example.com/' }) },
      grant: (role) => {
        for (const one of [secret, ...Object.values(headerSecrets)]) one?.grantRead(role);
      },
    };
  },
} as const;

export interface WebhookOptions {
  /** Holds `whsec_…`, as Standard Webhooks have it. */
  readonly secret?: ISecret;
  /** Headers whose values are secrets, such as `authorization`. */
  readonly headerSecrets?: Readonly<Record<string, ISecret>>;
  readonly settings?: SinkSettings;
}

function reference(secret: ISecret): string {
  return `\${secretsmanager:${secret.secretArn}}`;
}

type Named = Readonly<Record<string, readonly [value: string, sample: string]>>;

function target(connector: string, settings: SinkSettings, named: Named, grant: (role: IRole) => unknown): SinkTarget {
  const values = Object.entries(named).map(([name, [value]]) => [name, value]);
  const samples = Object.entries(named).map(([name, [value, sample]]) => [
    name,
    Token.isUnresolved(value) ? sample : value,
  ]);
  return {
    connector,
    settings: { ...settings, ...Object.fromEntries(values) },
    samples: Object.fromEntries(samples),
    grant: (role) => {
      grant(role);
    },
  };
}
