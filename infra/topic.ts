import type { Duration } from 'aws-cdk-lib';
import { PARTITIONS_MAX, parseTopicConfig } from '../lib/topic/index.ts';
import { demand, PlatformConfigError } from './errors.ts';

export interface TopicProps {
  /** Default 4. It can grow later, never shrink. */
  readonly partitions?: number;
  /** How long events are kept. Default: seven days. */
  readonly retention?: Duration | 'ever';
  /** Keep the latest event of each key. Default: false. */
  readonly compacted?: boolean;
  /** Further settings by Kafka's names, such as `max.message.bytes`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What is declared of a topic: see lib/declaration. */
export interface DeclaredTopic {
  readonly partitions: number;
  readonly settings: Readonly<Record<string, string>>;
}

const PARTITIONS_DEFAULT = 4;
const TOPIC_NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/** @throws PlatformConfigError that says what to write instead */
export function declaredTopic(name: string, props: TopicProps): DeclaredTopic {
  const { partitions = PARTITIONS_DEFAULT, retention, compacted } = props;
  demand(
    TOPIC_NAME.test(name) && name !== '.' && name !== '..',
    `"${name}" is no name for a topic: write 1 to 249 letters, digits, dots, dashes and underscores.`,
  );
  demand(
    Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX,
    `Topic "${name}": ${partitions} is no number of partitions: write a whole number from 1 to ${PARTITIONS_MAX}.`,
  );
  const settings: Record<string, string> = {
    ...(retention && { 'retention.ms': retention === 'ever' ? '-1' : String(retention.toMilliseconds()) }),
    ...(compacted !== undefined && { 'cleanup.policy': compacted ? 'compact' : 'delete' }),
    ...props.settings,
  };
  try {
    parseTopicConfig(settings);
  } catch (thrown) {
    throw new PlatformConfigError(`Topic "${name}": ${(thrown as Error).message}`);
  }
  return { partitions, settings };
}
