import { Aws, CfnOutput, Duration, Lazy, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { type IGrantable, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Code, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PlatformApi } from './api.ts';
import { Api, Auth } from './auth.ts';
import { bundledFunctions } from './bundle.ts';
import { Declaration } from './declaration.ts';
import { demand } from './errors.ts';
import { Grants, type JwtPrincipal, principalOf, type Right } from './grants.ts';
import { Monitoring, type MonitoringProps } from './monitoring.ts';
import { FUNCTION_NAME_CHARS_MAX, type FunctionDefaults, PlatformFunction } from './platform-function.ts';
import { invokeByName, Rights } from './rights.ts';
import { deadTopicOf, type RouteProps, routeConfig } from './route.ts';
import { Sink } from './sink.ts';
import { type SourceProps, sourceConfig } from './source.ts';
import { itemTable, segmentBucket } from './stores.ts';
import { declaredTopic, type TopicProps } from './topic.ts';

export interface EventPlatformProps {
  /**
   * Begins the names of functions, and is the cluster's id: 1 to 24 lower-case letters, digits and dashes, one of its kind in
   * the account and region. Default: made from the construct's path.
   */
  readonly name?: string;
  /** Default: `Api.http()`. */
  readonly api?: Api;
  /** Default: `Auth.iam()`. */
  readonly auth?: Auth;
  /** A key of yours that encrypts events and items. Default: keys of AWS's, which cost nothing. */
  readonly encryptionKey?: IKey;
  /**
   * A queue in front, for many small senders: `POST /buffered/topics/{topic}` answers at once, and events are stored together,
   * within `window`. Default: none, as Lambda's look at a queue is billed while it is empty too.
   */
  readonly buffered?: boolean | { readonly window?: Duration };
  /** What becomes of the bucket and the table when the stack is deleted. Default: they stay, with all data. */
  readonly removalPolicy?: RemovalPolicy;
  /** Former versions of deleted objects are kept for a week. Default: false. */
  readonly versioned?: boolean;
  /** Default: one month. */
  readonly logRetention?: RetentionDays;
  /** What the API takes per second, and at once above that. Default: 1,000 and 2,000. */
  readonly throttle?: { readonly rateLimit: number; readonly burstLimit: number };
  /** Dashboard and alarms. Default: both, and nobody is told. */
  readonly monitoring?: MonitoringProps;
}

const NAME = /^[a-z0-9-]{1,24}$/;
const GENERATED_NAME_CHARS = 24;

/** What functions get: memory is CPU too, and delivery mostly waits. */
const API_MEMORY_MIB = 512;
const WORKER_MEMORY_MIB = 256;
const TEND_MEMORY_MIB = 1_024;

/** How long buffered requests wait for company, and how many are stored together. Source: AWS Lambda, "SQS batching". */
const BUFFER_WINDOW_S = 5;
const INGEST_BATCH_MAX = 1_000;
const INGEST_TRIES_MAX = 5;

/** Heads in one look at the table's stream: of a ledger, the newest alone counts. */
const DISPATCH_BATCH_MAX = 1_000;
const DISPATCH_TRIES_MAX = 5;

/**
 * A platform of events without brokers: topics, groups and routes behind an API, stored in a bucket and a table. It costs
 * nothing but storage while nothing happens.
 *
 * @example
 * // The least:
 * const platform = new EventPlatform(this, 'Events');
 * platform.addTopic('orders');
 * @example
 * // Usually:
 * platform.addTopic('orders', { partitions: 8, retention: Duration.days(30) });
 * platform.addRoute('late', {
 *   topics: ['orders'],
 *   filter: { value: { delay: [{ numeric: ['>', 60] }] } },
 *   to: Sink.sqs(queue),
 *   onFailure: OnFailure.deadLetterTopic('late-dead'),
 * });
 * platform.grantProduce('orders', shopRole);
 * platform.grantConsume('orders', 'billing', billingRole);
 */
export class EventPlatform extends Construct {
  readonly platformName: string;
  readonly bucket: Bucket;
  readonly table: Table;
  readonly api: PlatformApi;
  /** The queue of buffered produce, where there is one. */
  readonly ingestQueue: Queue | undefined;
  /** Delivers for routes that were made over REST: give its role the rights to where those deliver to. */
  readonly sharedDeliverRole: IRole;
  readonly monitoring: Monitoring;
  readonly #rights: Rights;
  readonly #defaults: FunctionDefaults;
  readonly #declaration: Declaration;
  readonly #grants: Grants;
  /** Where events end that no function could take. */
  readonly #failures: Queue;

  constructor(scope: Construct, id: string, props: EventPlatformProps = {}) {
    super(scope, id);
    const { api = Api.http(), auth = Auth.iam(), encryptionKey: key, versioned = false } = props;
    const { removalPolicy = RemovalPolicy.RETAIN, logRetention = RetentionDays.ONE_MONTH } = props;
    this.platformName = props.name ?? generatedName(this);
    demand(
      NAME.test(this.platformName),
      `"${this.platformName}" is no name for a platform: write 1 to 24 lower-case letters, digits and dashes.`,
    );
    this.bucket = segmentBucket(this, { key, removalPolicy, versioned });
    this.table = itemTable(this, { key, removalPolicy, versioned });
    this.#rights = new Rights({ table: this.table, bucket: this.bucket, key });
    this.#failures = new Queue(this, 'Failures', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.#declaration = new Declaration(this, 'Declaration', { path: `/millrace/${this.platformName}` });
    const tickRule = `${this.platformName}-tick`;
    const deliverName = `${this.platformName}-deliver`;
    this.#grants = new Grants();
    const superUsers = Lazy.string({ produce: () => this.#grants.superUsers().join(',') });
    this.#defaults = {
      platform: this.platformName,
      code: Code.fromAsset(bundledFunctions()),
      logRetention,
      environment: {
        MILLRACE_PLATFORM: this.platformName,
        MILLRACE_BUCKET: this.bucket.bucketName,
        MILLRACE_TABLE: this.table.tableName,
        MILLRACE_AUTH: auth.kind === 'none' ? 'none' : 'acl',
        MILLRACE_DELIVER_FUNCTION: deliverName,
        MILLRACE_DECLARATION_PATH: this.#declaration.path,
        MILLRACE_TICK_RULE: tickRule,
      },
    };
    this.ingestQueue = props.buffered ? this.#buffer(props.buffered === true ? {} : props.buffered) : undefined;
    const apiFunction = this.#function('Api', {
      entry: api.kind === 'url' && api.streaming ? 'api-stream' : 'api',
      name: 'api',
      description: 'The HTTP API',
      memoryMiB: API_MEMORY_MIB,
      timeout: Duration.seconds(29),
      rights: [...this.#rights.readLog(), ...this.#rights.appendLog(), ...this.#rights.administer()],
      environment: {
        MILLRACE_ACCOUNT: Aws.ACCOUNT_ID,
        MILLRACE_SUPER_USERS: superUsers,
        ...(this.ingestQueue && { MILLRACE_INGEST_QUEUE_URL: this.ingestQueue.queueUrl }),
      },
    });
    this.ingestQueue?.grantSendMessages(apiFunction.role);
    this.api = new PlatformApi(this, 'Gateway', {
      function: apiFunction.function,
      api,
      auth,
      name: this.platformName,
      logRetention,
      throttle: props.throttle ?? { rateLimit: 1_000, burstLimit: 2_000 },
    });
    const start = invokeByName(this, deliverName);
    const tick = this.#tickStatement(tickRule);
    this.#dispatcher([start, tick]);
    const tend = this.#tender(tickRule, [start, tick]);
    this.#reconciler();
    this.sharedDeliverRole = this.#deliver('Deliver', undefined, true).role;
    this.monitoring = new Monitoring(this, 'Monitoring', {
      platform: this.platformName,
      functions: { Api: apiFunction.function, Tend: tend.function },
      failures: this.#failures,
      ...props.monitoring,
    });
    this.#output('ApiUrl', this.api.url, 'Where the API answers');
    this.#output('BucketName', this.bucket.bucketName, 'Segment objects');
    this.#output('TableName', this.table.tableName, 'Ledgers, groups, routes');
    if (this.ingestQueue) this.#output('IngestQueueUrl', this.ingestQueue.queueUrl, 'Buffered produce');
  }

  /** Declares a topic: made when it is not there, changed where this declaration changed, never deleted. */
  addTopic(name: string, props: TopicProps = {}): this {
    this.#declaration.add('topics', name, declaredTopic(name, props));
    return this;
  }

  /** Declares a route, with a function of its own that has rights to its destination alone. */
  addRoute(name: string, props: RouteProps): this {
    const config = routeConfig(name, props);
    const appends = props.to.producesTo !== undefined || config['errors.deadletterqueue.topic.name'] !== undefined;
    const worker = this.#deliver(`Route-${name}`, name, appends);
    props.to.grant(worker.role);
    this.#declaration.add('routes', name, { config, worker: worker.function.functionName });
    const { onFailure } = props;
    if (onFailure?.do === 'queue' && onFailure.queue) {
      this.addRoute(`${name}-dead`, {
        topics: [deadTopicOf(name)],
        to: Sink.sqs(onFailure.queue, { 'sqs.format': 'envelope' }),
      });
    }
    this.monitoring.watchRoute(name);
    return this;
  }

  /** Brings what another service hands over into a topic. */
  addSource(name: string, props: SourceProps): this {
    const worker = this.#function(`Source-${name}`, {
      entry: 'source',
      name: `source-${name}`,
      description: `Brings ${name} into topic ${props.topic}`,
      memoryMiB: WORKER_MEMORY_MIB,
      timeout: Duration.minutes(1),
      rights: [...this.#rights.readLog(), ...this.#rights.appendLog()],
      environment: { MILLRACE_SOURCE: JSON.stringify(sourceConfig(name, props)) },
    });
    props.from.attach(worker, this.#failures);
    return this;
  }

  /** Lets somebody produce to a topic: the right to send the requests, and the ACL. `topic` may end in `*`. */
  grantProduce(topic: string, grantee: IGrantable | JwtPrincipal): this {
    return this.#grant(grantee, this.#grants.produce(topic));
  }

  /** Lets somebody consume a topic in a group. Both may end in `*`. */
  grantConsume(topic: string, group: string, grantee: IGrantable | JwtPrincipal): this {
    return this.#grant(grantee, this.#grants.consume(topic, group));
  }

  /** Lets somebody do everything over the API: make topics and routes, grant rights. */
  grantAdmin(grantee: IGrantable | JwtPrincipal): this {
    return this.#grant(grantee, this.#grants.admin());
  }

  #grant(grantee: IGrantable | JwtPrincipal, right: Right): this {
    const principal = principalOf(grantee);
    this.#grants.add(principal, right);
    right.bindings(principal).forEach((binding) => {
      this.#declaration.add('acls', String(this.#grants.next()), [binding]);
    });
    if (!('jwt' in grantee)) grantee.grantPrincipal.addToPrincipalPolicy(this.api.invokeStatement(right.requests));
    return this;
  }

  /** The queue of buffered produce, and what takes requests out of it. */
  #buffer({ window = Duration.seconds(BUFFER_WINDOW_S) }: { readonly window?: Duration }): Queue {
    const dead = new Queue(this, 'IngestDead', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const timeout = Duration.minutes(1);
    const queue = new Queue(this, 'Ingest', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Source: AWS Lambda, "Configuring a queue to use with Lambda": six times the function's time-out.
      visibilityTimeout: Duration.seconds(timeout.toSeconds() * 6 + window.toSeconds()),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: dead, maxReceiveCount: INGEST_TRIES_MAX },
    });
    const ingest = this.#function('IngestFunction', {
      entry: 'ingest',
      description: 'Stores buffered produce requests, all of a batch together',
      memoryMiB: WORKER_MEMORY_MIB,
      timeout,
      rights: [...this.#rights.readLog(), ...this.#rights.appendLog()],
    });
    ingest.function.addEventSource(
      new SqsEventSource(queue, {
        batchSize: INGEST_BATCH_MAX,
        maxBatchingWindow: window,
        reportBatchItemFailures: true,
      }),
    );
    return queue;
  }

  /** Wakes routes when heads change. What it misses, the sweep of `tend` finds. */
  #dispatcher(rights: readonly PolicyStatement[]): void {
    const dispatch = this.#function('Dispatch', {
      entry: 'dispatch',
      description: 'Wakes the routes whose topics have new events',
      memoryMiB: WORKER_MEMORY_MIB,
      timeout: Duration.seconds(30),
      rights: [...this.#rights.readLog(), ...this.#rights.dispatch(), ...rights],
    });
    dispatch.function.addEventSource(
      new DynamoEventSource(this.table as ITable, {
        startingPosition: StartingPosition.LATEST,
        batchSize: DISPATCH_BATCH_MAX,
        retryAttempts: DISPATCH_TRIES_MAX,
        bisectBatchOnError: true,
        // An hour later the sweep has long found it.
        maxRecordAge: Duration.hours(1),
        onFailure: new SqsDlq(this.#failures),
        // Of all that changes, heads alone: what is filtered out is not billed.
        filters: [
          FilterCriteria.filter({
            dynamodb: { Keys: { pk: { S: FilterRule.beginsWith('ledger/') }, sk: { S: FilterRule.isEqual('head') } } },
          }),
        ],
      }),
    );
  }

  /** Upkeep: each minute while something happens (the dispatcher switches that on), once a day in any case. */
  #tender(tickRule: string, rights: readonly PolicyStatement[]): PlatformFunction {
    const tend = this.#function('Tend', {
      entry: 'tend',
      description: 'Tends the log, sweeps routes, measures',
      memoryMiB: TEND_MEMORY_MIB,
      timeout: Duration.minutes(15),
      rights: [
        ...this.#rights.readLog(),
        ...this.#rights.appendLog(),
        ...this.#rights.administer(),
        ...this.#rights.declare(),
        ...this.#rights.tend(),
        ...rights,
        this.#readDeclaration(),
      ],
    });
    const target = () => new LambdaTarget(tend.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    new Rule(this, 'Tick', {
      ruleName: tickRule,
      description: 'Each minute, while something happens: switched on by commits, off by quiet',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [target()],
    });
    new Rule(this, 'Daily', {
      description: 'Retention and the like, of platforms at rest',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [target()],
    });
    this.#output('TendFunction', tend.function.functionName, 'Invoke with {"now":true} to tend at once');
    return tend;
  }

  /** Makes what is declared true when the stack is deployed. */
  #reconciler(): void {
    const reconcile = this.#function('Reconcile', {
      entry: 'reconcile',
      description: 'Makes what the stack declares true',
      memoryMiB: WORKER_MEMORY_MIB,
      timeout: Duration.minutes(5),
      rights: [
        ...this.#rights.readLog(),
        ...this.#rights.administer(),
        ...this.#rights.declare(),
        this.#readDeclaration(),
      ],
    });
    this.#declaration.reconcileWith(reconcile.function, reconcile.role);
  }

  /** What delivers: for one route, or for all that have no function of their own. */
  #deliver(id: string, route: string | undefined, appends: boolean): PlatformFunction {
    const name = route === undefined ? 'deliver' : `deliver-${route}`;
    const worker = this.#function(id, {
      entry: 'deliver',
      name,
      description: route === undefined ? 'Delivers for routes made over REST' : `Delivers for route ${route}`,
      memoryMiB: WORKER_MEMORY_MIB,
      timeout: Duration.minutes(15),
      rights: [
        ...this.#rights.readLog(),
        ...this.#rights.deliver(route),
        ...(appends ? this.#rights.appendLog() : []),
        invokeByName(this, `${this.platformName}-${name}`, { exactly: true }),
      ],
    });
    // Where it fails twice, the sweep starts it anew each minute: a third try at once would only be in the way.
    worker.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(5) });
    return worker;
  }

  #function(id: string, props: Omit<ConstructorParameters<typeof PlatformFunction>[2], 'defaults'>): PlatformFunction {
    const name = `${this.platformName}-${props.name ?? props.entry}`;
    demand(
      name.length <= FUNCTION_NAME_CHARS_MAX,
      `"${name}" is too long for a function's name: shorten the platform's name, or the route's, to ${FUNCTION_NAME_CHARS_MAX} characters in all.`,
    );
    return new PlatformFunction(this, id, {
      defaults: this.#defaults,
      ...props,
      rights: [...props.rights, ...this.#rights.useKey()],
    });
  }

  #tickStatement(ruleName: string): PolicyStatement {
    return new PolicyStatement({
      sid: 'SwitchTick',
      actions: ['events:EnableRule', 'events:DisableRule'],
      resources: [Stack.of(this).formatArn({ service: 'events', resource: 'rule', resourceName: ruleName })],
    });
  }

  #readDeclaration(): PolicyStatement {
    const resourceName = this.#declaration.path.slice(1);
    const arn = (name: string) =>
      Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name });
    return new PolicyStatement({
      sid: 'ReadDeclaration',
      actions: ['ssm:GetParametersByPath'],
      resources: [arn(resourceName), arn(`${resourceName}/*`)],
    });
  }

  #output(name: string, value: string, description: string): void {
    const ids = this.node.scopes.slice(this.node.scopes.indexOf(Stack.of(this)) + 1).map(({ node }) => node.id);
    // Without the hash that CDK would put behind it: people read these.
    new CfnOutput(this, name, { value, description }).overrideLogicalId(
      [...ids, name].join('').replaceAll(/[^A-Za-z0-9]/g, ''),
    );
  }
}

/** A name that is the construct's own in its account: the end of its path's unique name. */
function generatedName(scope: Construct): string {
  const name = Names.uniqueResourceName(scope, { maxLength: GENERATED_NAME_CHARS, separator: '-' });
  return name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
}
