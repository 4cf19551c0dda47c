import type { PartitionRef, TopicLayout, TransactionRef } from '../log/index.ts';
import { assignedPartitions, subscribedTopics } from './consumer-protocol.ts';
import { type GroupParts, readKnownGroup } from './group-store.ts';
import { sweep } from './membership.ts';
import type { CommittedPosition } from './offsets.ts';
import { reached, readPositions } from './offsets.ts';
import type { LogOffsets, TopicDirectory } from './port.ts';
import { type GroupState, ownedBy } from './state.ts';

/** How far a group is behind in one partition. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** The next record that it will read; undefined where it never committed. */
  readonly committed: number | undefined;
  readonly metadata: string | undefined;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  /** How far members read: a transaction that is open holds them back (`heldBy`). */
  readonly lastStableOffset: number;
  readonly heldBy: TransactionRef | undefined;
  /** Offsets still to be read: those that retention removed do not count. All that there are where nothing is committed. */
  readonly lag: number;
  /** Who has the partition now. */
  readonly memberId: string | undefined;
}

export interface GroupLag {
  /** Sum over the partitions. */
  readonly total: number;
  /** The partitions of all topics that the group subscribes to, or has committed, by topic, then partition. */
  readonly partitions: readonly PartitionLag[];
}

/** See Groups.lag. */
export async function readLag(
  parts: GroupParts,
  directory: TopicDirectory,
  log: LogOffsets,
  group: string,
): Promise<GroupLag> {
  const { state: stored } = await readKnownGroup(parts, group);
  const state = sweep(stored, parts.clock.nowMs());
  const { positions: committed } = await readPositions(parts, directory, group);
  const names = [...new Set([...topicsOf(state), ...committed.map(({ topic }) => topic)])].sort();
  const layouts = await Promise.all(names.map((name) => directory.layout(name)));
  const places = names.flatMap((topic, i) => placesOf(topic, layouts[i]));
  const bounds = await log.offsets(places.map(({ ref }) => ref));

  const positions = new Map(reached(committed).map((position) => [nameOf(position), position]));
  const owners = ownersOf(state, new Map(names.map((name, i) => [name, layouts[i]?.topicId])));
  const partitions = places.map(({ topic, ref }, i): PartitionLag => {
    const position: CommittedPosition | undefined = positions.get(nameOf(ref));
    const { logStartOffset, highWatermark, lastStableOffset, heldBy } = bounds[i]!;
    const from = Math.max(position?.offset ?? logStartOffset, logStartOffset);
    return {
      topic,
      partition: ref.partition,
      committed: position?.offset,
      metadata: position?.metadata,
      logStartOffset,
      highWatermark,
      lastStableOffset,
      heldBy,
      lag: Math.max(0, highWatermark - from),
      memberId: owners.get(nameOf(ref)),
    };
  });
  return { total: partitions.reduce((total, { lag }) => total + lag, 0), partitions };
}

function placesOf(topic: string, layout: TopicLayout | undefined): { topic: string; ref: PartitionRef }[] {
  if (!layout) return [];
  const { topicId, width, partitions } = layout;
  return Array.from({ length: partitions }, (_, partition) => ({ topic, ref: { topicId, width, partition } }));
}

/** Names of the topics that the group's members read, or in a classic group may read. */
function topicsOf({ topics, classic }: GroupState): readonly string[] {
  if (!classic) return [...topics.keys()];
  return [...classic.members.values()].flatMap((member) => subscribedTopics(classic, member));
}

/** `topicIds` has the ids of topics that members of a classic group know by name alone. */
function ownersOf(state: GroupState, topicIds: ReadonlyMap<string, string | undefined>): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const member of state.classic?.members.values() ?? []) {
    for (const { topic, partitions } of assignedPartitions(state.classic!, member)) {
      const topicId = topicIds.get(topic);
      for (const partition of partitions) if (topicId) owners.set(nameOf({ topicId, partition }), member.id);
    }
  }
  for (const member of state.members.values()) {
    for (const set of ownedBy(member)) {
      for (const [topicId, partitions] of set) {
        for (const partition of partitions) owners.set(nameOf({ topicId, partition }), member.id);
      }
    }
  }
  return owners;
}

function nameOf({ topicId, partition }: { readonly topicId: string; readonly partition: number }): string {
  return `${topicId}/${partition}`;
}
