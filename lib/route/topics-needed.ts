import { DEFAULT_LIMITS } from '../record/index.ts';
import { TopicError, type Topics } from '../topic/index.ts';
import { type RouteConfig, RouteConfigError } from './config.ts';
import type { SettingProblem } from './setting.ts';

/** Dead letters are few, and are read in the order in which they came. */
const DEAD_LETTER_PARTITIONS = 1;

/** A dead letter is its event with headers more: what just fits its own topic, such as one too large for a sink, fits. */
const DEAD_LETTER_CONFIG = { 'max.message.bytes': String(DEFAULT_LIMITS.batchBytesMax) };

/** What a configuration names that does not exist: topics to read, and the one to produce to. */
export async function missingTopics(topics: Topics, { topics: sources, sink }: RouteConfig): Promise<SettingProblem[]> {
  const named = sources.map((topic) => ({ setting: 'topics', topic }));
  named.push(...(sink.topics ?? []));
  const problems: SettingProblem[] = [];
  for (const { setting, topic } of named) {
    if (!(await topics.layout(topic))) problems.push({ name: setting, error: `"${setting}": ${absent(topic)}` });
  }
  return problems;
}

/** What a topic's absence means, and how to mend it. */
export function absent(topic: string): string {
  return `topic "${topic}" does not exist; create it (millrace topic create ${topic}), or check its name`;
}

/** @throws RouteConfigError that names each topic that is missing */
export async function requireTopics(topics: Topics, config: RouteConfig): Promise<void> {
  const problems = await missingTopics(topics, config);
  if (problems.length > 0) throw new RouteConfigError(problems);
}

/** Makes the topic for dead letters where it is not there, as Kafka Connect does. */
export async function makeDeadLetterTopic(topics: Topics, { policy: { deadLetters } }: RouteConfig): Promise<void> {
  if (!deadLetters || (await topics.layout(deadLetters.topic))) return;
  try {
    await topics.create(deadLetters.topic, { partitions: DEAD_LETTER_PARTITIONS, config: DEAD_LETTER_CONFIG });
  } catch (thrown) {
    // Another made it at the same moment.
    if (!(thrown instanceof TopicError && thrown.code === 'topic_exists')) throw thrown;
  }
}
