import type { TopicDirectory } from '../group/index.ts';
import type { PartitionRef } from '../log/index.ts';
import { TopicError } from '../topic/index.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Where partitions lie, and the names of their topics by id. @throws TopicError topic_unknown, partition_unknown */
export async function located(
  directory: TopicDirectory,
  partitions: readonly TopicPartition[],
): Promise<{ refs: PartitionRef[]; names: Map<string, string> }> {
  const names = new Map<string, string>();
  const refs: PartitionRef[] = [];
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const layouts = await Promise.all(topics.map((topic) => directory.layout(topic)));
  for (const { topic, partition } of partitions) {
    const layout = layouts[topics.indexOf(topic)];
    if (!layout) throw new TopicError('topic_unknown', `Topic "${topic}" does not exist.`);
    if (!Number.isInteger(partition) || partition < 0 || partition >= layout.partitions)
      throw new TopicError('partition_unknown', `Topic "${topic}" has no partition ${partition}.`);
    const { topicId, width } = layout;
    names.set(topicId, topic);
    refs.push({ topicId, width, partition });
  }
  return { refs, names };
}
