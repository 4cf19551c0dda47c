import type { TopicLayout } from '../log/index.ts';
import { TopicError } from '../topic/index.ts';
import { quoted } from './limits.ts';
import type { TopicDirectory } from './port.ts';
import type { KnownTopic } from './state.ts';
import type { Wanted } from './target.ts';

/** @throws TopicError topic_unknown */
export async function layoutOf(directory: TopicDirectory, topic: string): Promise<TopicLayout> {
  const layout = await directory.layout(topic);
  if (!layout) throw new TopicError('topic_unknown', `Topic ${quoted(topic)} does not exist.`);
  return layout;
}

/** Layouts of these topics by name. @throws TopicError topic_unknown */
export async function layoutsOf(
  directory: TopicDirectory,
  topics: Iterable<string>,
): Promise<ReadonlyMap<string, TopicLayout>> {
  const names = [...new Set(topics)];
  const layouts = await Promise.all(names.map((name) => layoutOf(directory, name)));
  return new Map(names.map((name, i) => [name, layouts[i]!]));
}

/** @throws TopicError topic_unknown where the topic meant by `topicId` was deleted, and the name is another's now */
export function checkTopicId(topic: string, layout: TopicLayout, topicId: string | undefined): void {
  if (topicId === undefined || topicId === layout.topicId) return;
  throw new TopicError('topic_unknown', `Topic ${quoted(topic)} of the id ${topicId} does not exist any more.`);
}

/** @throws TopicError partition_unknown unless the topic has this partition */
export function checkPartition(topic: string, layout: TopicLayout, partition: number): void {
  if (Number.isInteger(partition) && partition >= 0 && partition < layout.partitions) return;
  throw new TopicError(
    'partition_unknown',
    `Topic ${quoted(topic)} has no partition ${partition}: it has ${layout.partitions}, counted from 0.`,
  );
}

/**
 * The topics that a group wants, as they are now. Those that do not exist (yet) are left out, and those that only patterns
 * match and that are not to be seen.
 */
export async function lookUp(
  directory: TopicDirectory,
  wanted: Wanted,
  sees: (topic: string) => boolean | Promise<boolean> = () => true,
): Promise<ReadonlyMap<string, KnownTopic>> {
  const names = new Set(wanted.names);
  if (wanted.patterns.length > 0) {
    for (const name of await directory.names()) {
      if (!names.has(name) && wanted.patterns.some((matches) => matches(name)) && (await sees(name))) names.add(name);
    }
  }
  // In one order, whatever the store's: the targets follow from it.
  const ordered = [...names].sort();
  const layouts = await Promise.all(ordered.map((name) => directory.layout(name)));
  const topics = new Map<string, KnownTopic>();
  for (const [i, name] of ordered.entries()) {
    const layout = layouts[i];
    if (layout) topics.set(name, { topicId: layout.topicId, partitions: layout.partitions });
  }
  return topics;
}
