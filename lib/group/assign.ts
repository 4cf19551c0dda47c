import { contains, type PartitionSet } from './partitions.ts';

/** Who gets what, decided here and not by a client (KIP-848: server-side assignors). */
export type AssignorName = 'uniform' | 'range';

/** A member as an assignor sees it. */
export interface Candidate {
  readonly id: string;
  /** What members are ordered by: the static instance id where there is one, so that a restart changes nothing. */
  readonly order: string;
  /** Ids of the topics that it subscribes to. */
  readonly topicIds: ReadonlySet<string>;
  /** Its target so far. */
  readonly target: PartitionSet;
  /** What it holds now: to keep it costs nothing. */
  readonly assigned: PartitionSet;
}

/** Member id → its new target. Every candidate has an entry. */
export type Targets = ReadonlyMap<string, PartitionSet>;

interface Holder {
  readonly candidate: Candidate;
  readonly lists: Map<string, number[]>;
  load: number;
}

/**
 * Targets for `candidates` over `topics` (topic id → number of partitions). Every partition that has a subscriber has
 * exactly one; the same input always gives the same answer.
 *
 * - `uniform`: members keep what they have, then counts are evened out. Among members with one subscription they differ
 *   by at most one; among others, no single move would make two members more even.
 * - `range`: per topic, neighbouring partitions in members' order, so that equal partitions of several topics meet at
 *   one member (joins of co-partitioned topics).
 *
 * @example
 * assign('uniform', [{ id: 'a', order: 'a', topicIds: new Set([id]), target: new Map(), assigned: new Map() }], new Map([[id, 4]]));
 */
export function assign(
  name: AssignorName,
  candidates: readonly Candidate[],
  topics: ReadonlyMap<string, number>,
): Targets {
  const ordered = candidates.toSorted((a, b) => compare(a.order, b.order) || compare(a.id, b.id));
  const holders = ordered.map((candidate): Holder => ({ candidate, lists: new Map(), load: 0 }));
  if (name === 'range') giveRanges(holders, topics);
  else giveUniformly(holders, topics);
  return new Map(holders.map((holder) => [holder.candidate.id, settled(holder)]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function settled(holder: Holder): PartitionSet {
  const set = new Map<string, readonly number[]>();
  for (const [topicId, list] of holder.lists) {
    if (list.length > 0)
      set.set(
        topicId,
        list.sort((a, b) => a - b),
      );
  }
  return set;
}

function give(holder: Holder, topicId: string, partition: number): void {
  const list = holder.lists.get(topicId);
  if (list) list.push(partition);
  else holder.lists.set(topicId, [partition]);
  holder.load++;
}

function subscribers(holders: readonly Holder[], topicId: string): Holder[] {
  return holders.filter((holder) => holder.candidate.topicIds.has(topicId));
}

function giveRanges(holders: readonly Holder[], topics: ReadonlyMap<string, number>): void {
  for (const [topicId, partitions] of topics) {
    const takers = subscribers(holders, topicId);
    let next = 0;
    for (const [i, taker] of takers.entries()) {
      const share = Math.floor(partitions / takers.length) + (i < partitions % takers.length ? 1 : 0);
      for (const end = next + share; next < end; next++) give(taker, topicId, next);
    }
  }
}

function giveUniformly(holders: readonly Holder[], topics: ReadonlyMap<string, number>): void {
  const takersOf = new Map([...topics.keys()].map((topicId) => [topicId, subscribers(holders, topicId)]));
  for (const [topicId, partitions] of topics) {
    const takers = takersOf.get(topicId)!;
    const free = keep(takers, topicId, partitions);
    if (takers.length > 0) pour(takers, topicId, free);
  }
  // One move per topic and round, so that what a newcomer gets is spread over the topics too. Each move makes the sum of
  // squares of the loads smaller, so this ends.
  for (let moved = true; moved; ) {
    moved = false;
    for (const [topicId, takers] of takersOf) if (moveOne(takers, topicId)) moved = true;
  }
}

/** Leaves with each taker what its target has of the topic, and returns the partitions that nobody has. */
function keep(takers: readonly Holder[], topicId: string, partitions: number): number[] {
  const taken = new Uint8Array(partitions);
  for (const taker of takers) {
    const { target, assigned } = taker.candidate;
    const had = (target.get(topicId) ?? []).filter((partition) => partition < partitions && taken[partition] === 0);
    // What it does not hold yet goes last, as moves take from the end: a move of it revokes nothing.
    for (const held of [true, false]) {
      for (const partition of had) {
        if (contains(assigned, topicId, partition) !== held) continue;
        taken[partition] = 1;
        give(taker, topicId, partition);
      }
    }
  }
  const free: number[] = [];
  for (let partition = 0; partition < partitions; partition++) if (taken[partition] === 0) free.push(partition);
  return free;
}

/**
 * Gives what is free so that the poorest come first, each its whole share in one run: the stored state is runs, and its
 * size is what a heartbeat and a commit cost.
 */
function pour(takers: readonly Holder[], topicId: string, free: readonly number[]): void {
  const shares = new Map<Holder, number>();
  for (const _ of free) {
    const taker = poorest(takers);
    taker.load++;
    shares.set(taker, (shares.get(taker) ?? 0) + 1);
  }
  let next = 0;
  for (const taker of takers) {
    const share = shares.get(taker) ?? 0;
    taker.load -= share;
    for (const end = next + share; next < end; next++) give(taker, topicId, free[next]!);
  }
}

function poorest(takers: readonly Holder[]): Holder {
  let least = takers[0]!;
  for (const taker of takers) if (taker.load < least.load) least = taker;
  return least;
}

/** Moves one partition of the topic from its richest holder to the poorest subscriber, if that evens them out. */
function moveOne(takers: readonly Holder[], topicId: string): boolean {
  let richest: Holder | undefined;
  for (const taker of takers) {
    const has = (taker.lists.get(topicId)?.length ?? 0) > 0;
    if (has && (!richest || taker.load > richest.load)) richest = taker;
  }
  if (!richest) return false;
  const to = poorest(takers);
  if (richest.load - to.load < 2) return false;
  give(to, topicId, richest.lists.get(topicId)!.pop()!);
  richest.load--;
  return true;
}
