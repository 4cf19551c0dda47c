import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { testApp } from './apps.ts';
import { everything } from './everything.ts';
import { line, rightsOf, roleOf, statementsOf } from './policies.ts';

let template: Template;
beforeAll(() => {
  template = Template.fromStack(Stack.of(everything(testApp()).platform));
});

const lines = (functionName: string) => rightsOf(template, functionName).map(line);

const READ = 'dynamodb:BatchGetItem dynamodb:GetItem dynamodb:Query';
const WRITE = 'dynamodb:ConditionCheckItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem';
const DELETE =
  'dynamodb:ConditionCheckItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:UpdateItem';
const ITEMS = '<EventsItems.Arn>';
const LOG = [
  `ReadLog: ${READ} | ${ITEMS} | topics ledger/* object/* txn/*`,
  'ReadObjects: s3:GetObject | <EventsSegments.Arn>/seg/*',
  'ListObjects: s3:ListBucket | <EventsSegments.Arn>',
];
const APPEND = [
  `AppendLog: dynamodb:BatchGetItem ${WRITE} | ${ITEMS} | ledger/* object/* once/*`,
  'PutObjects: s3:AbortMultipartUpload s3:PutObject | <EventsSegments.Arn>/seg/*',
];
const ADMINISTER = [
  `Administer: dynamodb:BatchGetItem ${DELETE} | ${ITEMS} | topics ledger/* routes route/* acls groups group/*`,
  `Health: dynamodb:GetItem | ${ITEMS} | health`,
];
const DECLARED = `Declared: dynamodb:BatchGetItem ${DELETE} | ${ITEMS} | declared`;
const KEY =
  'UseKey: kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey kms:ReEncryptFrom kms:ReEncryptTo | <AroundKey.Arn>';
const TRACE = 'xray:PutTelemetryRecords xray:PutTraceSegments | *';
const arn = (service: string, rest: string) => `arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${rest}`;
const START = `StartDeliveries: lambda:InvokeFunction | ${arn('lambda', 'function:all-deliver')} ${arn('lambda', 'function:all-deliver-*')}`;
const TICK = `SwitchTick: events:DisableRule events:EnableRule | ${arn('events', 'rule/all-tick')}`;
const DECLARATION = `ReadDeclaration: ssm:GetParametersByPath | ${arn('ssm', 'parameter/millrace/all')} ${arn('ssm', 'parameter/millrace/all/*')}`;
const FAILURES = 'TellFailures: sqs:SendMessage | <EventsFailures.Arn>';
const logs = (name: string) => `logs:CreateLogStream logs:PutLogEvents | <Events${name}Log.Arn>`;
const POLL = 'sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ReceiveMessage';

describe('the functions of a platform may', () => {
  const own: Readonly<Record<string, readonly string[]>> = {
    'all-api': [
      ...LOG,
      ...APPEND,
      ...ADMINISTER,
      KEY,
      TRACE,
      logs('Api'),
      'SendMessages: sqs:SendMessage | <EventsIngest.Arn>',
      'kms:Decrypt kms:GenerateDataKey | <AroundKey.Arn>',
    ],
    'all-ingest': [
      ...LOG,
      ...APPEND,
      KEY,
      TRACE,
      logs('IngestFunction'),
      `${POLL} | <EventsIngest.Arn>`,
      'kms:Decrypt | <AroundKey.Arn>',
    ],
    'all-dispatch': [
      ...LOG,
      `ReadRoutes: ${READ} | ${ITEMS} | routes route/* groups group/*`,
      `NoteAwake: dynamodb:BatchGetItem ${WRITE} | ${ITEMS} | upkeep`,
      'ReadStream: dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator | <EventsItems.StreamArn>',
      'ListStreams: dynamodb:ListStreams | <EventsItems.Arn>/stream/*',
      START,
      TICK,
      KEY,
      TRACE,
      logs('Dispatch'),
      FAILURES,
    ],
    'all-tend': [
      ...LOG,
      ...APPEND,
      ...ADMINISTER,
      DECLARED,
      `ReadUsers: ${READ} | ${ITEMS} | users quotas`,
      `TendItems: dynamodb:BatchGetItem ${DELETE} | ${ITEMS} | ledger/* object/* condemned topics upkeep txn/* groups group/*`,
      'TendObjects: s3:AbortMultipartUpload s3:DeleteObject s3:PutObject | <EventsSegments.Arn>/seg/*',
      'Catalog: s3:DeleteObject s3:GetObject s3:PutObject | <EventsSegments.Arn>/catalog/*',
      START,
      TICK,
      DECLARATION,
      KEY,
      TRACE,
      logs('Tend'),
    ],
    'all-reconcile': [...LOG, ...ADMINISTER, DECLARED, DECLARATION, KEY, TRACE, logs('Reconcile')],
    'all-deliver': [...delivering('*', 'Deliver', 'all-deliver', APPEND)],
  };

  it.each(Object.keys(own))('do as %s this and nothing else', (functionName) => {
    expect(lines(functionName).sort()).toEqual([...own[functionName]!].sort());
  });
});

function delivering(route: string, id: string, functionName: string, more: readonly string[]): string[] {
  return [
    ...LOG,
    `ReadRoutes: ${READ} | ${ITEMS} | routes`,
    `Deliver: dynamodb:BatchGetItem ${WRITE} | ${ITEMS} | route/${route} group/route.${route} groups`,
    `CheckHeads: dynamodb:ConditionCheckItem | ${ITEMS} | ledger/*`,
    `StartDeliveries: lambda:InvokeFunction | ${arn('lambda', `function:${functionName}`)}`,
    KEY,
    TRACE,
    logs(id),
    ...more,
  ];
}

describe("a route's function may keep that route's position, and", () => {
  const sinks: Readonly<Record<string, readonly string[]>> = {
    queue: ['SendMessages: sqs:SendMessage | <AroundQueue.Arn>'],
    ordered: [...APPEND, 'SendMessages: sqs:SendMessage | <AroundOrdered.Arn>'],
    topic: ['Publish: sns:Publish | <AroundTopic>'],
    bus: ['PutEvents: events:DescribeEventBus events:PutEvents | <AroundBus.Arn>'],
    stream: ['PutRecords: kinesis:PutRecords | <AroundStream.Arn>'],
    firehose: [`PutRecords: firehose:PutRecordBatch | ${arn('firehose', 'deliverystream/firehose')}`],
    function: ['Invoke: lambda:InvokeFunction | <AroundFunction.Arn>'],
    machine: ['Start: states:StartExecution | <AroundMachine>'],
    logs: ['PutLogs: logs:CreateLogStream logs:PutLogEvents | <AroundLogs.Arn>'],
    lake: ['PutFiles: s3:GetObject s3:PutObject | <AroundBucket.Arn>/raw/*'],
    table: [
      'WriteItems: dynamodb:DeleteItem dynamodb:DescribeTable dynamodb:GetItem dynamodb:PutItem | <AroundTable.Arn>',
    ],
    numbers: [
      'KeepPosition: dynamodb:DescribeTable dynamodb:GetItem dynamodb:PutItem | <AroundPositions.Arn>',
      'WriteItems: dynamodb:DeleteItem dynamodb:DescribeTable dynamodb:PutItem | <AroundTable.Arn>',
    ],
    copy: APPEND,
    hook: [
      ...APPEND,
      'ReadSecret0: secretsmanager:GetSecretValue | <AroundSecret>',
      'ReadSecret1: secretsmanager:GetSecretValue | <AroundHeader>',
    ],
    'hook-dead': ['SendMessages: sqs:SendMessage | <AroundLetters.Arn>'],
  };

  it.each(Object.keys(sinks))('deliver as %s does, to its own destination alone', (route) => {
    const functionName = `all-deliver-${route}`;
    const id = `Route${route.replaceAll('-', '')}`;
    expect(lines(functionName).sort()).toEqual(delivering(route, id, functionName, sinks[route]!).sort());
  });

  it('do so under a role of its own', () => {
    const roles = Object.keys(sinks).map((route) => roleOf(template, `all-deliver-${route}`));
    expect(new Set(roles).size).toBe(Object.keys(sinks).length);
  });
});

describe("a source's function may append events, and", () => {
  const STREAM = 'dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator | <AroundTable.StreamArn>';
  const sources: Readonly<Record<string, readonly string[]>> = {
    mail: [`${POLL} | <AroundQueue.Arn>`],
    told: [FAILURES],
    bussed: [FAILURES],
    files: [FAILURES],
    changes: [FAILURES, `ReadStream: ${STREAM}`, 'ListStreams: dynamodb:ListStreams | <AroundTable.Arn>/stream/*'],
    clicks: [
      FAILURES,
      'kinesis:DescribeStream kinesis:DescribeStreamConsumer kinesis:DescribeStreamSummary kinesis:GetRecords kinesis:GetShardIterator kinesis:ListShards kinesis:ListStreams kinesis:SubscribeToShard | <AroundStream.Arn>',
    ],
  };

  it.each(Object.keys(sources))('read as %s does, from its own origin alone', (source) => {
    const expected = [...LOG, ...APPEND, KEY, TRACE, logs(`Source${source}`), ...sources[source]!];
    expect(lines(`all-source-${source}`).sort()).toEqual(expected.sort());
  });
});

describe('no role at all', () => {
  it('may do everything of a service, or anything on everything, but trace', () => {
    const all = statementsOf(template, 'Events');
    expect(all.length).toBeGreaterThan(100);
    expect(all.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([]);
    expect([...new Set(all.filter(({ resources }) => resources.includes('*')).map(line))]).toEqual([TRACE]);
  });

  it('reaches items but by the keys of its purpose', () => {
    const items = statementsOf(template, 'Events').filter(({ resources }) =>
      resources.some((resource) => /^<EventsItems[0-9A-F]{8}\.Arn>$/.test(resource)),
    );
    const keys = items.map(({ conditions }) =>
      [conditions['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []].flat(),
    );
    expect(keys.filter((some) => some.length === 0 || some.includes('*'))).toEqual([]);
  });

  it('has policies attached that others write', () => {
    const attached = template.findResources('AWS::IAM::Role', { Properties: { ManagedPolicyArns: [{}] } });
    expect(Object.keys(attached).filter((id) => id.startsWith('Events'))).toEqual([]);
  });
});
