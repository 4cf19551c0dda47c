import { parseConfig } from '../../../lib/route/config.ts';
import type { ConfigTexts } from '../../../lib/route/setting.ts';
import type { Target } from '../target.ts';
import { changedTree } from '../tree.ts';
import { JSON_WORDS } from './items.ts';

const common = { topics: 'orders, returns', 'tasks.max': '2' };
const CONFIGS: readonly ConfigTexts[] = [
  { ...common, 'connector.class': 'file', 'file.path': 'out', 'file.compression': 'gzip', filter: '{"key":["a"]}' },
  { ...common, 'connector.class': 'webhook', 'webhook.url': 'https://example.com/a?b=c', 'webhook.headers.x': 'y' },
  { ...common, 'connector.class': 'topic', 'topic.name': 'copy', transform: '{"a": value.b[c > 2].d}' },
  { ...common, 'connector.class': 'sqs', 'sqs.queue.url': 'https://sqs.eu-central-1.amazonaws.com/123456789012/q' },
  { ...common, 'connector.class': 's3', 's3.bucket.name': 'b', 's3.prefix': 'p/', 'errors.tolerance': 'all' },
  { ...common, 'connector.class': 'lambda', 'lambda.function': 'f', 'errors.deadletterqueue.topic.name': 'dead' },
];

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
  seeds: () => CONFIGS.map(textOf),
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
    const lines = Buffer.from(text).toString().split('\n');
    const pairs = lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]);
    const { config, problems } = parseConfig(Object.fromEntries(pairs));
    if ((config === undefined) === (problems.length === 0)) throw new Error('neither a configuration nor a problem');
    return undefined;
  },
  /** Problems are told, not thrown. */
  isClean: () => false,
};
