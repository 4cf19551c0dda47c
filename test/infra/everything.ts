import { type App, Duration, Stack, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal, User } from 'aws-cdk-lib/aws-iam';
import { Stream, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { DeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { type Api, type Auth, EventPlatform, OnFailure, Sink, Source } from '../../infra/index.ts';

/** What a platform's owner has besides: what routes deliver to, and sources bring from. Its own rules are its owner's. */
export class Surroundings extends Construct {
  readonly key = new Key(this, 'Key', { enableKeyRotation: true });
  readonly queue = new Queue(this, 'Queue', { visibilityTimeout: Duration.minutes(3) });
  readonly ordered = new Queue(this, 'Ordered', { fifo: true, visibilityTimeout: Duration.minutes(3) });
  readonly letters = new Queue(this, 'Letters');
  readonly topic = new Topic(this, 'Topic');
  readonly bus = new EventBus(this, 'Bus');
  readonly stream = new Stream(this, 'Stream', { streamMode: StreamMode.ON_DEMAND });
  readonly bucket = new Bucket(this, 'Bucket');
  readonly firehose = DeliveryStream.fromDeliveryStreamAttributes(this, 'Firehose', { deliveryStreamName: 'firehose' });
  readonly fn = new LambdaFunction(this, 'Function', {
    code: Code.fromInline('exports.handler = async () => {}'),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
  });
  readonly machine = new StateMachine(this, 'Machine', {
    definitionBody: DefinitionBody.fromChainable(new Pass(this, 'Pass')),
  });
  readonly logs = new LogGroup(this, 'Logs');
  readonly table = new Table(this, 'Table', {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
  });
  readonly positions = new Table(this, 'Positions', {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
  });
  readonly secret = new Secret(this, 'Secret');
  readonly header = new Secret(this, 'Header');
  readonly shop = new Role(this, 'Shop', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  readonly clerk = new User(this, 'Clerk');
}

export interface EverythingProps {
  readonly api?: Api;
  readonly auth?: Auth;
}

/** A platform with all that can be put on it, in a stack of its own. */
export function everything(app: App, props: EverythingProps = {}): { platform: EventPlatform; around: Surroundings } {
  const stack = new Stack(app, 'Everything');
  const around = new Surroundings(stack, 'Around');
  const unused = 'An imported delivery stream brings a mapping with it that a sink has no use for.';
  Validations.of(stack).acknowledge({ id: 'CloudFormation-Validate::W7001', reason: unused });
  const platform = new EventPlatform(stack, 'Events', {
    name: 'all',
    buffered: true,
    versioned: true,
    encryptionKey: around.key,
    ...props,
  });
  platform.addTopic('orders', { partitions: 8, retention: Duration.days(30) });
  platform.addTopic('copies');
  const from = ['orders'];
  platform.addRoute('queue', { topics: from, to: Sink.sqs(around.queue) });
  platform.addRoute('ordered', {
    topics: from,
    to: Sink.sqs(around.ordered),
    onFailure: OnFailure.deadLetterTopic('ordered-dead', { retryFor: Duration.hours(1) }),
  });
  platform.addRoute('topic', { topics: from, to: Sink.sns(around.topic) });
  platform.addRoute('bus', { topics: from, to: Sink.eventBridge(around.bus) });
  platform.addRoute('stream', { topics: from, to: Sink.kinesis(around.stream) });
  platform.addRoute('firehose', { topics: from, to: Sink.firehose(around.firehose) });
  platform.addRoute('function', { topics: from, to: Sink.lambda(around.fn) });
  platform.addRoute('machine', { topics: from, to: Sink.stepFunctions(around.machine) });
  platform.addRoute('logs', { topics: from, to: Sink.cloudWatchLogs(around.logs) });
  platform.addRoute('lake', { topics: from, to: Sink.s3(around.bucket, { 's3.prefix': 'raw/' }) });
  platform.addRoute('table', { topics: from, to: Sink.dynamoDb(around.table) });
  platform.addRoute('numbers', {
    topics: from,
    to: Sink.dynamoDb(around.table, {}, { positions: around.positions }),
  });
  platform.addRoute('copy', { topics: from, to: Sink.topic('copies') });
  platform.addRoute('hook', {
    topics: from,
    filter: { value: { total: [{ numeric: ['>', 100] }] } },
    transform: '{ "order": value.id }',
    to: Sink.webhook('https://example.com/hook', {
      secret: around.secret,
      headerSecrets: { authorization: around.header },
    }),
    onFailure: OnFailure.deadLetterQueue(around.letters),
  });
  platform.addSource('mail', { from: Source.sqs(around.queue), topic: 'orders', key: 'value.order.id' });
  platform.addSource('told', { from: Source.sns(around.topic), topic: 'orders' });
  platform.addSource('bussed', { from: Source.eventBridge(around.bus, { source: ['shop'] }), topic: 'orders' });
  platform.addSource('files', { from: Source.s3(Bucket.fromBucketName(stack, 'Files', 'files')), topic: 'orders' });
  platform.addSource('changes', { from: Source.dynamoDb(around.table), topic: 'orders', tombstones: true });
  platform.addSource('clicks', { from: Source.kinesis(around.stream), topic: 'orders' });
  if (props.auth?.kind === 'jwt') return { platform, around };
  platform.grantProduce('orders', around.shop);
  platform.grantConsume('ord*', 'billing', around.clerk);
  platform.grantAdmin(around.fn);
  return { platform, around };
}
