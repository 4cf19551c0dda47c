import type { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { suggestion } from '../lib/bytes/index.ts';
import { DEFAULT_LIMITS } from '../lib/record/index.ts';
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
  /** Takes what other topics refused: the largest events that there can be. Default: false. */
  readonly deadLetters?: boolean;
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
  const { partitions = PARTITIONS_DEFAULT, retention, compacted, deadLetters } = props;
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
    ...(deadLetters && { 'max.message.bytes': String(DEFAULT_LIMITS.batchBytesMax) }),
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

/**
 * The topics of a platform, as far as a stack knows them. What names another is a slip more often than not, and would
 * fail the deployment halfway: at synthesis it fails with the nearest name.
 */
export class KnownTopics {
  readonly #declared = new Set<string>();
  readonly #used = new Set<string>();
  readonly #needed: (readonly [what: string, topic: string])[] = [];

  constructor(scope: Construct) {
    scope.node.addValidation({ validate: () => this.#problems() });
  }

  declare(topic: string): void {
    this.#declared.add(topic);
  }

  use(topic: string): void {
    this.#used.add(topic);
  }

  /** `what` begins a sentence that ends in the topic's name. */
  need(what: string, topic: string): void {
    this.#needed.push([what, topic]);
  }

  #problems(): string[] {
    const known = [...this.#declared, ...this.#used];
    const missing = this.#needed.filter(([, topic]) => !known.includes(topic));
    return missing.map(
      ([what, topic]) =>
        `${what} "${topic}", which is not added.${suggestion(topic, known)} Write platform.addTopic('${topic}'), or platform.useTopic('${topic}') for one that is made over REST.`,
    );
  }
}
