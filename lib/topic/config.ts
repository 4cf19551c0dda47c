import { suggestion } from '../bytes/index.ts';
import { LEDGER_WIDTH_MAX } from '../log/index.ts';
import { CODECS, type Codec, DEFAULT_LIMITS, type TimestampType } from '../record/index.ts';
import { TopicError } from './errors.ts';
import { checkInert, isInert } from './inert.ts';

/** A topic's settings, parsed. Names and meanings are Kafka's topic configurations; differences are said beside them. */
export interface TopicSettings {
  /** How long events are kept, counted from their append, not from their own timestamps. -1: for ever. */
  retentionMs: number;
  /** How much each partition keeps. -1: all. */
  retentionBytes: number;
  compact: boolean;
  /** Whether retention deletes: false for `cleanup.policy=compact` alone. */
  deletes: boolean;
  /** The largest record batch, as it is stored. */
  maxMessageBytes: number;
  timestampType: TimestampType;
  /** How far the times in a producer's batch may lie behind and ahead of the clock here, where it gives them. */
  timestampBeforeMaxMs: number;
  timestampAfterMaxMs: number;
  /** `producer`: batches stay as they come. */
  compression: Codec | 'producer';
  /** How long a compacted topic keeps tombstones after what they delete is gone. */
  deleteRetentionMs: number;
  /** Events younger than this are not compacted by key. */
  minCompactionLagMs: number;
  /** The share of a compacted topic that must be new before it is compacted by key again. */
  minDirtyRatio: number;
  /** Partitions per ledger: fewer for a topic with very many unbatched writers. Fixed when the topic is made. */
  partitionsPerLedger: number;
}

/** One setting: its Kafka name, its default as text, and how text becomes a value. */
interface Definition {
  name: string;
  default: string;
  /** What it does, for `describe`. */
  about: string;
  apply(settings: TopicSettings, text: string): void;
}

/** What `describe` says of a setting. */
export interface ConfigEntry {
  name: string;
  value: string;
  isDefault: boolean;
  about: string;
}

const INERT_ABOUT = 'Kept for tools that ask for it. It has no effect here.';

const FIXED = 'millrace.partitions.per.ledger';

const DEFINITIONS: readonly Definition[] = [
  {
    name: 'retention.ms',
    default: '604800000',
    about: 'How long events are kept after they were appended, in milliseconds; -1 for ever.',
    apply: (settings, text) => (settings.retentionMs = integer('retention.ms', text, -1)),
  },
  {
    name: 'retention.bytes',
    default: '-1',
    about: 'How many bytes each partition keeps; -1 for no limit.',
    apply: (settings, text) => (settings.retentionBytes = integer('retention.bytes', text, -1)),
  },
  {
    name: 'cleanup.policy',
    default: 'delete',
    about: 'delete: retention applies. compact: the latest event per key is kept. compact,delete: both.',
    apply: applyCleanup,
  },
  {
    name: 'max.message.bytes',
    default: '1048588',
    about: 'The largest record batch, in bytes.',
    apply: (settings, text) =>
      (settings.maxMessageBytes = integer('max.message.bytes', text, 0, DEFAULT_LIMITS.batchBytesMax)),
  },
  {
    name: 'message.timestamp.type',
    default: 'CreateTime',
    about: 'CreateTime: events keep the time that their producer gave. LogAppendTime: they get that of their append.',
    apply: (settings, text) =>
      (settings.timestampType = oneOf('message.timestamp.type', text, ['CreateTime', 'LogAppendTime'])),
  },
  {
    name: 'message.timestamp.before.max.ms',
    default: '9223372036854775807',
    about: 'How old the first event of a Kafka producer’s batch may be, in ms, where topics keep producers’ times.',
    apply: (settings, text) => (settings.timestampBeforeMaxMs = integer('message.timestamp.before.max.ms', text, 0)),
  },
  {
    name: 'message.timestamp.after.max.ms',
    default: '3600000',
    about: 'How far in the future events of a Kafka producer may be, in ms, where topics keep producers’ times.',
    apply: (settings, text) => (settings.timestampAfterMaxMs = integer('message.timestamp.after.max.ms', text, 0)),
  },
  {
    name: 'compression.type',
    default: 'producer',
    about: 'producer: batches stay as they come. Else they are stored compressed so.',
    apply: (settings, text) =>
      (settings.compression = oneOf('compression.type', text === 'uncompressed' ? 'none' : text, [
        'producer',
        ...CODECS,
      ])),
  },
  {
    name: 'delete.retention.ms',
    default: '86400000',
    about: 'How long tombstones of a compacted topic stay after what they delete is gone.',
    apply: (settings, text) => (settings.deleteRetentionMs = integer('delete.retention.ms', text, 0)),
  },
  {
    name: 'min.compaction.lag.ms',
    default: '0',
    about: 'Events younger than this are not compacted by key.',
    apply: (settings, text) => (settings.minCompactionLagMs = integer('min.compaction.lag.ms', text, 0)),
  },
  {
    name: 'min.cleanable.dirty.ratio',
    default: '0.5',
    about: 'The share of a compacted topic that must be new before it is compacted again.',
    apply: (settings, text) => (settings.minDirtyRatio = ratio('min.cleanable.dirty.ratio', text)),
  },
  {
    name: FIXED,
    default: String(LEDGER_WIDTH_MAX),
    about: 'Partitions that share one ledger (1 to 32): fewer take more writes per second and cost more. Fixed.',
    apply: (settings, text) => (settings.partitionsPerLedger = integer(FIXED, text, 1, LEDGER_WIDTH_MAX)),
  },
];

const BY_NAME = new Map(DEFINITIONS.map((definition) => [definition.name, definition]));

const CONFIG_NAMES: readonly string[] = DEFINITIONS.map((definition) => definition.name);

/**
 * Parses what was set, over the defaults.
 *
 * @throws TopicError `config_unknown` (with the nearest right name), `config_invalid`
 * @example
 * parseConfig({ 'retention.ms': '3600000' }).retentionMs; // 3600000
 */
export function parseConfig(config: Readonly<Record<string, string>>): TopicSettings {
  for (const [name, value] of Object.entries(config)) {
    requireKnown(name);
    checkInert(name, value);
  }
  const settings = {} as TopicSettings;
  for (const { name, default: value, apply } of DEFINITIONS) apply(settings, config[name] ?? value);
  return settings;
}

/** All settings with their values, for `describe`; of those without effect, the ones that were set. */
export function describeConfig(config: Readonly<Record<string, string>>): ConfigEntry[] {
  const own = DEFINITIONS.map(({ name, default: value, about }) => ({
    name,
    value: config[name] ?? value,
    isDefault: config[name] === undefined,
    about,
  }));
  const inert = Object.entries(config).filter(([name]) => isInert(name));
  return [...own, ...inert.map(([name, value]) => ({ name, value, isDefault: false, about: INERT_ABOUT }))];
}

/** All settings with their defaults, for help. */
export const TOPIC_SETTINGS: readonly ConfigEntry[] = describeConfig({});

/** What is set after a change; null takes a key back to its default. @throws TopicError as `parseConfig` */
export function changeConfig(
  config: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const changed: Record<string, string> = { ...config };
  for (const [name, value] of Object.entries(change)) {
    requireKnown(name);
    if (name === FIXED && value !== (config[FIXED] ?? null)) {
      throw new TopicError('config_invalid', `${FIXED} is fixed when a topic is made. Make a new topic to change it.`);
    }
    if (value === null) delete changed[name];
    else changed[name] = value;
  }
  parseConfig(changed);
  return changed;
}

function requireKnown(name: string): void {
  if (BY_NAME.has(name) || isInert(name)) return;
  const hint = suggestion(name, CONFIG_NAMES) || ` Known are: ${CONFIG_NAMES.join(', ')}.`;
  throw new TopicError('config_unknown', `Topics have no setting '${name}'.${hint}`);
}

function applyCleanup(settings: TopicSettings, text: string): void {
  const policies = text.split(',').map((policy) => policy.trim());
  for (const policy of policies) oneOf('cleanup.policy', policy, ['delete', 'compact']);
  settings.compact = policies.includes('compact');
  settings.deletes = policies.includes('delete');
}

function integer(name: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^-?\d{1,19}$/.test(text.trim()) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : Number.NaN;
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `from ${least} to ${most}`;
  throw new TopicError('config_invalid', `'${name}' takes an integer, ${range}; '${text}' is not.`);
}

function ratio(name: string, text: string): number {
  const value = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new TopicError('config_invalid', `'${name}' takes a number from 0 to 1; '${text}' is not.`);
}

function oneOf<T extends string>(name: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw new TopicError('config_invalid', `'${name}' takes one of ${values.join(', ')}; '${text}' is none of them.`);
}
