import { readOutcomes, type TopicLayout, transactionName } from '../log/index.ts';
import { groupPk } from './group-item.ts';
import type { GroupParts } from './group-store.ts';
import { checkPartition, checkTopicId, layoutsOf } from './layouts.ts';
import { checkOffset } from './limits.ts';
import {
  type CommittedOffset,
  isYoungest,
  type LedgerOffsets,
  OFFSETS_PREFIX,
  offsetsPrefix,
  parseOffsetsItem,
  type StoredOffsets,
} from './offsets-item.ts';
import type { TopicDirectory } from './port.ts';

/** An offset to commit: that of the next record that the group shall read. */
export interface OffsetToCommit {
  readonly topic: string;
  /** Where given, the topic of the name must still be this one, and not a later one. */
  readonly topicId?: string | undefined;
  readonly partition: number;
  /** Up to 2^53-1; below 0 it says nothing to whoever reads on: see `reached`. */
  readonly offset: number;
  /** At most 4,096 bytes. */
  readonly metadata?: string | undefined;
  readonly leaderEpoch?: number | undefined;
}

/** An offset that a group has committed. */
export interface CommittedPosition extends CommittedOffset {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
}

/**
 * Checks offsets and sorts them by ledger; where a partition comes twice, the later one stands.
 * @throws GroupError offset_invalid, metadata_too_large, topic_unknown, partition_unknown
 */
export async function byLedger(
  directory: TopicDirectory,
  offsets: readonly OffsetToCommit[],
): Promise<readonly LedgerOffsets[]> {
  for (const { offset, metadata } of offsets) checkOffset(offset, metadata);
  const names = new Set(offsets.map(({ topic }) => topic));
  const layouts = await layoutsOf(directory, names);
  const ledgers = new Map<string, LedgerOffsets & { slots: Map<number, Omit<CommittedOffset, 'timeMs'>> }>();
  for (const { topic, topicId: wanted, partition, offset, metadata, leaderEpoch } of offsets) {
    const layout = layouts.get(topic)!;
    checkTopicId(topic, layout, wanted);
    checkPartition(topic, layout, partition);
    const { topicId, width } = layout;
    const ledger = Math.floor(partition / width);
    const name = `${topicId}/${ledger}`;
    const known = ledgers.get(name) ?? { topic, topicId, ledger, firstPartition: ledger * width, slots: new Map() };
    known.slots.set(partition % width, { offset, metadata, leaderEpoch });
    ledgers.set(name, known);
  }
  return [...ledgers.values()];
}

/** Those from which the group can go on: an offset below 0, which Kafka's clients may commit, is none to all others. */
export function reached(positions: readonly CommittedPosition[]): readonly CommittedPosition[] {
  return positions.filter(({ offset }) => offset >= 0);
}

/** What a group has committed, and where a transaction that has not ended may still change it. */
export interface StablePositions {
  readonly positions: readonly CommittedPosition[];
  readonly unstable: readonly { readonly topic: string; readonly partition: number }[];
}

/** All that a group has committed, of topics that exist as they did then, by topic, then partition. */
export async function readPositions(
  parts: GroupParts,
  directory: TopicDirectory,
  group: string,
): Promise<StablePositions> {
  const stored = await readStored(parts, group);
  const layouts = await liveLayouts(directory, stored);
  const { positions, unstable } = joined(
    await Promise.all(stored.map((offsets) => positionsOf(parts, offsets, layouts.get(offsets.topicId)))),
  );
  const sorted = positions.sort((a, b) => {
    return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;
  });
  return { positions: sorted, unstable };
}

/**
 * What a group has committed of one topic, by partition; of partitions, too, that were added since the layout was seen: who is
 * told that there is nothing of one begins anew in it. Units: a query of what the ledgers' items weigh.
 */
export async function readTopicPositions(
  parts: GroupParts,
  group: string,
  layout: TopicLayout,
): Promise<StablePositions> {
  const stored = await queryAll(parts, group, offsetsPrefix(layout.topicId));
  const found = stored.map(({ sk, item }) => parseOffsetsItem(sk, item));
  const { positions, unstable } = joined(
    await Promise.all(found.map((offsets) => positionsOf(parts, offsets, layout))),
  );
  return { positions: positions.sort((a, b) => a.partition - b.partition), unstable };
}

/** All of a group's offsets items, those of topics that are gone included. */
export async function readStored(parts: GroupParts, group: string): Promise<StoredOffsets[]> {
  return (await queryAll(parts, group)).map(({ sk, item }) => parseOffsetsItem(sk, item));
}

async function queryAll({ items }: GroupParts, group: string, prefix = OFFSETS_PREFIX) {
  const pk = groupPk(group);
  let page = await items.query(pk, { prefix });
  const all = page.items;
  while (page.next !== undefined) {
    page = await items.query(pk, { prefix, after: page.next });
    all.push(...page.items);
  }
  return all;
}

/** Topic id → layout, of those topics that have the id that their offsets were committed under. */
async function liveLayouts(
  directory: TopicDirectory,
  stored: readonly StoredOffsets[],
): Promise<ReadonlyMap<string, TopicLayout>> {
  const names = [...new Set(stored.map(({ topic }) => topic))];
  const layouts = await Promise.all(names.map((name) => directory.layout(name)));
  return new Map(layouts.flatMap((layout) => (layout ? [[layout.topicId, layout]] : [])));
}

/** What was decided of a transaction counts, though it may not have been carried out here yet. */
async function positionsOf(
  { items }: GroupParts,
  stored: StoredOffsets,
  layout: TopicLayout | undefined,
): Promise<StablePositions> {
  const { topic, topicId, ledger, slots, pending, open } = stored;
  if (!layout) return { positions: [], unstable: [] };
  const outcomes = await readOutcomes(items, open);
  const current = new Map(slots);
  const unstable = new Set<number>();
  const inOrder = [...pending].sort((a, b) => (a.announced?.rank ?? 0) - (b.announced?.rank ?? 0));
  for (const one of inOrder) {
    const { slot, offset, metadata, leaderEpoch } = one;
    const outcome = outcomes.get(transactionName(one));
    const timeMs = slots.get(slot)?.timeMs ?? 0;
    if (outcome === undefined) unstable.add(slot);
    else if (outcome === 'commit' && isYoungest(stored, one)) {
      current.set(slot, { offset, metadata, leaderEpoch, timeMs });
    }
  }
  const partitionOf = (slot: number) => ledger * layout.width + slot;
  return {
    positions: [...current].map(([slot, one]) => ({ ...one, topic, topicId, partition: partitionOf(slot) })),
    unstable: [...unstable].map((slot) => ({ topic, partition: partitionOf(slot) })),
  };
}

function joined(parts: readonly StablePositions[]) {
  return {
    positions: parts.flatMap(({ positions }) => positions),
    unstable: parts.flatMap(({ unstable }) => unstable),
  };
}
