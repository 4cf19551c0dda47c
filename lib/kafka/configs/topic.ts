import { INERT_SETTINGS, TOPIC_SETTINGS } from '../../topic/index.ts';
import { CONFIG_SOURCE, CONFIG_TYPE, type ConfigType, type Described, type Shown } from './model.ts';

/** A topic setting with what Kafka says of it beside its value. */
interface Setting {
  readonly name: string;
  readonly default: string;
  readonly type: ConfigType;
  /** The broker's setting that gives Kafka's topics their default. Source: ServerTopicConfigSynonyms. */
  readonly synonym: string;
  readonly about: string;
}

const TYPES: Readonly<Record<string, ConfigType>> = {
  'cleanup.policy': CONFIG_TYPE.LIST,
  'compression.type': CONFIG_TYPE.STRING,
  'follower.replication.throttled.replicas': CONFIG_TYPE.LIST,
  'index.interval.bytes': CONFIG_TYPE.INT,
  'leader.replication.throttled.replicas': CONFIG_TYPE.LIST,
  'max.message.bytes': CONFIG_TYPE.INT,
  'message.timestamp.type': CONFIG_TYPE.STRING,
  'millrace.partitions.per.ledger': CONFIG_TYPE.INT,
  'min.cleanable.dirty.ratio': CONFIG_TYPE.DOUBLE,
  'min.insync.replicas': CONFIG_TYPE.INT,
  preallocate: CONFIG_TYPE.BOOLEAN,
  'remote.storage.enable': CONFIG_TYPE.BOOLEAN,
  'segment.bytes': CONFIG_TYPE.INT,
  'segment.index.bytes': CONFIG_TYPE.INT,
  'unclean.leader.election.enable': CONFIG_TYPE.BOOLEAN,
};

/** Those that do not only get `log.` before their names. */
const SYNONYMS: Readonly<Record<string, string>> = {
  'compression.type': 'compression.type',
  'delete.retention.ms': 'log.cleaner.delete.retention.ms',
  'file.delete.delay.ms': 'log.segment.delete.delay.ms',
  'flush.messages': 'log.flush.interval.messages',
  'flush.ms': 'log.flush.interval.ms',
  'max.compaction.lag.ms': 'log.cleaner.max.compaction.lag.ms',
  'max.message.bytes': 'message.max.bytes',
  'min.cleanable.dirty.ratio': 'log.cleaner.min.cleanable.ratio',
  'min.compaction.lag.ms': 'log.cleaner.min.compaction.lag.ms',
  'min.insync.replicas': 'min.insync.replicas',
  'segment.index.bytes': 'log.index.size.max.bytes',
  'segment.jitter.ms': 'log.roll.jitter.ms',
  'segment.ms': 'log.roll.ms',
  'unclean.leader.election.enable': 'unclean.leader.election.enable',
};

const INERT_ABOUT = 'Kept for tools that ask for it. It has no effect here.';

const SETTINGS: readonly Setting[] = [
  ...TOPIC_SETTINGS.map(({ name, value, about }) => settingOf(name, value, about)),
  ...INERT_SETTINGS.map((inert) => settingOf(inert.name, inert.default, INERT_ABOUT)),
].sort((a, b) => (a.name < b.name ? -1 : 1));

/** Settings that are lists: values can be added to them, and taken out. */
export const LIST_SETTINGS: ReadonlySet<string> = new Set(
  SETTINGS.filter(({ type }) => type === CONFIG_TYPE.LIST).map(({ name }) => name),
);

/** All settings of a topic, set or not, by name. `names`: those alone. */
export function describeTopicConfigs(
  config: Readonly<Record<string, string>>,
  shown: Shown,
  names?: ReadonlySet<string>,
): Described[] {
  return SETTINGS.filter(({ name }) => !names || names.has(name)).map((setting) => describe(setting, config, shown));
}

function describe(setting: Setting, config: Readonly<Record<string, string>>, shown: Shown): Described {
  const { name, type, about, synonym } = setting;
  const own = Object.hasOwn(config, name) ? config[name] : undefined;
  const set = own === undefined ? [] : [{ name, value: own, source: CONFIG_SOURCE.TOPIC }];
  const standard = { name: synonym, value: setting.default, source: CONFIG_SOURCE.DEFAULT };
  return {
    name,
    value: own ?? setting.default,
    readOnly: false,
    configSource: own === undefined ? CONFIG_SOURCE.DEFAULT : CONFIG_SOURCE.TOPIC,
    isSensitive: false,
    synonyms: shown.synonyms ? [...set, standard] : [],
    configType: type,
    documentation: shown.documentation ? about : null,
  };
}

function settingOf(name: string, value: string, about: string): Setting {
  return {
    name,
    default: value,
    type: TYPES[name] ?? CONFIG_TYPE.LONG,
    synonym: SYNONYMS[name] ?? (name.startsWith('millrace.') ? name : `log.${name}`),
    about,
  };
}
