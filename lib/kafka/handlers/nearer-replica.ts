import type { View } from '../cluster/index.ts';
import type { Wanted } from '../fetch/index.ts';
import type { HandlerContext } from '../handler.ts';

/** Of the partitions that are wanted, which gateway in the consumer's zone has them as well (KIP-392); by place. */
export async function nearerReplicas(
  wanted: readonly Wanted[],
  rackId: string,
  { parts, session }: HandlerContext,
): Promise<readonly (number | undefined)[]> {
  if (rackId === '') return [];
  const view = await parts.cluster.view(session);
  if (!view.brokers.some(({ id, rack }) => id !== view.self.id && rack === rackId)) return [];
  return Promise.all(wanted.map((one) => nearerReplica(one, rackId, view, parts)));
}

async function nearerReplica(
  { topic, partition }: Wanted,
  rackId: string,
  view: View,
  { topics }: HandlerContext['parts'],
): Promise<number | undefined> {
  const found = await topics.layout(topic);
  // What is not there is told here.
  if (!found || partition < 0 || partition >= found.partitions) return undefined;
  return view.nearerReplica({ topicId: found.topicId, partition, width: found.width }, rackId);
}
