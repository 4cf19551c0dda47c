import type { TopicLayout } from '../log/index.ts';
import { groupPk } from './group-item.ts';
import type { GroupParts } from './group-store.ts';
import { checkPartition, checkTopicId, layoutsOf } from './layouts.ts';
import { checkOffset } from './limits.ts';
import {
  type CommittedOffset,
  type LedgerOffsets,
  OFFSETS_PREFIX,
  offsetsKey,
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
  /** 0 to 2^53-1. */
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

/** All that a group has committed, of topics that exist as they did then, by topic, then partition. */
export async function readPositions(
  parts: GroupParts,
  directory: TopicDirectory,
  group: string,
): Promise<CommittedPosition[]> {
  const stored = await readStored(parts, group);
  const layouts = await liveLayouts(directory, stored);
  return stored
    .flatMap((offsets) => positionsOf(offsets, layouts.get(offsets.topicId)))
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
}

/** What a group has committed of one topic, by partition. Units: one read of each ledger's item. */
export async function readTopicPositions(
  parts: GroupParts,
  group: string,
  layout: TopicLayout,
): Promise<CommittedPosition[]> {
  const ledgers = Math.ceil(layout.partitions / layout.width);
  const keys = Array.from({ length: ledgers }, (_, ledger) => offsetsKey(group, layout.topicId, ledger));
  const items = await parts.items.getMany(keys);
  return items
    .flatMap((item, i) => (item ? positionsOf(parseOffsetsItem(keys[i]!.sk, item), layout) : []))
    .sort((a, b) => a.partition - b.partition);
}

/** All of a group's offsets items, those of topics that are gone included. */
export async function readStored(parts: GroupParts, group: string): Promise<StoredOffsets[]> {
  return (await queryAll(parts, group)).map(({ sk, item }) => parseOffsetsItem(sk, item));
}

async function queryAll({ items }: GroupParts, group: string) {
  const pk = groupPk(group);
  const prefix = OFFSETS_PREFIX;
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

function positionsOf(offsets: StoredOffsets, layout: TopicLayout | undefined): CommittedPosition[] {
  if (!layout) return [];
  const { topic, topicId, ledger } = offsets;
  return [...offsets.slots].map(([slot, committed]) => {
    return { ...committed, topic, topicId, partition: ledger * layout.width + slot };
  });
}
