/** Partitions of topics: topic id → partition numbers, ascending, never an empty list. Never changed once made. */
export type PartitionSet = ReadonlyMap<string, readonly number[]>;

export const NO_PARTITIONS: PartitionSet = new Map();

/**
 * A set from lists in any order, with repeats.
 *
 * @example
 * partitionSet([['01JD9N5Q6T3M8W0Z4R7XKE2BCF', [2, 0, 2]]]); // → [0, 2]
 */
export function partitionSet(lists: Iterable<readonly [topicId: string, partitions: readonly number[]]>): PartitionSet {
  const joined = new Map<string, readonly number[]>();
  for (const [topicId, partitions] of lists) joined.set(topicId, [...(joined.get(topicId) ?? []), ...partitions]);
  const set = new Map<string, readonly number[]>();
  for (const [topicId, partitions] of joined) {
    if (partitions.length > 0)
      set.set(
        topicId,
        [...new Set(partitions)].sort((a, b) => a - b),
      );
  }
  return set;
}

export function countOf(set: PartitionSet): number {
  let count = 0;
  for (const partitions of set.values()) count += partitions.length;
  return count;
}

export function contains(set: PartitionSet, topicId: string, partition: number): boolean {
  const partitions = set.get(topicId);
  if (!partitions) return false;
  let low = 0;
  let high = partitions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (partitions[middle]! < partition) low = middle + 1;
    else high = middle;
  }
  return partitions[low] === partition;
}

/** Those of `set` for which `keep` is true. */
function filtered(set: PartitionSet, keep: (topicId: string, partition: number) => boolean): PartitionSet {
  const result = new Map<string, readonly number[]>();
  for (const [topicId, partitions] of set) {
    const kept = partitions.filter((partition) => keep(topicId, partition));
    if (kept.length > 0) result.set(topicId, kept);
  }
  return result;
}

export function union(a: PartitionSet, b: PartitionSet): PartitionSet {
  if (a.size === 0) return b;
  return b.size === 0 ? a : partitionSet([...a, ...b]);
}

export function minus(a: PartitionSet, b: PartitionSet): PartitionSet {
  return b.size === 0 ? a : filtered(a, (topicId, partition) => !contains(b, topicId, partition));
}

export function intersection(a: PartitionSet, b: PartitionSet): PartitionSet {
  return filtered(a, (topicId, partition) => contains(b, topicId, partition));
}

export function sameSet(a: PartitionSet, b: PartitionSet): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId);
    if (others?.length !== partitions.length || partitions.some((partition, i) => others[i] !== partition))
      return false;
  }
  return true;
}
