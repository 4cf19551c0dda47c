import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  Connections,
  type IConnectable,
  type IVpc,
  Port,
  SecurityGroup,
  type SubnetSelection,
  type Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  CfnService,
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LogDriver,
  OperatingSystemFamily,
  Secret,
} from 'aws-cdk-lib/aws-ecs';
import { NetworkLoadBalancer, NetworkTargetGroup, Protocol, SslPolicy } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ARecord, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { ISecret, Secret as StoredSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { demand } from './errors.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { acknowledge, acknowledgeWildcards } from './nag.ts';
import { WILDCARD_REASONS } from './rights.ts';

export interface KafkaGatewayProps {
  readonly vpc: IVpc | Vpc;
  /** `KafkaAccess.tls({ … })` or `KafkaAccess.plaintext()`. */
  readonly access: KafkaAccess;
  /**
   * The password of the user `admin`, as the secret's whole text. With it, clients authenticate (SCRAM) and have the rights
   * that `admin` gives them. Default: none, whoever can connect may do everything.
   */
  readonly adminPassword?: ISecret | StoredSecret;
  /** How many tasks there are at least and at most: 0 and 0 for none. Default: 2 and 4. */
  readonly tasks?: { readonly min: number; readonly max: number };
  /** Of a task, in units of 1/1024 vCPU. Default: 1,024: one thread serves, a second one compresses and collects garbage. */
  readonly cpu?: number;
  /** Of a task. Default: 2,048 MiB. */
  readonly memoryMiB?: number;
  /** Where tasks run. Default: private subnets with a way out. */
  readonly taskSubnets?: SubnetSelection;
  /** Whether the load balancer can be reached from outside the VPC. Default: false. */
  readonly internetFacing?: boolean;
  /** Default: one of its own. */
  readonly cluster?: ICluster;
  /** Default: built from the repository's Dockerfile, for arm64; the installed package has none, and needs this. */
  readonly image?: ContainerImage;
  /** What `image` is for. Default: arm64. */
  readonly cpuArchitecture?: CpuArchitecture;
}

/** What the platform adds to what its owner says. */
interface PlatformParts {
  readonly platform: string;
  readonly bucket: string;
  readonly table: string;
  readonly rights: readonly PolicyStatement[];
  readonly logRetention: RetentionDays;
}

const ROOT = resolve(import.meta.dirname, '..');
const KAFKA_PORT = 9092;
const HEALTH_PORT = 8083;
const TASKS = { min: 2, max: 4 } as const;
/** Fargate starts a task in a minute: scale before the load has doubled. */
const CPU_TARGET_PERCENT = 60;
/** What a connection has to end by itself before it is cut; clients notice by the next answer. */
const DRAIN = Duration.seconds(10);
/** After SIGTERM: leaving the cluster and finishing appends takes no longer. */
const STOP = Duration.seconds(30);

/**
 * Gateways for Kafka clients: tasks on Fargate behind a network load balancer, over the platform's bucket and table. They
 * keep nothing: any number run side by side, and none at all loses nothing.
 *
 * @example
 * platform.addKafkaGateway({ vpc, access: KafkaAccess.plaintext() }).allowFrom(workers);
 * @see docs/kafka.md; `service`, `loadBalancer` and `connections` are there for what the construct leaves out
 */
export class KafkaGateway extends Construct {
  readonly service: FargateService;
  readonly loadBalancer: NetworkLoadBalancer;
  /** Of the load balancer. */
  readonly connections: Connections;
  /** What clients set `bootstrap.servers` to. */
  readonly bootstrapServers: string;
  readonly #access: KafkaAccess;

  constructor(scope: Construct, id: string, props: KafkaGatewayProps & PlatformParts) {
    super(scope, id);
    const { access, tasks = TASKS } = props;
    const vpc = vpcOf(props);
    checkTasks(tasks);
    this.#access = access;
    const front = new SecurityGroup(this, 'Front', { vpc, description: 'Where Kafka clients connect to' });
    const group = new SecurityGroup(this, 'Tasks', { vpc, description: 'Gateways for Kafka clients' });
    group.addIngressRule(front, Port.tcp(KAFKA_PORT), 'From the load balancer');
    group.addIngressRule(front, Port.tcp(HEALTH_PORT), 'Health checks');
    this.connections = new Connections({ securityGroups: [front] });
    this.loadBalancer = new NetworkLoadBalancer(this, 'LoadBalancer', {
      vpc,
      internetFacing: props.internetFacing ?? false,
      securityGroups: [front],
      // Each zone's address leads to that zone's tasks where it has some: traffic between zones is billed.
      crossZoneEnabled: access.tls !== undefined,
    });
    acknowledge(this.loadBalancer, 'noConnectionLog');
    this.service = this.#addService(props, group, tasks);
    this.#listen(props);
    this.#scale(tasks);
    this.bootstrapServers = `${access.tls?.domainName ?? this.loadBalancer.loadBalancerDnsName}:${access.port}`;
  }

  /** Lets clients connect: a security group, an instance, a service, a function, or `Peer.ipv4(…)` by `connections`. */
  allowFrom(client: IConnectable): this {
    this.connections.allowFrom(client, Port.tcp(this.#access.port), 'Kafka clients');
    // Without TLS, clients go on to each gateway itself.
    if (!this.#access.tls) this.service.connections.allowFrom(client, Port.tcp(KAFKA_PORT), 'Kafka clients');
    return this;
  }

  #addService(
    props: KafkaGatewayProps & PlatformParts,
    group: SecurityGroup,
    tasks: { readonly min: number },
  ): FargateService {
    const { taskSubnets } = props;
    const cluster =
      props.cluster ??
      // Its optional members are declared otherwise than the interface's.
      (new Cluster(this, 'Cluster', { vpc: vpcOf(props), containerInsightsV2: ContainerInsights.ENABLED }) as ICluster);
    return new FargateService(this, 'Service', {
      serviceName: `${props.platform}-kafka`,
      cluster,
      taskDefinition: this.#taskDefinition(props),
      desiredCount: tasks.min,
      securityGroups: [group],
      ...(taskSubnets && { vpcSubnets: taskSubnets }),
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      healthCheckGracePeriod: Duration.seconds(60),
    });
  }

  #taskDefinition(props: KafkaGatewayProps & PlatformParts): FargateTaskDefinition {
    const { platform, access, rights } = props;
    const cpuArchitecture = props.cpuArchitecture ?? CpuArchitecture.ARM64;
    const definition = new FargateTaskDefinition(this, 'Task', {
      cpu: props.cpu ?? 1_024,
      memoryLimitMiB: props.memoryMiB ?? 2_048,
      runtimePlatform: { cpuArchitecture, operatingSystemFamily: OperatingSystemFamily.LINUX },
    });
    for (const right of rights) {
      definition.addToTaskRolePolicy(right);
      const reason = WILDCARD_REASONS[right.sid ?? ''];
      if (reason !== undefined) acknowledgeWildcards(definition.taskRole, right.resources, reason);
    }
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/millrace/${platform}-kafka`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const advertised = access.tls ? `${access.tls.domainName}:${access.port}` : 'ecs-task';
    const settings = {
      '--bucket': props.bucket,
      '--table': props.table,
      '--region': Stack.of(this).region,
      '--kafka': `0.0.0.0:${KAFKA_PORT}`,
      '--advertised': advertised,
      '--rack': 'ecs-task',
      '--health': `0.0.0.0:${HEALTH_PORT}`,
      '--auth': props.adminPassword ? 'sasl' : 'none',
      '--log': 'json',
    };
    definition.addContainer('Gateway', {
      image: props.image ?? repositoryImage({ arm: cpuArchitecture === CpuArchitecture.ARM64 }),
      command: ['gateway', ...Object.entries(settings).flat()],
      portMappings: [{ containerPort: KAFKA_PORT }, { containerPort: HEALTH_PORT }],
      logging: LogDriver.awsLogs({ streamPrefix: 'gateway', logGroup }),
      ...(props.adminPassword && {
        secrets: { MILLRACE_KAFKA_ADMIN_PASSWORD: Secret.fromSecretsManager(props.adminPassword as ISecret) },
      }),
      readonlyRootFilesystem: true,
      stopTimeout: STOP,
    });
    acknowledge(definition.obtainExecutionRole(), 'imageToken');
    return definition;
  }

  #listen(props: KafkaGatewayProps): void {
    const { access } = props;
    const targets = new NetworkTargetGroup(this, 'Targets', {
      vpc: vpcOf(props),
      port: KAFKA_PORT,
      protocol: Protocol.TCP,
      targets: [this.service.loadBalancerTarget({ containerName: 'Gateway', containerPort: KAFKA_PORT })],
      deregistrationDelay: DRAIN,
      // A gateway that is gone answers nobody: clients find out at once.
      connectionTermination: true,
      healthCheck: {
        protocol: Protocol.HTTP,
        path: '/health',
        port: String(HEALTH_PORT),
        interval: Duration.seconds(10),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2,
      },
    });
    const { tls, port } = access;
    const secure = tls && {
      protocol: Protocol.TLS,
      certificates: [tls.certificate],
      sslPolicy: SslPolicy.RECOMMENDED_TLS,
    };
    this.loadBalancer.addListener('Kafka', {
      port,
      defaultTargetGroups: [targets],
      ...(secure ?? { protocol: Protocol.TCP }),
    });
    if (tls?.hostedZone) {
      new ARecord(this, 'Name', {
        zone: tls.hostedZone,
        recordName: `${tls.domainName}.`,
        target: RecordTarget.fromAlias(new LoadBalancerTarget(this.loadBalancer)),
      });
    }
  }

  #scale({ min, max }: { readonly min: number; readonly max: number }): void {
    // From none, no load would ever be measured.
    if (min === 0 || max === min) return;
    // A deployment would else take the service back to where it began.
    const resource = this.service.node.defaultChild;
    if (resource instanceof CfnService) resource.addPropertyDeletionOverride('DesiredCount');
    const scaling = this.service.autoScaleTaskCount({ minCapacity: min, maxCapacity: max });
    scaling.scaleOnCpuUtilization('Cpu', {
      targetUtilizationPercent: CPU_TARGET_PERCENT,
      scaleInCooldown: Duration.minutes(5),
      scaleOutCooldown: Duration.minutes(1),
    });
  }
}

/** A Vpc is an IVpc but for how both declare what may be missing. */
function vpcOf({ vpc }: KafkaGatewayProps): IVpc {
  return vpc as IVpc;
}

/** @throws PlatformConfigError */
function checkTasks({ min, max }: { readonly min: number; readonly max: number }): void {
  demand(
    Number.isInteger(min) && Number.isInteger(max) && min >= 0 && max >= min,
    `tasks: from ${min} to ${max} is no number of tasks: write whole numbers, the larger one last.`,
  );
  demand(
    min > 0 || max === 0,
    `tasks: from 0 to ${max} would stay at 0, as nobody is there whose load could be measured: write min: 1, or max: 0.`,
  );
}

/** @throws PlatformConfigError where there is no repository: in the installed package */
function repositoryImage({ arm }: { readonly arm: boolean }): ContainerImage {
  demand(
    existsSync(join(ROOT, 'Dockerfile')),
    'The installed package has no image of the gateway: give `image`, such as ContainerImage.fromAsset of a clone of the repository.',
  );
  return ContainerImage.fromAsset(ROOT, { platform: arm ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64 });
}
