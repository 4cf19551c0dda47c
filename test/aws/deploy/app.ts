/**
 * A platform with a route to every kind of destination that an emulator can show, and sources. Context: `api`, `tell` (the URL
 * of the test's own server), `extra` (one more route, for an update).
 */
import { App, Aws, CfnOutput, Duration, RemovalPolicy, SecretValue, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Api, Auth, EventPlatform, OnFailure, type RouteProps, Sink, Source } from '../../../infra/index.ts';
import { WEBHOOK_SECRET } from './secret.ts';

const APIS = {
  http: Api.http(),
  rest: Api.rest(),
  url: Api.functionUrl(),
  stream: Api.functionUrl({ streaming: true }),
};
type ApiName = keyof typeof APIS;

const app = new App();
const context = (name: string) => app.node.tryGetContext(name) as string | undefined;
const tell = context('tell') ?? 'http://127.0.0.1:9';
const stack = new Stack(app, 'Deployed');
const gone = { removalPolicy: RemovalPolicy.DESTROY };

const platform = new EventPlatform(stack, 'Events', {
  name: 'fleet',
  api: APIS[(context('api') ?? 'http') as ApiName],
  auth: Auth.none(),
  buffered: { window: Duration.seconds(1) },
  removalPolicy: RemovalPolicy.DESTROY,
});
platform.addTopic('trips', { partitions: 4 });
platform.addTopic('copies', { partitions: 2 });
platform.addTopic('latest', { partitions: 1, compacted: true, settings: { 'min.cleanable.dirty.ratio': '0.01' } });
platform.addTopic('short', { partitions: 1, retention: Duration.seconds(1) });
platform.addTopic('inbox', { partitions: 1 });

/** Each route takes the events that are addressed to it. */
function route(name: string, to: RouteProps['to'], more: Partial<RouteProps> = {}): void {
  platform.addRoute(name, { topics: ['trips'], filter: { value: { to: [name] } }, to, ...more });
}

function output(name: string, value: string): void {
  new CfnOutput(stack, name, { value });
}

function queue(name: string): Queue {
  const made = new Queue(stack, name);
  output(`${name}Url`, made.queueUrl);
  return made;
}

route('queue', Sink.sqs(queue('Plain')), { transform: '{ "trip": value.trip, "late": value.delay > 60 }' });

const ordered = new Queue(stack, 'Ordered', { fifo: true });
output('OrderedUrl', ordered.queueUrl);
route('ordered', Sink.sqs(ordered));

const fanout = new Topic(stack, 'Fanout');
fanout.addSubscription(new SqsSubscription(queue('Fanned'), { rawMessageDelivery: true }));
route('fanout', Sink.sns(fanout));

const bus = new EventBus(stack, 'Bus');
new Rule(stack, 'OnTrips', {
  eventBus: bus as IEventBus,
  eventPattern: { source: ['millrace'] },
  targets: [new SqsQueue(queue('Bussed'))],
});
route('bus', Sink.eventBridge(bus));

const table = new Table(stack, 'Trips', {
  partitionKey: { name: 'trip', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  stream: StreamViewType.NEW_AND_OLD_IMAGES,
  ...gone,
});
output('TripsTable', table.tableName);
route('table', Sink.dynamoDb(table));

const lake = new Bucket(stack, 'Lake', gone);
output('LakeBucket', lake.bucketName);
route('lake', Sink.s3(lake, { 's3.prefix': 'raw/' }));

const handler = new LambdaFunction(stack, 'Handler', {
  code: Code.fromAsset(`${import.meta.dirname}/handlers`),
  handler: 'kafka.handler',
  runtime: Runtime.NODEJS_24_X,
  environment: { TELL: `${tell}/lambda` },
});
route('handler', Sink.lambda(handler));

const secret = new Secret(stack, 'HookSecret', {
  secretStringValue: SecretValue.unsafePlainText(WEBHOOK_SECRET),
  ...gone,
});
route(
  'hook',
  Sink.webhook(`${tell}/hook`, { secret: secret as ISecret, settings: { 'webhook.timeout.ms': '20000' } }),
  {
    transform: '{ "trip": value.trip }',
    onFailure: OnFailure.deadLetterTopic('hook-dead'),
  },
);
route('copy', Sink.topic('copies'));

const inbox = queue('Inbox');
platform.addSource('mail', { from: Source.sqs(inbox), topic: 'inbox', key: 'value.trip' });
platform.addSource('changes', { from: Source.dynamoDb(table), topic: 'inbox' });

if (context('extra')) route('later', Sink.sqs(queue('Later')));
output('Region', Aws.REGION);
