import { type App, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { AccountRootPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CapacityProvider } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  Api,
  Auth,
  EventPlatform,
  type EventPlatformProps,
  OnFailure,
  PlatformConfigError,
  type RouteProps,
  Sink,
  Source,
} from '../../infra/index.ts';
import { testApp } from './apps.ts';

let app: App;
let stack: Stack;
let queue: Queue;

beforeEach(() => {
  app = testApp();
  stack = new Stack(app, 'Shop');
  queue = new Queue(stack, 'Queue', { visibilityTimeout: Duration.minutes(3) });
});

const made = (props: EventPlatformProps = {}) => new EventPlatform(stack, 'Events', { name: 'shop', ...props });

/** What a mistake says, where it is made or at synthesis. */
function saidOf(mistake: (platform: EventPlatform) => unknown, props: EventPlatformProps = {}): string {
  try {
    mistake(made(props));
    app.synth();
  } catch (thrown) {
    return (thrown as Error).message;
  }
  return 'nothing';
}

function routed(props: Partial<RouteProps> | (() => Partial<RouteProps>), name = 'late') {
  return (platform: EventPlatform) => {
    const more = typeof props === 'function' ? props() : props;
    return platform.addTopic('orders').addRoute(name, { topics: ['orders'], to: Sink.sqs(queue), ...more });
  };
}

describe('a platform that is described wrongly fails at synthesis:', () => {
  it.each<[string, EventPlatformProps, string]>([
    ['its name', { name: 'My Shop' }, 'write 1 to 24 lower-case letters, digits and dashes'],
    ['JWTs at a REST API', { api: Api.rest(), auth: jwt() }, 'use Api.http() with Auth.jwt(), or Auth.iam()'],
    [
      'JWTs at a Function URL',
      { api: Api.functionUrl(), auth: jwt() },
      'use Api.http() with Auth.jwt(), or Auth.iam()',
    ],
    ['JWTs for nobody', { auth: Auth.jwt({ issuer: 'https://a.example.com', audience: [] }) }, "audience: ['events']"],
    [
      'an issuer without a URL',
      { auth: Auth.jwt({ issuer: 'a', audience: ['b'] }) },
      "issuer: 'https://login.example.com'",
    ],
    [
      'its window',
      { buffered: { window: Duration.minutes(10) } },
      'write Duration.seconds(5), a whole number from 1 to 300',
    ],
    ['half a second', { buffered: { window: Duration.millis(500) } }, 'a window of 0.5 seconds cannot be'],
  ])('%s', (_, props, says) => {
    expect(() => made(props)).toThrow(PlatformConfigError);
    expect(() => new EventPlatform(stack, 'Again', { name: 'shop', ...props })).toThrow(says);
  });

  it('requests at once in an environment', () => {
    const capacityProvider = CapacityProvider.fromCapacityProviderName(stack, 'Instances', 'instances');
    const said = saidOf(() => {}, { compute: { capacityProvider, requestsPerEnvironment: 0 } });
    expect(said).toContain('write a whole number from 1 to 1600');
  });
});

describe('a topic that is declared wrongly fails at synthesis:', () => {
  it.each<[string, (platform: EventPlatform) => unknown, string]>([
    ['its name', (platform) => platform.addTopic('a b'), '"a b" is no name for a topic: write 1 to 249 letters'],
    ['its partitions', (platform) => platform.addTopic('a', { partitions: 0 }), 'write a whole number from 1 to'],
    ['half a partition', (platform) => platform.addTopic('a', { partitions: 1.5 }), 'write a whole number from 1 to'],
    [
      'an unknown setting',
      (platform) => platform.addTopic('a', { settings: { 'retention.mss': '1' } }),
      'Did you mean "retention.ms"?',
    ],
    ['a value', (platform) => platform.addTopic('a', { settings: { 'retention.ms': 'week' } }), 'Topic "a": '],
    [
      'twice',
      (platform) => platform.addTopic('a').addTopic('a'),
      'The topic "a" is added twice: give one another name',
    ],
  ])('%s', (_, mistake, says) => {
    expect(saidOf(mistake)).toContain(says);
  });
});

describe('a route that is declared wrongly fails at synthesis:', () => {
  it.each<[string, (platform: EventPlatform) => unknown, string]>([
    ['its name', routed({}, 'a.b'), '"a.b" is no name for a route: write 1 to 24 letters'],
    ['no topic', routed({ topics: [] }), "write topics: ['orders']"],
    [
      'a topic that is not there',
      routed({ topics: ['order'] }),
      'reads topic "order", which is not added. Did you mean "orders"?',
    ],
    [
      'a copy to a topic that is not there',
      routed({ to: Sink.topic('copies') }),
      "Write platform.addTopic('copies'), or platform.useTopic('copies')",
    ],
    ['its filter', routed({ filter: { value: { total: 5 } } }), 'Route "late": "filter"'],
    ['a filter over nothing', routed({ filter: { body: ['a'] } }), 'Route "late": "filter"'],
    ['its transform', routed({ transform: '{ "a": ' }), 'Route "late": "transform"'],
    [
      'an unknown setting',
      routed({ settings: { 'errors.retry.timout': '1' } }),
      'Did you mean "errors.retry.timeout"?',
    ],
    ['a setting of another sink', routed({ settings: { 'sns.topic.arn': 'a' } }), 'Route "late": '],
    [
      'its own dead letters',
      routed({ onFailure: OnFailure.deadLetterTopic('orders') }),
      '"orders" is among the topics read',
    ],
    [
      'twice',
      (platform) =>
        [1, 2].map(() => platform.useTopic('orders').addRoute('late', { topics: ['orders'], to: Sink.sqs(queue) })),
      'The route "late" is added twice',
    ],
    [
      'what only a deployment knows',
      routed(() => ({ settings: { 'errors.retry.delay.max.ms': queue.queueName } })),
      'is only known when the stack is deployed, so it cannot be checked: write a literal text',
    ],
    [
      'more than a parameter holds',
      routed({ transform: `"${'x'.repeat(4_100)}"` }),
      'and 4096 fit: shorten its filter or transform',
    ],
    [
      'a table for positions without rights',
      () => Sink.dynamoDb(table(), { 'dynamodb.position.table.name': 'other' }),
      '{ positions: otherTable }',
    ],
    ['a webhook that is no URL', routed({ to: Sink.webhook('example.com') }), 'Route "late": "webhook.url"'],
  ])('%s', (_, mistake, says) => {
    expect(saidOf(mistake)).toContain(says);
  });

  it("a name that is too long for a source's function", () => {
    const mistake = (platform: EventPlatform) =>
      platform.useTopic('orders').addSource('x'.repeat(60), { from: Source.sqs(queue), topic: 'orders' });
    expect(saidOf(mistake)).toContain("is too long for a function's name");
  });

  it('a name too long for the route of its dead letters', () => {
    const long = 'x'.repeat(24);
    const said = saidOf(
      routed(() => ({ onFailure: OnFailure.deadLetterQueue(queue) }), long),
      { name: 'y'.repeat(24) },
    );
    expect(said).toContain('whose name is too long. Write five characters less');
  });
});

describe('a source that is declared wrongly fails at synthesis:', () => {
  const from = () => Source.sqs(queue);
  it.each<[string, (platform: EventPlatform) => unknown, string]>([
    [
      'a topic that is not there',
      (platform) => platform.addTopic('orders').addSource('mail', { from: from(), topic: 'order' }),
      'Did you mean "orders"?',
    ],
    [
      'its key',
      (platform) => platform.addSource('mail', { from: from(), topic: 'orders', key: 'body.id' }),
      'Source "mail": ',
    ],
    [
      'its deduplication',
      (platform) => platform.addSource('mail', { from: from(), topic: 'orders', deduplicate: 'always' }),
      'it is one of batch, record, none',
    ],
    [
      'tombstones of a queue',
      (platform) => platform.addSource('mail', { from: from(), topic: 'orders', tombstones: true }),
      'is for the kind dynamodb',
    ],
    ['its name', (platform) => platform.addSource('my mail', { from: from(), topic: 'orders' }), 'Source "my mail": '],
    [
      'twice',
      (platform) =>
        ['1', '2'].map(() => platform.useTopic('orders').addSource('mail', { from: from(), topic: 'orders' })),
      'The source "mail" is added twice',
    ],
    [
      'a topic that only a deployment knows',
      (platform) => platform.addSource('mail', { from: from(), topic: queue.queueName }),
      'write a literal text',
    ],
    [
      'a table without a stream',
      (platform) => platform.useTopic('orders').addSource('rows', { from: Source.dynamoDb(table()), topic: 'orders' }),
      'write stream: StreamViewType.NEW_AND_OLD_IMAGES',
    ],
    [
      'a queue that shows messages again too soon',
      (platform) =>
        platform.useTopic('orders').addSource('mail', {
          from: Source.sqs(new Queue(stack, 'Hasty', { visibilityTimeout: Duration.seconds(10) })),
          topic: 'orders',
        }),
      'write visibilityTimeout: Duration.seconds(150)',
    ],
  ])('%s', (_, mistake, says) => {
    expect(saidOf(mistake)).toContain(says);
  });
});

describe('a right that is granted wrongly fails at synthesis:', () => {
  const role = () => new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });

  it('to a token, where callers are known by IAM', () => {
    expect(saidOf((platform) => platform.grantProduce('orders', { jwt: 'a' }))).toContain('write auth: Auth.jwt(');
  });

  it('to a role, where callers are known by tokens', () => {
    expect(saidOf((platform) => platform.grantProduce('orders', role()), { auth: jwt() })).toContain(
      "grant to { jwt: 'the sub of the token' }",
    );
  });

  it('to a token of nobody', () => {
    expect(saidOf((platform) => platform.grantAdmin({ jwt: '' }), { auth: jwt() })).toContain('write { jwt: ... }');
  });

  it('to who has no name of his own', () => {
    expect(saidOf((platform) => platform.grantAdmin(new AccountRootPrincipal()))).toContain(
      'Rights are granted to a role, a user',
    );
  });
});

describe('what is right in spite of looking odd is let pass:', () => {
  it('topics that are added after the route, made over REST, or made for its dead letters', () => {
    const said = saidOf((platform) => {
      platform.addRoute('late', {
        topics: ['orders', 'made'],
        to: Sink.sqs(queue),
        onFailure: OnFailure.deadLetterTopic('dead'),
      });
      platform.addRoute('dead', { topics: ['dead'], to: Sink.sqs(queue) });
      platform.useTopic('made').addTopic('orders');
    });
    expect(said).toBe('nothing');
  });

  it('ARNs, URLs and secrets that only a deployment knows', () => {
    const secret = new Secret(stack, 'Secret');
    expect(saidOf(routed({ to: Sink.webhook('https://example.com', { secret }) }))).toBe('nothing');
  });
});

function jwt(): Auth {
  return Auth.jwt({ issuer: 'https://login.example.com', audience: ['shop'] });
}

function table(): Table {
  return new Table(stack, 'Rows', { partitionKey: { name: 'id', type: AttributeType.STRING } });
}
