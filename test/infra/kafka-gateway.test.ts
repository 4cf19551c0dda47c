import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { FlowLogDestination, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import {
  EventPlatform,
  type EventPlatformProps,
  KafkaAccess,
  type KafkaGateway,
  type KafkaGatewayProps,
  PlatformConfigError,
} from '../../infra/index.ts';
import { testApp } from './apps.ts';
import { flat, line, statementsOf } from './policies.ts';

interface Made {
  readonly stack: Stack;
  readonly platform: EventPlatform;
  readonly gateway: KafkaGateway;
}

type Access = (stack: Stack) => KafkaAccess;

const PLAINTEXT: Access = () => KafkaAccess.plaintext();
const TLS: Access = (stack) =>
  KafkaAccess.tls({
    certificate: Certificate.fromCertificateArn(
      stack,
      'Certificate',
      'arn:aws:acm:eu-central-1:123456789012:certificate/1',
    ),
    domainName: 'kafka.example.com',
    hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' }),
  });

function made(access: Access, props: Partial<KafkaGatewayProps> = {}, platformProps: EventPlatformProps = {}): Made {
  const stack = new Stack(testApp(), 'Stack', { env: { account: '123456789012', region: 'eu-central-1' } });
  const vpc = new Vpc(stack, 'Vpc', {
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [
      { name: 'public', subnetType: SubnetType.PUBLIC },
      { name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    ],
    flowLogs: { all: { destination: FlowLogDestination.toCloudWatchLogs() } },
  });
  const platform = new EventPlatform(stack, 'Events', { name: 'shop', ...platformProps });
  const gateway = platform.addKafkaGateway({ vpc, access: access(stack), ...props });
  return { stack, platform, gateway };
}

const templateOf = ({ stack }: Made) => Template.fromStack(stack);

interface Container {
  readonly Command: readonly unknown[];
  readonly ReadonlyRootFilesystem: boolean;
  readonly Environment?: unknown;
  readonly Secrets?: unknown;
}

function containerOf(template: Template): Container {
  const [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
  return (task!.Properties.ContainerDefinitions as readonly Container[])[0]!;
}

/** The settings of the command that the container runs. */
function settingsOf(template: Template): Record<string, string> {
  const [, ...given] = containerOf(template).Command.map(flat);
  return Object.fromEntries(given.flatMap((one, i) => (i % 2 === 0 ? [[one, given[i + 1]!]] : [])));
}

describe('a platform', () => {
  it('has no gateway unless it is asked for one', () => {
    const stack = new Stack(testApp(), 'Stack');
    new EventPlatform(stack, 'Events', { name: 'shop' });
    Template.fromStack(stack).resourceCountIs('AWS::ECS::Service', 0);
  });

  it('has one', () => {
    const { platform, gateway } = made(PLAINTEXT);
    const again = () => platform.addKafkaGateway({ vpc: gateway.service.cluster.vpc, access: KafkaAccess.plaintext() });
    expect(again).toThrow(PlatformConfigError);
  });
});

describe('a gateway with TLS', () => {
  const template = templateOf(made(TLS));

  it('is reached by one name, through the load balancer, by TLS 1.2 or newer', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 9094,
      Protocol: 'TLS',
      SslPolicy: Match.stringLikeRegexp('TLS13-1-2'),
      Certificates: [{ CertificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/1' }],
    });
    template.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'kafka.example.com.', Type: 'A' });
    expect(settingsOf(template)['--advertised']).toBe('kafka.example.com:9094');
    template.hasOutput('EventsKafkaBootstrapServers', { Value: 'kafka.example.com:9094' });
  });

  it('is inside the VPC, and lets nobody in by itself', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internal',
      Type: 'network',
    });
    const rules = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress'));
    expect(rules.map(({ Properties }) => Properties.FromPort as number).sort()).toEqual([8083, 9092]);
    const groups = Object.values(template.findResources('AWS::EC2::SecurityGroup'));
    expect(groups.every(({ Properties }) => Properties.SecurityGroupIngress === undefined)).toBe(true);
  });

  it('runs the command over the bucket and the table, without secrets in its description', () => {
    expect(settingsOf(template)).toEqual({
      '--bucket': expect.stringMatching(/^<EventsSegments/),
      '--table': expect.stringMatching(/^<EventsItems/),
      '--region': 'eu-central-1',
      '--kafka': '0.0.0.0:9092',
      '--advertised': 'kafka.example.com:9094',
      '--rack': 'ecs-task',
      '--health': '0.0.0.0:8083',
      '--auth': 'none',
      '--log': 'json',
    });
    expect(containerOf(template)).toMatchObject({
      ReadonlyRootFilesystem: true,
      Command: expect.arrayContaining(['gateway']),
    });
    expect(containerOf(template).Environment).toBeUndefined();
  });

  it('is asked for its health where the command answers it', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      Port: 9092,
      Protocol: 'TCP',
      TargetType: 'ip',
      HealthCheckProtocol: 'HTTP',
      HealthCheckPath: '/health',
      HealthCheckPort: '8083',
    });
  });

  it('may do what Kafka clients ask for, and nothing else', () => {
    const read = 'dynamodb:BatchGetItem dynamodb:GetItem dynamodb:Query';
    const write = `dynamodb:BatchGetItem dynamodb:ConditionCheckItem`;
    const items = '<EventsItems.Arn>';
    expect(statementsOf(template, 'EventsKafkaGatewayTaskTaskRole').map(line)).toEqual([
      `ReadLog: ${read} | ${items} | topics ledger/* object/* txn/*`,
      'ReadObjects: s3:GetObject | <EventsSegments.Arn>/seg/*',
      'ListObjects: s3:ListBucket | <EventsSegments.Arn>',
      `AppendLog: ${write} dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem | ${items} | ledger/* object/* once/*`,
      'PutObjects: s3:AbortMultipartUpload s3:PutObject | <EventsSegments.Arn>/seg/*',
      `ServeKafka: ${write} dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem | ${items} | topics ledger/* acls users quotas gateways producers txn/* groups group/*`,
    ]);
  });

  it('keeps its log for as long as the platform does', () => {
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/millrace/shop-kafka',
      RetentionInDays: 30,
    });
  });
});

describe('a gateway without TLS', () => {
  it('tells clients the address of each task, and lets those in that are named', () => {
    const { stack, gateway } = made(PLAINTEXT);
    const workers = new SecurityGroup(stack, 'Workers', { vpc: gateway.service.cluster.vpc });
    gateway.allowFrom(workers);
    const template = templateOf({ stack, gateway } as Made);
    expect(settingsOf(template)['--advertised']).toBe('ecs-task');
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 9092, Protocol: 'TCP' });
    const open = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress')).filter(({ Properties }) =>
      flat(Properties.SourceSecurityGroupId).includes('Workers'),
    );
    expect(open.map(({ Properties }) => Properties.FromPort as number)).toEqual([9092, 9092]);
  });
});

describe('a gateway with a password for its administrator', () => {
  it('asks who clients are, and takes the password from where it is secret', () => {
    const stack = new Stack(testApp(), 'Stack');
    const platform = new EventPlatform(stack, 'Events', { name: 'shop' });
    const adminPassword = new Secret(stack, 'Admin');
    const vpc = new Vpc(stack, 'Vpc', { restrictDefaultSecurityGroup: false });
    platform.addKafkaGateway({ vpc, access: KafkaAccess.plaintext(), adminPassword });
    const template = Template.fromStack(stack);
    expect(settingsOf(template)['--auth']).toBe('sasl');
    expect(containerOf(template).Secrets).toEqual([
      { Name: 'MILLRACE_KAFKA_ADMIN_PASSWORD', ValueFrom: { Ref: expect.stringMatching(/^Admin/) } },
    ]);
    const execution = statementsOf(template, 'EventsKafkaGatewayTaskExecutionRole').map(line);
    expect(execution).toContain('secretsmanager:DescribeSecret secretsmanager:GetSecretValue | <Admin>');
  });
});

describe('tasks', () => {
  it('grow and shrink with the load between the least and the most', () => {
    const template = templateOf(made(PLAINTEXT, { tasks: { min: 3, max: 9 } }));
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 3, MaxCapacity: 9 });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: Match.objectLike({
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      }),
    });
    template.hasResourceProperties('AWS::ECS::Service', { DesiredCount: Match.absent() });
  });

  it('can be none', () => {
    const template = templateOf(made(PLAINTEXT, { tasks: { min: 0, max: 0 } }));
    template.hasResourceProperties('AWS::ECS::Service', { DesiredCount: 0 });
    template.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
  });

  it.each([
    [{ min: 0, max: 3 }, 'would stay at 0'],
    [{ min: 3, max: 2 }, 'from 3 to 2'],
    [{ min: -1, max: 2 }, 'from -1 to 2'],
    [{ min: 1.5, max: 2 }, 'from 1.5 to 2'],
  ])('cannot be %j', (tasks, message) => {
    expect(() => made(PLAINTEXT, { tasks })).toThrow(message);
  });
});

describe('what is described wrongly fails at synthesis', () => {
  it.each(['kafka', 'https://kafka.example.com', 'kafka.example.com:9094', ''])('"%s" as a domain', (domainName) => {
    const certificate = Certificate.fromCertificateArn(
      new Stack(testApp(), 'Stack'),
      'C',
      'arn:aws:acm:r:1:certificate/1',
    );
    expect(() => KafkaAccess.tls({ certificate, domainName })).toThrow(PlatformConfigError);
  });

  it.each([0, 65_536, 9.5])('%d as a port', (port) => {
    const certificate = Certificate.fromCertificateArn(
      new Stack(testApp(), 'Stack'),
      'C',
      'arn:aws:acm:r:1:certificate/1',
    );
    expect(() => KafkaAccess.tls({ certificate, domainName: 'kafka.example.com', port })).toThrow(PlatformConfigError);
  });
});

describe('cdk-nag', () => {
  it.each<[string, Access, Partial<KafkaGatewayProps>]>([
    ['with TLS', TLS, {}],
    ['without TLS', PLAINTEXT, {}],
    ['of an image of its owner', PLAINTEXT, { image: ContainerImage.fromRegistry('example.com/millrace') }],
  ])('finds nothing in a gateway %s', (_, access, props) => {
    const found = [new AwsSolutionsChecks(), new ServerlessChecks()].flatMap((pack) =>
      pack
        .validateScope(made(access, props).gateway)
        .violations.flatMap(({ ruleName, violatingResources }) =>
          violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
        ),
    );
    expect(found).toEqual([]);
  });
});
