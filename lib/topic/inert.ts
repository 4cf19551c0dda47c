import { TopicError } from './errors.ts';

/**
 * Kafka's topic settings that have no effect here: there are no segment files to roll, no replicas to wait for and no
 * flushes to choose. Tools set them on every topic that they make (Kafka Streams, Connect, MirrorMaker), and ask for them
 * again; so they are checked and kept, and that is all.
 */
export interface InertSetting {
  readonly name: string;
  readonly type: 'boolean' | 'integer' | 'list';
  /** Kafka's own default. */
  readonly default: string;
}

/** Source: TopicConfig and LogConfig of Kafka 4.3. */
export const INERT_SETTINGS: readonly InertSetting[] = [
  { name: 'file.delete.delay.ms', type: 'integer', default: '60000' },
  { name: 'flush.messages', type: 'integer', default: '9223372036854775807' },
  { name: 'flush.ms', type: 'integer', default: '9223372036854775807' },
  { name: 'follower.replication.throttled.replicas', type: 'list', default: '' },
  { name: 'index.interval.bytes', type: 'integer', default: '4096' },
  { name: 'leader.replication.throttled.replicas', type: 'list', default: '' },
  { name: 'local.retention.bytes', type: 'integer', default: '-2' },
  { name: 'local.retention.ms', type: 'integer', default: '-2' },
  { name: 'max.compaction.lag.ms', type: 'integer', default: '9223372036854775807' },
  { name: 'min.insync.replicas', type: 'integer', default: '1' },
  { name: 'preallocate', type: 'boolean', default: 'false' },
  { name: 'remote.storage.enable', type: 'boolean', default: 'false' },
  { name: 'segment.bytes', type: 'integer', default: '1073741824' },
  { name: 'segment.index.bytes', type: 'integer', default: '10485760' },
  { name: 'segment.jitter.ms', type: 'integer', default: '0' },
  { name: 'segment.ms', type: 'integer', default: '604800000' },
  { name: 'unclean.leader.election.enable', type: 'boolean', default: 'false' },
];

const BY_NAME = new Map(INERT_SETTINGS.map((setting) => [setting.name, setting]));

export function isInert(name: string): boolean {
  return BY_NAME.has(name);
}

/** @throws TopicError `config_invalid` where Kafka would not take the value either */
export function checkInert(name: string, text: string): void {
  const type = BY_NAME.get(name)?.type;
  if (type === 'integer' && !/^\s*-?\d{1,19}\s*$/.test(text)) throw invalid(name, 'an integer', text);
  if (type === 'boolean' && !/^\s*(true|false)\s*$/i.test(text)) throw invalid(name, 'true or false', text);
}

function invalid(name: string, right: string, text: string): TopicError {
  return new TopicError('config_invalid', `'${name}' takes ${right}; '${text}' is not.`);
}
