import { suggestion } from '../bytes/index.ts';
import type { ErrorPolicy } from './delivery.ts';
import { RouteError } from './errors.ts';
import { type Filter, parseFilter } from './filter.ts';
import { isReferenceAlone } from './secret.ts';
import { withSecrets } from './secret-sink.ts';
import {
  type ConfigTexts,
  isTopicName,
  oneOf,
  oneTopic,
  type Setting,
  type SettingProblem,
  SettingReader,
  setting,
  truth,
  whole,
} from './setting.ts';
import type { ConfiguredSink } from './sink.ts';
import { SINK_KINDS, sinkKind } from './sinks/index.ts';
import { checkTransform } from './transform.ts';

/** A route's configuration, parsed. */
export interface RouteConfig {
  readonly topics: readonly string[];
  readonly filter: Filter | undefined;
  /** A JSONata expression that compiles. */
  readonly transform: string | undefined;
  /** Ledgers that one process works on at the same time. */
  readonly tasksMax: number;
  readonly offsetReset: 'earliest' | 'latest';
  readonly policy: ErrorPolicy;
  readonly sink: ConfiguredSink;
}

/** All that is wrong with one configuration. */
export class RouteConfigError extends RouteError {
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(
      'route_config_invalid',
      `The route's configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}: ${problems.map(({ error }) => error).join('; ')}`,
    );
    this.problems = problems;
  }
}

export const CONNECTOR_NAMES = SINK_KINDS.map(({ name }) => name);

const connectorClass = setting('connector.class', {
  type: 'STRING',
  required: true,
  documentation: `The sink: ${CONNECTOR_NAMES.join(', ')}.`,
  parse: (text) => {
    const found = sinkKind(text);
    if (!found) throw new Error(`there are ${CONNECTOR_NAMES.join(', ')}.${suggestion(text, CONNECTOR_NAMES)}`);
    return found;
  },
});
const topics = setting('topics', {
  type: 'LIST',
  required: true,
  documentation: 'The topics to read, separated by commas. They must exist.',
  parse: (text) => {
    const names = [...new Set(text.split(',').map((one) => one.trim()))];
    const wrong = names.find((one) => !isTopicName(one));
    if (wrong !== undefined) throw new Error(`"${wrong}" is no topic name; names are separated by commas`);
    return names;
  },
});
const filter = setting('filter', {
  type: 'STRING',
  documentation:
    'An EventBridge event pattern over topic, partition, offset, timestamp, timestampMs, key, headers, value.',
  parse: parseFilter,
});
const transform = setting('transform', {
  type: 'STRING',
  documentation:
    'A JSONata expression over the same fields; its result is the value delivered, no result drops the event.',
  parse: checkTransform,
});
const tasksMax = setting('tasks.max', {
  type: 'INT',
  defaultText: '8',
  documentation: 'Ledgers of up to 32 partitions that one process works on at the same time.',
  parse: whole(1, 1_000),
});
const offsetReset = setting('consumer.override.auto.offset.reset', {
  type: 'STRING',
  defaultText: 'earliest',
  documentation: 'Where a partition without a committed position begins: earliest or latest.',
  parse: oneOf('earliest', 'latest'),
});
const tolerance = setting('errors.tolerance', {
  type: 'STRING',
  defaultText: 'none',
  group: 'Error Handling',
  documentation:
    'none: the first event that cannot be delivered fails the task. all: the route goes on without it, which lands in the dead-letter topic; without one it is dropped, and only counted in the status and told to the log.',
  parse: oneOf('none', 'all'),
});
const retryTimeout = setting('errors.retry.timeout', {
  type: 'LONG',
  defaultText: '300000',
  group: 'Error Handling',
  documentation: 'How long, in ms, an event is tried again; -1 for ever.',
  parse: whole(-1, Number.MAX_SAFE_INTEGER),
});
const retryDelayMax = setting('errors.retry.delay.max.ms', {
  type: 'LONG',
  defaultText: '60000',
  group: 'Error Handling',
  documentation: 'The longest pause between two tries, in ms.',
  parse: whole(1, 24 * 60 * 60 * 1_000),
});
const deadTopic = setting('errors.deadletterqueue.topic.name', {
  type: 'STRING',
  group: 'Error Handling',
  documentation:
    'The topic for events that cannot be delivered; needs errors.tolerance=all. Made with one partition where it is not there.',
  parse: oneTopic,
});
const deadHeaders = setting('errors.deadletterqueue.context.headers.enable', {
  type: 'BOOLEAN',
  defaultText: 'true',
  group: 'Error Handling',
  documentation: 'Whether dead letters say in headers what went wrong.',
  parse: truth,
});

const COMMON: readonly Setting<unknown>[] = [
  connectorClass,
  topics,
  filter,
  transform,
  tasksMax,
  offsetReset,
  tolerance,
  retryTimeout,
  retryDelayMax,
  deadTopic,
  deadHeaders,
];

/** Connect repeats the connector's name in its config. */
const NAME = 'name';

/** The settings that a connector takes, its own after the common ones. */
export function settingsOf(connector: string | undefined): readonly Setting<unknown>[] {
  return [...COMMON, ...(sinkKind(connector)?.settings ?? [])];
}

/**
 * Parses a configuration, and says all that is wrong with it at once.
 *
 * @example
 * parseConfig({ 'connector.class': 'webhook', topics: 'orders', 'webhook.url': 'http://127.0.0.1:9000/' }).config;
 */
export function parseConfig(texts: ConfigTexts): {
  config: RouteConfig | undefined;
  problems: readonly SettingProblem[];
} {
  const reader = new SettingReader(texts);
  const connector = reader.read(connectorClass);
  const names = reader.read(topics) ?? [];
  const plain = connector?.read(reader, names);
  const policy = readPolicy(reader, names);
  const [tasks, reset] = [reader.read(tasksMax), reader.read(offsetReset)];
  const [pattern, expression] = [reader.read(filter), reader.read(transform)];
  // Without its sink, which settings it may have cannot be said.
  if (connector) reader.refuseUnknown({ own: connector.settings, common: COMMON }, [NAME]);
  const whole =
    connector && plain && policy && tasks !== undefined && reset !== undefined && reader.problems.length === 0;
  if (!whole) return { config: undefined, problems: reader.problems };
  const config: RouteConfig = {
    topics: names,
    filter: pattern,
    transform: expression,
    tasksMax: tasks,
    offsetReset: reset,
    policy,
    sink: withSecrets(connector, texts, names, plain),
  };
  return { config, problems: [] };
}

/** As parseConfig. @throws RouteConfigError */
export function requireConfig(texts: ConfigTexts): RouteConfig {
  const { config, problems } = parseConfig(texts);
  if (!config) throw new RouteConfigError(problems);
  return config;
}

/** The configuration without its secrets, for all who may see it. Where a secret is can be seen. */
export function maskSecrets(texts: ConfigTexts): Record<string, string> {
  const secret = SINK_KINDS.flatMap(({ settings }) => settings).filter(({ type }) => type === 'PASSWORD');
  const masked = Object.entries(texts).map(([name, text]) => {
    const hidden = secret.some((one) => (one.family ? name.startsWith(one.name) : name === one.name));
    return [name, hidden && !isReferenceAlone(text) ? HIDDEN : text];
  });
  return Object.fromEntries(masked);
}

/** What stands for a secret; a configuration that comes back with it keeps the secret that it has. Connect's own word. */
export const HIDDEN = '[hidden]';

/** Puts the secrets of `before` where `texts` has their masks. */
export function unmaskSecrets(texts: ConfigTexts, before: ConfigTexts): Record<string, string> {
  const masked = maskSecrets(before);
  const entries = Object.entries(texts).map(([name, text]) => [
    name,
    text === HIDDEN && masked[name] === HIDDEN ? before[name] : text,
  ]);
  return Object.fromEntries(entries);
}

function readPolicy(reader: SettingReader, names: readonly string[]): ErrorPolicy | undefined {
  const tolerated = reader.read(tolerance);
  const [retryTimeoutMs, retryDelayMaxMs] = [reader.read(retryTimeout), reader.read(retryDelayMax)];
  const [letters, contextHeaders] = [reader.read(deadTopic), reader.read(deadHeaders)];
  if (letters !== undefined && tolerated === 'none') {
    reader.fail(
      deadTopic.name,
      `"${deadTopic.name}" needs errors.tolerance=all: with none, the first such event fails the task`,
    );
  }
  if (letters !== undefined && names.includes(letters)) {
    reader.fail(deadTopic.name, `"${letters}" is among the topics read: dead letters would come back for ever`);
  }
  if (tolerated === undefined || retryTimeoutMs === undefined || retryDelayMaxMs === undefined) return undefined;
  const deadLetters = letters === undefined ? undefined : { topic: letters, contextHeaders: contextHeaders ?? true };
  return { tolerance: tolerated, retryTimeoutMs, retryDelayMaxMs, deadLetters };
}
