import type { PartitionRef } from '../log/index.ts';
import { memberCount } from './classic-state.ts';
import { emptied, notEmpty, writeOffsets } from './commits.ts';
import { GroupError } from './errors.ts';
import { type GroupParts, readGroup } from './group-store.ts';
import { checkPartition, layoutOf } from './layouts.ts';
import { sweep } from './membership.ts';
import { byLedger, reached, readTopicPositions } from './offsets.ts';
import type { LogOffsets, TopicDirectory } from './port.ts';

/**
 * Where a reset goes: the log's start or end, an offset, the first record at or after a time (the end, where there is
 * none), or so many records forward (or, negative, back) from what is committed.
 */
export type ResetTo =
  | 'earliest'
  | 'latest'
  | { readonly offset: number }
  | { readonly timeMs: number }
  | { readonly by: number };

/** What a reset did, or with `dryRun` would do, to one partition. */
export interface ResetPosition {
  readonly partition: number;
  /** What was committed before, if anything. */
  readonly from: number | undefined;
  /** Within [log start, high watermark]. */
  readonly to: number;
}

export interface ResetOptions {
  /** All of the topic's, where it is left out. */
  readonly partitions?: readonly number[] | undefined;
  /** Says what it would do, and does nothing. */
  readonly dryRun?: boolean | undefined;
}

/** Time look-ups under way at once: each may read a page of the log's history. */
const LOOKUPS_AT_ONCE = 16;

/** See Groups.reset. */
export async function resetOffsets(
  parts: GroupParts,
  directory: TopicDirectory,
  log: LogOffsets,
  where: { readonly group: string; readonly topic: string; readonly to: ResetTo } & ResetOptions,
): Promise<ResetPosition[]> {
  const { group, topic, to, dryRun } = where;
  checkTarget(to);
  const layout = await layoutOf(directory, topic);
  const partitions = where.partitions ?? Array.from({ length: layout.partitions }, (_, partition) => partition);
  for (const partition of partitions) checkPartition(topic, layout, partition);
  const used = dryRun ? await usedNow(parts, group) : await emptied(parts, group);
  if (used) throw used;

  const refs = partitions.map((partition) => ({ topicId: layout.topicId, width: layout.width, partition }));
  const { positions } = await readTopicPositions(parts, group, layout);
  const committed = new Map(reached(positions).map(({ partition, offset }) => [partition, offset]));
  const bounds = await log.offsets(refs);
  const wished = await wishedOffsets(log, refs, to, (i) => {
    const before = committed.get(partitions[i]!);
    return { before, topic, partition: partitions[i]!, ...bounds[i]! };
  });
  const moves = partitions.map((partition, i): ResetPosition => {
    const { logStartOffset, highWatermark } = bounds[i]!;
    const offset = Math.min(Math.max(wished[i]!, logStartOffset), highWatermark);
    return { partition, from: committed.get(partition), to: offset };
  });
  if (dryRun) return moves;
  const offsets = moves.map(({ partition, to: offset }) => ({ topic, partition, offset }));
  await writeOffsets(parts, group, 'anyone', await byLedger(directory, offsets));
  return moves;
}

async function usedNow(parts: GroupParts, group: string): Promise<GroupError | undefined> {
  const known = await readGroup(parts, group);
  return known && notEmpty(group, memberCount(sweep(known.state, parts.clock.nowMs())));
}

interface Place {
  readonly before: number | undefined;
  readonly topic: string;
  readonly partition: number;
  readonly logStartOffset: number;
  readonly highWatermark: number;
}

async function wishedOffsets(
  log: LogOffsets,
  refs: readonly PartitionRef[],
  to: ResetTo,
  placeOf: (i: number) => Place,
): Promise<number[]> {
  const wished: number[] = [];
  for (let from = 0; from < refs.length; from += LOOKUPS_AT_ONCE) {
    const some = refs.slice(from, from + LOOKUPS_AT_ONCE);
    wished.push(...(await Promise.all(some.map((ref, i) => wishedOffset(log, ref, to, placeOf(from + i))))));
  }
  return wished;
}

async function wishedOffset(log: LogOffsets, ref: PartitionRef, to: ResetTo, place: Place): Promise<number> {
  if (to === 'earliest') return place.logStartOffset;
  if (to === 'latest') return place.highWatermark;
  if ('offset' in to) return to.offset;
  if ('timeMs' in to) return (await log.offsetForTime(ref, to.timeMs))?.offset ?? place.highWatermark;
  if (place.before !== undefined) return place.before + to.by;
  const { partition, topic } = place;
  throw new GroupError(
    'offset_invalid',
    `Partition ${partition} of "${topic}" can't be moved by ${to.by}: nothing is committed for it. Name the partitions, or reset to an offset.`,
  );
}

function checkTarget(to: ResetTo): void {
  if (typeof to === 'string') return;
  const [name, value] = Object.entries(to)[0] ?? ['nothing', Number.NaN];
  const low = name === 'by' ? Number.MIN_SAFE_INTEGER : 0;
  if (Number.isSafeInteger(value) && value >= low) return;
  throw new GroupError(
    'offset_invalid',
    `A reset to ${name} ${value}: it must be a whole number from ${low} to 2^53-1.`,
  );
}
