import { parseConfig } from '../../../lib/route/config.ts';
import type { ConfigTexts } from '../../../lib/route/setting.ts';
import type { Target } from '../target.ts';
import { changedTree } from '../tree.ts';
import { JSON_WORDS } from './items.ts';

const common = { topics: 'orders, returns', 'tasks.max': '2' };
const ARN = 'arn:aws:';
const PLACE = 'eu-central-1:123456789012';
const CONFIGS: Readonly<Record<string, ConfigTexts>> = {
  file: { 'file.path': 'out', 'file.compression': 'gzip', 'file.chunk.offsets': '100', filter: '{"key":["a"]}' },
  webhook: { 'webhook.url': 'https://example.com/a?b=c', 'webhook.headers.x': 'y', 'webhook.timeout.ms': '1000' },
  topic: { 'topic.name': 'copy', transform: '{"a": value.b[c > 2].d}' },
  sqs: { 'sqs.queue.url': 'https://sqs.eu-central-1.amazonaws.com/123456789012/q' },
  sns: { 'sns.topic.arn': `${ARN}sns:${PLACE}:t` },
  eventbridge: { 'eventbridge.bus.name': 'orders', 'eventbridge.source': 'shop', 'eventbridge.detail.type': 'placed' },
  kinesis: { 'kinesis.stream.name': 'stream' },
  firehose: { 'firehose.stream.name': 'stream' },
  lambda: { 'lambda.function.arn': `${ARN}lambda:${PLACE}:function:f`, 'lambda.timeout.ms': '1000' },
  stepfunctions: { 'stepfunctions.state.machine.arn': `${ARN}states:${PLACE}:stateMachine:m` },
  cloudwatchlogs: { 'cloudwatchlogs.group.name': '/orders', 'cloudwatchlogs.stream.prefix': 'p-' },
  dynamodb: { 'dynamodb.table.name': 'users', 'dynamodb.key.source': 'key' },
  s3: { 's3.bucket.name': 'bucket', 's3.prefix': 'p/', 's3.format': 'parquet' },
};
const DEAD_LETTERS = { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'dead' };

function seeds(): Record<string, Uint8Array> {
  const kinds = Object.entries(CONFIGS).map(([kind, config]): [string, Uint8Array] => [
    kind,
    textOf({ ...common, 'connector.class': kind, ...config }),
  ]);
  return {
    ...Object.fromEntries(kinds),
    'with-dead-letters': textOf({ ...common, 'connector.class': 'topic', 'topic.name': 'copy', ...DEAD_LETTERS }),
    'refused-no-class': textOf(common),
    'refused-unknown-class': textOf({ ...common, 'connector.class': 'fax' }),
    'refused-unknown-setting': textOf({
      ...common,
      'connector.class': 'topic',
      'topic.name': 'copy',
      'topic.nam': 'x',
    }),
  };
}

const WORDS = [
  ...JSON_WORDS,
  ...['connector.class=', 'topics=', 'filter=', 'transform=', '\n', 'webhook.headers.', '$sum(', 'function($x){$x}'],
  ...[
    '$'.concat('{aws-sm:a/b}'),
    '${',
    '../',
    'file:///',
    'http://[::1]/',
    'eventbridge',
    'kinesis',
    'firehose',
    'stepfunctions',
  ],
];

/** A line per setting, `name=value`, so that mutations cut and join settings too. */
function textOf(config: ConfigTexts): Uint8Array {
  const lines = Object.entries(config ?? {}).map(([name, value]) => `${name}=${value}`);
  return Buffer.from(lines.join('\n'));
}

export const target: Target = {
  name: 'connector-configs',
  seeds,
  words: WORDS,
  change(text, random) {
    const settings = Buffer.from(text)
      .toString()
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2));
    const changed = changedTree(Object.fromEntries(settings), random, WORDS);
    return textOf(changed as ConfigTexts);
  },
  take(text) {
    const { config, problems } = parsed(text);
    if ((config === undefined) === (problems.length === 0)) throw new Error('neither a configuration nor a problem');
    return undefined;
  },
  refusal: (text) => parsed(text).problems[0]?.error,
  /** Problems are told, not thrown. */
  isClean: () => false,
};

function parsed(text: Uint8Array): ReturnType<typeof parseConfig> {
  const lines = Buffer.from(text).toString().split('\n');
  const pairs = lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]);
  return parseConfig(Object.fromEntries(pairs));
}
