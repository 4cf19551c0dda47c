import { TopicError, type Topics } from '../topic/index.ts';
import { topicChanges } from './changes.ts';
import type { DeclaredTopic } from './model.ts';
import type { Brought, ThingOperations } from './settle.ts';

/** How a declared topic comes true. A topic is never deleted by a declaration: its events would be gone. */
export function topicOperations(topics: Topics): ThingOperations<DeclaredTopic> {
  return {
    kind: 'topic',
    bring: (name, last, next) => bring(topics, name, last, next),
    withdraw: (name) => withdraw(topics, name),
  };
}

async function bring(
  topics: Topics,
  name: string,
  last: DeclaredTopic | undefined,
  next: DeclaredTopic,
): Promise<Brought<DeclaredTopic>> {
  if (!(await topics.layout(name))) {
    const made = await create(topics, name, next);
    if (made) return made;
  }
  const present = await topics.describe(name);
  const { settings, partitions, refused } = topicChanges(last, next, present);
  const changed = Object.keys(settings);
  if (changed.length > 0) await topics.alter(name, settings);
  if (partitions !== undefined) await topics.addPartitions(name, partitions);
  // The number that was refused is not what holds: it is refused again until the declaration is right.
  if (refused !== undefined) {
    return { is: 'refused', why: `Topic "${name}": ${refused}`, holds: { ...next, partitions: last?.partitions } };
  }
  if (changed.length === 0 && partitions === undefined) {
    return { is: 'kept', why: `Topic "${name}" is as declared.`, holds: next };
  }
  const what = [...changed, ...(partitions === undefined ? [] : [`${partitions} partitions`])].join(', ');
  return { is: 'changed', why: `Topic "${name}" was changed: ${what}.`, holds: next };
}

/** Undefined where somebody else made it at the same moment. */
async function create(topics: Topics, name: string, next: DeclaredTopic): Promise<Brought<DeclaredTopic> | undefined> {
  const { partitions, settings } = next;
  try {
    const made = await topics.create(name, { ...(partitions !== undefined && { partitions }), config: settings });
    return { is: 'created', why: `Topic "${name}" was made with ${made.partitions} partitions.`, holds: next };
  } catch (thrown) {
    if (thrown instanceof TopicError && thrown.code === 'topic_exists') return undefined;
    throw thrown;
  }
}

async function withdraw(topics: Topics, name: string): Promise<{ is: 'kept'; why: string }> {
  const there = await topics.layout(name);
  const why = there
    ? `Topic "${name}" is no longer declared. It stays with its events; to delete both: millrace topic delete ${name}.`
    : `Topic "${name}" is no longer declared, and was deleted before.`;
  return { is: 'kept', why };
}
