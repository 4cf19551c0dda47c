import { Token } from 'aws-cdk-lib';
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus, IEventBus } from 'aws-cdk-lib/aws-events';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream, Stream } from 'aws-cdk-lib/aws-kinesis';
import type { DeliveryStream, IDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { demand } from './errors.ts';
import { acknowledgeWildcards } from './nag.ts';
import { TABLE_KEY_ACTIONS } from './rights.ts';

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
const POSITION_TABLE = 'dynamodb.position.table.name';
const sampleArn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:${ACCOUNT}:${rest}`;

/**
 * The destinations of routes. Each takes the construct that it delivers to, and further settings by their names: see
 * docs/routes.md. The function of the route gets the right to do to it what delivering takes, and no other.
 *
 * @example
 * // The least:
 * platform.addRoute('late', { topics: ['flights'], to: Sink.sqs(queue) });
 * @example
 * // Usually:
 * platform.addRoute('lake', { topics: ['flights'], to: Sink.s3(bucket, { 's3.prefix': 'raw/', 's3.format': 'parquet' }) });
 * @example
 * // For routes that are made over REST, which share one function:
 * Sink.sqs(queue).grant(platform.sharedDeliverRole);
 */
export const Sink = {
  /** A queue of SQS; a FIFO queue keeps the order of each key. */
  sqs: (queue: IQueue | Queue, settings: SinkSettings = {}): SinkTarget => {
    const sample = `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/queue${queue.fifo ? '.fifo' : ''}`;
    return target('sqs', settings, { 'sqs.queue.url': [queue.queueUrl, sample] }, (role) => {
      allow(role, 'SendMessages', ['sqs:SendMessage'], [queue.queueArn]);
      encryptWith(role, queue.encryptionMasterKey);
    });
  },

  /** A topic of SNS. */
  sns: (topic: ITopic | Topic, settings: SinkSettings = {}): SinkTarget => {
    const sample = sampleArn('sns', `topic${topic.fifo ? '.fifo' : ''}`);
    return target('sns', settings, { 'sns.topic.arn': [topic.topicArn, sample] }, (role) => {
      allow(role, 'Publish', ['sns:Publish'], [topic.topicArn]);
      encryptWith(role, topic.masterKey);
    });
  },

  /** A bus of EventBridge. */
  eventBridge: (bus: IEventBus | EventBus, settings: SinkSettings = {}): SinkTarget =>
    target('eventbridge', settings, { 'eventbridge.bus.name': [bus.eventBusName, 'bus'] }, (role) => {
      // EventBridge takes events for a bus that is not there, and drops them: the sink looks first.
      allow(role, 'PutEvents', ['events:PutEvents', 'events:DescribeEventBus'], [bus.eventBusArn]);
    }),

  /** A stream of Kinesis; the order of each key is kept. */
  kinesis: (stream: IStream | Stream, settings: SinkSettings = {}): SinkTarget =>
    target('kinesis', settings, { 'kinesis.stream.name': [stream.streamName, 'stream'] }, (role) => {
      allow(role, 'PutRecords', ['kinesis:PutRecords'], [stream.streamArn]);
      encryptWith(role, stream.encryptionKey);
    }),

  /** A delivery stream of Firehose. */
  firehose: (stream: IDeliveryStream | DeliveryStream, settings: SinkSettings = {}): SinkTarget =>
    target('firehose', settings, { 'firehose.stream.name': [stream.deliveryStreamName, 'stream'] }, (role) => {
      allow(role, 'PutRecords', ['firehose:PutRecordBatch'], [stream.deliveryStreamArn]);
    }),

  /** A function, which gets the event that Lambda's own mapping from Kafka would give it. */
  lambda: (fn: IFunction | LambdaFunction, settings: SinkSettings = {}): SinkTarget => {
    const sample = sampleArn('lambda', 'function:f');
    return target('lambda', settings, { 'lambda.function.arn': [fn.functionArn, sample] }, (role) => {
      allow(role, 'Invoke', ['lambda:InvokeFunction'], [fn.functionArn]);
    });
  },

  /** An execution of a state machine for each event. */
  stepFunctions: (machine: IStateMachine | StateMachine, settings: SinkSettings = {}): SinkTarget => {
    const sample = sampleArn('states', 'stateMachine:m');
    return target(
      'stepfunctions',
      settings,
      { 'stepfunctions.state.machine.arn': [machine.stateMachineArn, sample] },
      (role) => allow(role, 'Start', ['states:StartExecution'], [machine.stateMachineArn]),
    );
  },

  /** A group of CloudWatch Logs. */
  cloudWatchLogs: (group: ILogGroup | LogGroup, settings: SinkSettings = {}): SinkTarget =>
    target('cloudwatchlogs', settings, { 'cloudwatchlogs.group.name': [group.logGroupName, 'group'] }, (role) => {
      allow(role, 'PutLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], [group.logGroupArn]);
      acknowledgeWildcards(role, [group.logGroupArn], 'The streams of this one group, which the route makes.');
    }),

  /** Files in a bucket, JSON lines or Parquet: each event once. */
  s3: (bucket: IBucket | Bucket, settings: SinkSettings = {}): SinkTarget =>
    target('s3', settings, { 's3.bucket.name': [bucket.bucketName, 'bucket'] }, (role) => {
      const files = bucket.arnForObjects(`${settings['s3.prefix'] ?? ''}*`);
      // Read is what looks whether a file that is there already is the route's own.
      allow(role, 'PutFiles', ['s3:PutObject', 's3:GetObject'], [files]);
      acknowledgeWildcards(role, [files], "Files below the route's prefix, named after the events in them.");
      encryptWith(role, bucket.encryptionKey);
    }),

  /**
   * Items of a table, written with the route's position in one transaction: each event once. Positions are items of the
   * table itself, unless its keys are numbers: then give another for them.
   */
  dynamoDb: (
    table: ITable | Table,
    settings: SinkSettings = {},
    { positions }: { readonly positions?: ITable | Table } = {},
  ): SinkTarget => {
    demand(
      settings[POSITION_TABLE] === undefined,
      `"${POSITION_TABLE}" needs rights to that table: write Sink.dynamoDb(table, settings, { positions: otherTable }).`,
    );
    const named: Named = {
      'dynamodb.table.name': [table.tableName, 'table'],
      ...(positions && { [POSITION_TABLE]: [positions.tableName, 'positions'] as const }),
    };
    return target('dynamodb', settings, named, (role) => {
      const look = ['dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:PutItem'];
      const write = ['dynamodb:DescribeTable', 'dynamodb:PutItem', 'dynamodb:DeleteItem'];
      if (positions) allow(role, 'KeepPosition', look, [positions.tableArn]);
      allow(role, 'WriteItems', positions ? write : [...write, 'dynamodb:GetItem'], [table.tableArn]);
      for (const one of [table, positions]) one?.encryptionKey?.grant(role, ...TABLE_KEY_ACTIONS);
    });
  },

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
        for (const [i, one] of [secret, ...Object.values(headerSecrets)].entries()) {
          if (!one) continue;
          // The six characters that Secrets Manager puts behind a name, where the whole ARN is not known.
          const arn = one.secretFullArn ?? `${one.secretArn}-??????`;
          allow(role, `ReadSecret${i}`, ['secretsmanager:GetSecretValue'], [arn]);
          one.encryptionKey?.grant(role, 'kms:Decrypt');
        }
      },
    };
  },
} as const;

export interface WebhookOptions {
  /** Holds `whsec_…`, as Standard Webhooks have it. */
  readonly secret?: ISecret | Secret;
  /** Headers whose values are secrets, such as `authorization`. */
  readonly headerSecrets?: Readonly<Record<string, ISecret | Secret>>;
  readonly settings?: SinkSettings;
}

function reference(secret: ISecret | Secret): string {
  return `\${secretsmanager:${secret.secretArn}}`;
}

function allow(role: IRole, sid: string, actions: string[], resources: string[]): void {
  role.addToPrincipalPolicy(new PolicyStatement({ sid, actions, resources }));
}

/** Who writes to what is encrypted with a key of its owner's needs the key. */
function encryptWith(role: IRole, key: IKey | undefined): void {
  key?.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey');
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
