import { Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CapacityProvider } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { EventPlatform, Source } from '../../infra/index.ts';
import { testApp } from './apps.ts';
import { everything } from './everything.ts';
import { flat } from './policies.ts';

interface Resource {
  readonly Properties: Readonly<Record<string, unknown>>;
}

let template: Template;
beforeAll(() => {
  template = Template.fromStack(Stack.of(everything(testApp()).platform));
});

/** The properties of resources of a type, by the name of the function that they are about. */
function ofFunctions(type: string): Map<string, Readonly<Record<string, unknown>>> {
  const names = new Map<string, string>();
  for (const [id, { Properties }] of resources('AWS::Lambda::Function')) {
    names.set(id, String(Properties.FunctionName));
  }
  return new Map(
    resources(type).flatMap(([, { Properties }]) => {
      const name = names.get(flat(Properties.FunctionName).slice(1, -1));
      return name === undefined ? [] : [[name, Properties] as const];
    }),
  );
}

function resources(type: string): [string, Resource][] {
  return Object.entries(template.findResources(type)) as [string, Resource][];
}

const own = () => resources('AWS::Lambda::Function').filter(([id]) => id.startsWith('Events'));
const queueOf = (named: unknown) => /^<Events(\w+?)[0-9A-F]{8}\.Arn>$/.exec(flat(named))?.[1];

describe('the functions of a platform', () => {
  it('trace, log as JSON into a group that forgets after a month, and know their platform', () => {
    expect(own().length).toBeGreaterThan(20);
    for (const [, { Properties }] of own()) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON' },
        Environment: {
          Variables: { MILLRACE_PLATFORM: 'all', MILLRACE_AUTH: 'acl', POWERTOOLS_METRICS_NAMESPACE: 'Millrace' },
        },
      });
      template.hasResourceProperties('AWS::Logs::LogGroup', {
        LogGroupName: `/aws/lambda/${String(Properties.FunctionName)}`,
        RetentionInDays: 30,
      });
    }
  });

  it('keep logs for as long as they are told to', () => {
    const stack = new Stack(testApp(), 'Stack');
    new EventPlatform(stack, 'Events', { logRetention: RetentionDays.ONE_YEAR });
    Template.fromStack(stack).allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  it('are all of one bundle', () => {
    const codes = own().map(([, { Properties }]) => JSON.stringify(Properties.Code));
    expect(new Set(codes).size).toBe(1);
  });
});

describe('what calls them', () => {
  it('dispatch: heads of ledgers and routes that changed, and nothing else of the table', () => {
    const { FilterCriteria, ...mapping } = ofFunctions('AWS::Lambda::EventSourceMapping').get('all-dispatch')!;
    const { Filters } = FilterCriteria as { Filters: { Pattern: string }[] };
    expect(Filters.map(({ Pattern }): unknown => JSON.parse(Pattern))).toEqual([
      { dynamodb: { Keys: { pk: { S: ['routes'] } } } },
      { dynamodb: { Keys: { pk: { S: [{ prefix: 'ledger/' }] }, sk: { S: ['head'] } } } },
    ]);
    expect(mapping).toMatchObject({
      StartingPosition: 'LATEST',
      BatchSize: 1_000,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 5,
      MaximumRecordAgeInSeconds: 3_600,
    });
    expect(queueOf((mapping.DestinationConfig as { OnFailure: { Destination: unknown } }).OnFailure.Destination)).toBe(
      'Failures',
    );
  });

  it('ingest: its queue, with a window, each message failing by itself', () => {
    expect(ofFunctions('AWS::Lambda::EventSourceMapping').get('all-ingest')).toMatchObject({
      BatchSize: 1_000,
      MaximumBatchingWindowInSeconds: 5,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('tend: a rule each minute that can be switched, one each day, neither tried again', () => {
    const rules = resources('AWS::Events::Rule').filter(([id]) => /^Events(Tick|Daily)/.test(id));
    expect(
      rules.map(([, { Properties }]) => [Properties.Name, Properties.ScheduleExpression, Properties.State]),
    ).toEqual([
      ['all-tick', 'rate(1 minute)', 'ENABLED'],
      [undefined, 'rate(1 day)', 'ENABLED'],
    ]);
    for (const [, { Properties }] of rules) {
      expect(Properties.Targets).toMatchObject([
        { RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
      ]);
    }
  });

  it('deliver: invocations that are not tried again, as the sweep does that', () => {
    const configs = ofFunctions('AWS::Lambda::EventInvokeConfig');
    const delivering = own().flatMap(([, { Properties }]) => {
      return String(Properties.FunctionName).startsWith('all-deliver') ? [String(Properties.FunctionName)] : [];
    });
    expect(delivering.length).toBe(16);
    for (const name of delivering) {
      expect(configs.get(name)).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 300 });
    }
  });

  it('deliver: itself, when time runs out, for as long as there is something: that loop is meant, no other is', () => {
    for (const [, { Properties }] of own()) {
      const { FunctionName, RecursiveLoop } = Properties;
      const meant = String(FunctionName).startsWith('all-deliver');
      expect([FunctionName, RecursiveLoop]).toEqual([FunctionName, meant ? 'Allow' : undefined]);
    }
  });
});

describe('a source', () => {
  it.each(['changes', 'clicks'])(
    'of a stream (%s) is tried without end, cut in two, and leaves what is too old to the failures',
    (name) => {
      const mapping = ofFunctions('AWS::Lambda::EventSourceMapping').get(`all-source-${name}`)!;
      expect(mapping).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: -1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      });
      expect(
        queueOf((mapping.DestinationConfig as { OnFailure: { Destination: unknown } }).OnFailure.Destination),
      ).toBe('Failures');
      template.hasResourceProperties('AWS::SSM::Parameter', { Name: `/millrace/all/topics/${name}.dead` });
      template.hasResourceProperties('AWS::Lambda::Function', {
        FunctionName: `all-source-${name}`,
        Environment: { Variables: { MILLRACE_SOURCE: Match.stringLikeRegexp(`"deadLetterTopic":"${name}\\.dead"`) } },
      });
    },
  );

  it('of a stream takes the dead-letter topic that it is given', () => {
    const { platform, around } = everything(testApp());
    platform.addSource('more', { from: Source.kinesis(around.stream), topic: 'orders', deadLetterTopic: 'copies' });
    const names = Object.values(Template.fromStack(Stack.of(platform)).findResources('AWS::SSM::Parameter')).map(
      ({ Properties }) => Properties.Name,
    );
    expect(names).not.toContain('/millrace/all/topics/more.dead');
  });

  it.each(['told', 'bussed', 'files'])(
    'that is pushed to (%s) leaves what its function could not do to the failures',
    (name) => {
      const config = ofFunctions('AWS::Lambda::EventInvokeConfig').get(`all-source-${name}`)!;
      expect(config).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3_600 });
      expect(queueOf((config.DestinationConfig as { OnFailure: { Destination: unknown } }).OnFailure.Destination)).toBe(
        'Failures',
      );
    },
  );

  it('of SNS or EventBridge leaves what never reached its function to the failures, whose key both services may use', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', { RedrivePolicy: Match.anyValue() });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['shop'] },
      Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
    });
    const [[, key] = ['', undefined]] = resources('AWS::KMS::Key');
    const { Statement } = key!.Properties.KeyPolicy as { Statement: readonly { Principal: { Service?: string } }[] };
    const services = Statement.flatMap(({ Principal }) => Principal.Service ?? []);
    expect(services).toEqual(expect.arrayContaining(['sns.amazonaws.com', 'events.amazonaws.com']));
  });

  it('of a queue has time for less than the queue hides a message', () => {
    expect(ofFunctions('AWS::Lambda::EventSourceMapping').get('all-source-mail')).toMatchObject({
      BatchSize: 1_000,
      MaximumBatchingWindowInSeconds: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    template.hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'all-source-mail', Timeout: 25 });
  });

  it('of a FIFO queue has no window, and ten messages at most', () => {
    const stack = new Stack(testApp(), 'Stack');
    const fifo = new Queue(stack, 'Fifo', { fifo: true, visibilityTimeout: Duration.minutes(3) });
    new EventPlatform(stack, 'Events')
      .addTopic('orders')
      .addSource('mail', { from: Source.sqs(fifo), topic: 'orders' });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: Match.objectLike({ 'Fn::GetAtt': [Match.stringLikeRegexp('^Fifo'), 'Arn'] }),
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: Match.absent(),
    });
  });
});

describe("instances of the owner's", () => {
  it('run the API alone, in one thread, with many requests at once', () => {
    const stack = new Stack(testApp(), 'Stack');
    const capacityProvider = CapacityProvider.fromCapacityProviderName(stack, 'Instances', 'instances');
    new EventPlatform(stack, 'Events', { name: 'shop', compute: { capacityProvider, requestsPerEnvironment: 32 } });
    const made = Template.fromStack(stack);
    made.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'shop-api',
      MemorySize: 2_048,
      PublishToLatestPublished: true,
      CapacityProviderConfig: {
        LambdaManagedInstancesCapacityProviderConfig: {
          CapacityProviderArn: Match.anyValue(),
          PerExecutionEnvironmentMaxConcurrency: 32,
          ExecutionEnvironmentMemoryGiBPerVCpu: 2,
        },
      },
      Environment: { Variables: Match.objectLike({ AWS_LAMBDA_NODEJS_WORKER_COUNT: '1' }) },
    });
    made.resourcePropertiesCountIs('AWS::Lambda::Function', { CapacityProviderConfig: Match.anyValue() }, 1);
  });
});
