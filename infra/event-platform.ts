import { Aws, CfnOutput, Duration, Lazy, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { PlatformApi } from './api.ts';
import { Api, Auth } from './auth.ts';
import { addBuffer, type BufferProps } from './buffer.ts';
import { bundledFunctions } from './bundle.ts';
import { type Compute, checkCompute } from './compute.ts';
import { Declaration } from './declaration.ts';
import { demand } from './errors.ts';
import { PlatformFunctions, WORKER_MEMORY_MIB } from './functions.ts';
import { checkGrant, Grants, type JwtPrincipal, principalOf, type Right } from './grants.ts';
import { KafkaGateway, type KafkaGatewayProps } from './kafka-gateway.ts';
import { Monitoring, type MonitoringProps } from './monitoring.ts';
import type { PlatformFunction } from './platform-function.ts';
import { deadLetterQueue } from './queues.ts';
import { Rights } from './rights.ts';
import { deadRouteOf, deadTopicOf, type RouteProps, routeConfig } from './route.ts';
import { Sink } from './sink.ts';
import { SOURCE_TIMEOUT, type SourceProps, sourceConfig } from './source.ts';
import { checkDirectoryBucket, itemTable, segmentBucket } from './stores.ts';
import { declaredTopic, KnownTopics, type TopicProps } from './topic.ts';
import { addDispatcher, addReconciler, addTender } from './upkeep.ts';

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
  /** A key of yours that encrypts bucket, table and queues. Default: keys of AWS's, which cost nothing. */
  readonly encryptionKey?: IKey | Key;
  /**
   * A queue in front, for many small senders: `POST /buffered/topics/{topic}` answers at once, and events are stored together,
   * within `window`. Default: none, as Lambda's look at a queue is billed while it is empty too.
   */
  readonly buffered?: boolean | BufferProps;
  /** Instances of yours for the API, where requests share flushes. Default: Lambda's own compute. */
  readonly compute?: Compute;
  /**
   * The name of a directory bucket of yours (S3 Express One Zone) for the segment objects, such as `events--use1-az5--x-s3`:
   * milliseconds in place of tens of them, in one availability zone. Fixed when the platform is made. Default: a bucket of
   * the platform's own.
   */
  readonly s3ExpressBucket?: string;
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

const API_MEMORY_MIB = 512;
/** API Gateway waits no longer. Source: API Gateway quotas. */
const API_TIMEOUT = Duration.seconds(29);
const THROTTLE = { rateLimit: 1_000, burstLimit: 2_000 } as const;

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
 * const platform = new EventPlatform(this, 'Events', { name: 'shop', auth: Auth.jwt({ issuer, audience: ['shop'] }) });
 * platform.addTopic('orders', { partitions: 8, retention: Duration.days(30) });
 * platform.addRoute('late', {
 *   topics: ['orders'],
 *   filter: { value: { delay: [{ numeric: ['>', 60] }] } },
 *   to: Sink.sqs(queue),
 *   onFailure: OnFailure.deadLetterTopic('late-dead'),
 * });
 * platform.grantProduce('orders', { jwt: 'shop' });
 * platform.grantConsume('orders', 'billing', { jwt: 'billing' });
 * @see docs/aws.md for all of it; `bucket`, `table`, `api` and the roles are there for what the construct leaves out
 */
export class EventPlatform extends Construct {
  readonly platformName: string;
  /** The bucket of segment objects; undefined where they are in a directory bucket of yours. */
  readonly bucket: Bucket | undefined;
  readonly table: Table;
  readonly api: PlatformApi;
  /** The queue of buffered produce, where there is one. */
  readonly ingestQueue: Queue | undefined;
  /** Delivers for routes that were made over REST: `Sink.sqs(queue).grant(platform.sharedDeliverRole)` lets it. */
  readonly sharedDeliverRole: IRole;
  /** Where batches end that no function could take: an alarm watches it. */
  readonly failures: Queue;
  readonly monitoring: Monitoring;
  readonly #auth: Auth;
  readonly #bucketName: string;
  readonly #logRetention: RetentionDays;
  readonly #functions: PlatformFunctions;
  readonly #declaration: Declaration;
  readonly #topics: KnownTopics;
  readonly #grants = new Grants();

  constructor(scope: Construct, id: string, props: EventPlatformProps = {}) {
    super(scope, id);
    const { auth = Auth.iam(), encryptionKey: key, versioned = false, s3ExpressBucket: directory } = props;
    const { removalPolicy = RemovalPolicy.RETAIN, logRetention = RetentionDays.ONE_MONTH } = props;
    this.platformName = nameOf(this, props.name);
    this.#auth = auth;
    if (directory !== undefined) checkDirectoryBucket(directory, { versioned });
    this.bucket = directory === undefined ? segmentBucket(this, { key, removalPolicy, versioned }) : undefined;
    const bucketName = this.bucket?.bucketName ?? directory ?? '';
    this.#bucketName = bucketName;
    this.#logRetention = logRetention;
    this.table = itemTable(this, { key, removalPolicy, versioned });
    this.failures = deadLetterQueue(this, 'Failures', key);
    this.#declaration = new Declaration(this, 'Declaration', { path: `/millrace/${this.platformName}` });
    this.#topics = new KnownTopics(this);
    const tickRule = `${this.platformName}-tick`;
    const defaults = {
      platform: this.platformName,
      code: Code.fromAsset(bundledFunctions()),
      logRetention,
      environment: {
        MILLRACE_PLATFORM: this.platformName,
        MILLRACE_BUCKET: bucketName,
        MILLRACE_TABLE: this.table.tableName,
        MILLRACE_AUTH: auth.kind === 'none' ? 'none' : 'acl',
        MILLRACE_DELIVER_FUNCTION: `${this.platformName}-deliver`,
        MILLRACE_DECLARATION_PATH: this.#declaration.path,
        MILLRACE_TICK_RULE: tickRule,
      },
    };
    const rights = new Rights({ table: this.table, bucket: this.bucket ?? bucketName, key });
    this.#functions = new PlatformFunctions(this, defaults, rights);
    const { buffered = false } = props;
    const buffer = buffered ? addBuffer(this, this.#functions, { ...(buffered !== true && buffered), key }) : undefined;
    this.ingestQueue = buffer?.queue;
    const apiFunction = this.#apiFunction(props);
    this.api = new PlatformApi(this, 'Gateway', {
      function: apiFunction.function,
      api: props.api ?? Api.http(),
      auth,
      name: this.platformName,
      logRetention,
      throttle: props.throttle ?? THROTTLE,
    });
    const upkeep = {
      functions: this.#functions,
      table: this.table,
      failures: this.failures,
      declaration: this.#declaration,
      tickRule,
    };
    addDispatcher(this, upkeep);
    const tend = addTender(this, upkeep);
    addReconciler(this, upkeep);
    this.sharedDeliverRole = this.#functions.deliver('Deliver', undefined, { appends: true }).role;
    this.monitoring = new Monitoring(this, 'Monitoring', {
      platform: this.platformName,
      functions: { Api: apiFunction.function, Tend: tend.function },
      failures: this.failures,
      ingest: buffer,
      ...props.monitoring,
    });
    this.#output('ApiUrl', this.api.url, 'Where the API answers');
    this.#output('BucketName', bucketName, 'Segment objects');
    this.#output('TableName', this.table.tableName, 'Ledgers, groups, routes');
    this.#output('TendFunction', tend.function.functionName, 'Invoke with {"now":true} to tend at once');
    if (buffer) this.#output('IngestQueueUrl', buffer.queue.queueUrl, 'Buffered produce');
  }

  /** Declares a topic: made when it is not there, changed where this declaration changed, never deleted. */
  addTopic(name: string, props: TopicProps = {}): this {
    this.#declaration.add('topics', name, declaredTopic(name, props));
    this.#topics.declare(name);
    return this;
  }

  /** Says that a topic is there, or will be: made over REST, or by a route as the topic of its dead letters. */
  useTopic(name: string): this {
    this.#topics.use(name);
    return this;
  }

  /**
   * Declares a route, with a function of its own that has rights to its destination alone. Topics that it names must be
   * added to the platform, before or after, or be known by `useTopic`.
   */
  addRoute(name: string, props: RouteProps): this {
    const config = routeConfig(name, props);
    this.#declaration.checkNew('routes', name);
    const { onFailure, to } = props;
    const deadLetters = config['errors.deadletterqueue.topic.name'];
    for (const topic of props.topics) this.#topics.need(`Route "${name}" reads topic`, topic);
    if (to.producesTo !== undefined) this.#topics.need(`Route "${name}" delivers to topic`, to.producesTo);
    if (deadLetters !== undefined) this.#topics.use(deadLetters);
    const appends = to.producesTo !== undefined || deadLetters !== undefined;
    const worker = this.#functions.deliver(`Route-${name}`, name, { appends });
    to.grant(worker.role);
    this.#declaration.add('routes', name, { config, worker: worker.function.functionName });
    this.monitoring.watchRoute(name);
    if (onFailure?.do === 'queue' && onFailure.queue) {
      this.addTopic(deadTopicOf(name), { partitions: 1, deadLetters: true });
      const letters = Sink.sqs(onFailure.queue, { 'sqs.format': 'envelope' });
      this.addRoute(deadRouteOf(name), { topics: [deadTopicOf(name)], to: letters });
    }
    return this;
  }

  /**
   * Brings what another service hands over into a topic. What cannot be in that goes to `deadLetterTopic`: of a stream,
   * `<name>.dead` unless another is named, as it would hold up all behind it; else to the queue of failures.
   */
  addSource(name: string, props: SourceProps): this {
    const config = sourceConfig(name, props);
    const { topic, deadLetterTopic } = config;
    this.#topics.need(`Source "${name}" fills topic`, topic);
    if (deadLetterTopic !== undefined && props.deadLetterTopic === undefined) {
      this.addTopic(deadLetterTopic, { partitions: 1, deadLetters: true });
    } else if (deadLetterTopic !== undefined) {
      this.#topics.need(`Source "${name}" has dead letters in topic`, deadLetterTopic);
    }
    demand(
      this.node.tryFindChild(`Source-${name}`) === undefined,
      `The source "${name}" is added twice: give one another name.`,
    );
    const { rights } = this.#functions;
    const worker = this.#functions.add(`Source-${name}`, {
      entry: 'source',
      name: `source-${name}`,
      description: `Brings ${name} into topic ${topic}`,
      memoryMiB: WORKER_MEMORY_MIB,
      timeout: SOURCE_TIMEOUT,
      rights: [...rights.readLog(), ...rights.appendLog()],
      environment: { MILLRACE_SOURCE: JSON.stringify(config) },
    });
    props.from.attach(worker, this.failures);
    return this;
  }

  /**
   * Lets Kafka clients in: gateways on Fargate behind a load balancer, which cost money while they run. One platform needs
   * one.
   */
  addKafkaGateway(props: KafkaGatewayProps): KafkaGateway {
    demand(
      this.node.tryFindChild('KafkaGateway') === undefined,
      'The platform has a Kafka gateway: give it more tasks.',
    );
    const { rights } = this.#functions;
    const gateway = new KafkaGateway(this, 'KafkaGateway', {
      ...props,
      platform: this.platformName,
      bucket: this.#bucketName,
      table: this.table.tableName,
      rights: [...rights.readLog(), ...rights.appendLog(), ...rights.serveKafka(), ...rights.useKey()],
      logRetention: this.#logRetention,
    });
    this.#output('KafkaBootstrapServers', gateway.bootstrapServers, 'Where Kafka clients connect to');
    return gateway;
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
    checkGrant(grantee, this.#auth);
    const principal = principalOf(grantee);
    this.#grants.add(principal, right);
    for (const binding of right.bindings(principal)) {
      this.#declaration.add('acls', String(this.#grants.next()), [binding]);
    }
    if (!('jwt' in grantee)) this.api.grant(grantee.grantPrincipal, right.requests);
    return this;
  }

  #apiFunction({ api, compute }: EventPlatformProps): PlatformFunction {
    if (compute) checkCompute(compute);
    const { rights } = this.#functions;
    const made = this.#functions.add('Api', {
      entry: api?.kind === 'url' && api.streaming ? 'api-stream' : 'api',
      name: 'api',
      description: 'The HTTP API',
      memoryMiB: API_MEMORY_MIB,
      timeout: API_TIMEOUT,
      rights: [...rights.readLog(), ...rights.appendLog(), ...rights.administer()],
      environment: {
        MILLRACE_ACCOUNT: Aws.ACCOUNT_ID,
        MILLRACE_SUPER_USERS: Lazy.string({ produce: () => this.#grants.superUsers().join(',') }),
        ...(this.ingestQueue && { MILLRACE_INGEST_QUEUE_URL: this.ingestQueue.queueUrl }),
      },
      compute,
    });
    if (this.ingestQueue) Sink.sqs(this.ingestQueue).grant(made.role);
    return made;
  }

  #output(name: string, value: string, description: string): void {
    const ids = this.node.scopes.slice(this.node.scopes.indexOf(Stack.of(this)) + 1).map(({ node }) => node.id);
    // Without the hash that CDK would put behind it: people read these.
    new CfnOutput(this, name, { value, description }).overrideLogicalId(
      [...ids, name].join('').replaceAll(/[^A-Za-z0-9]/g, ''),
    );
  }
}

/** @throws PlatformConfigError */
function nameOf(scope: Construct, given: string | undefined): string {
  const name = given ?? generatedName(scope);
  demand(NAME.test(name), `"${name}" is no name for a platform: write 1 to 24 lower-case letters, digits and dashes.`);
  return name;
}

/** A name that is the construct's own in its account: the end of its path's unique name. */
function generatedName(scope: Construct): string {
  const name = Names.uniqueResourceName(scope, { maxLength: GENERATED_NAME_CHARS, separator: '-' });
  return name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
}
