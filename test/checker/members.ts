import type { Evidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { Assign, Commit, Heartbeat, Operation, PartitionName, Revoke } from './history.ts';

type MemberOperation = Operation<Assign> | Operation<Revoke> | Operation<Heartbeat> | Operation<Commit>;

/** A stretch of time in which a member surely had a partition: from an answer that gave it, to a request that proved it. */
interface Holding {
  /** Who it is, and in which process: two that have one id are two. */
  readonly member: string;
  readonly process: string;
  readonly partition: PartitionName;
  readonly assign: Operation<Assign>;
  readonly from: number;
  until: number;
  proof: number;
}

/** Each partition has one member of a group at a time, and only who is a member of the latest generation commits. */
export function checkMembers({ history }: Evidence): Finding[] {
  const groups = new Map<string, MemberOperation[]>();
  for (const operation of history.operations) {
    if (!isMembers(operation)) continue;
    const others = groups.get(operation.group);
    if (others) others.push(operation);
    else groups.set(operation.group, [operation]);
  }
  return [...groups].flatMap(([group, operations]) => [...shared(group, operations), ...fenced(group, operations)]);
}

function isMembers(operation: Operation): operation is MemberOperation {
  return ['assign', 'revoke', 'heartbeat', 'commit'].includes(operation.kind);
}

function shared(group: string, operations: readonly MemberOperation[]): Finding[] {
  // An answer that was long on its way, and nothing after it, proves no moment at which the member had the partition.
  const proven = holdings(operations).filter(({ from, until }) => until > from);
  const byPartition = Map.groupBy(proven, ({ partition }) => partition);
  const findings: Finding[] = [];
  for (const [partition, all] of byPartition) {
    all.sort((a, b) => a.from - b.from);
    let longest: Holding | undefined;
    for (const holding of all) {
      if (longest && !isSame(longest, holding) && holding.from < longest.until) {
        const says = `${partition} of group ${group} was with ${longest.member} and with ${holding.member}`;
        const shown = [longest.assign.id, longest.proof, holding.assign.id, holding.proof];
        findings.push({ anomaly: 'shared-partition', says, operations: shown });
      }
      if (!longest || holding.until > longest.until) longest = holding;
    }
  }
  return findings;
}

function isSame(one: Holding, other: Holding): boolean {
  return one.member === other.member && one.process === other.process;
}

/**
 * A member that was frozen may think that it has a partition which long is another's: only what the group agreed to since
 * the assignment proves that it had it.
 */
function holdings(operations: readonly MemberOperation[]): Holding[] {
  const all: Holding[] = [];
  const current = new Map<string, Map<PartitionName, Holding>>();
  for (const operation of operations) {
    if (operation.member === undefined) continue;
    const who = `${operation.process} ${operation.member}`;
    if (operation.kind === 'heartbeat' && operation.outcome === 'fail') current.delete(who);
    if (operation.outcome !== 'ok') continue;
    const mine = current.get(who) ?? new Map<PartitionName, Holding>();
    current.set(who, mine);
    if (operation.kind === 'revoke') {
      for (const partition of operation.partitions ?? [...mine.keys()]) mine.delete(partition);
    } else if (operation.kind === 'assign') {
      // A new generation is a new beginning: whether it had them all the time in between, nobody told.
      const { member, process, ended: from, generation } = operation;
      for (const [partition, { assign }] of mine) {
        if (assign.generation !== generation || !operation.partitions.includes(partition)) mine.delete(partition);
      }
      for (const partition of operation.partitions) {
        const before = mine.get(partition);
        if (before) prove(before, operation);
        else {
          const holding = { member, process, partition, assign: operation, from, until: from, proof: operation.id };
          mine.set(partition, holding);
          all.push(holding);
        }
      }
    } else {
      for (const holding of mine.values()) prove(holding, operation);
    }
  }
  return all;
}

function prove(holding: Holding, { invoked, id }: MemberOperation): void {
  if (invoked < holding.until) return;
  holding.until = invoked;
  holding.proof = id;
}

/** Accepted although, before it was sent, its member was told that it is none, or a later generation had the partition. */
function fenced(group: string, operations: readonly MemberOperation[]): Finding[] {
  const findings: Finding[] = [];
  const fences = new Fences();
  const ends = operations.filter((one) => one.kind !== 'commit').sort((a, b) => a.ended - b.ended);
  let next = 0;
  for (const commit of operations) {
    for (; next < ends.length && ends[next]!.ended < commit.invoked; next++) fences.add(ends[next]!);
    if (commit.kind !== 'commit' || commit.outcome !== 'ok') continue;
    const fence = fences.of(commit);
    if (!fence) continue;
    const says = `group ${group} accepted offsets of ${commit.member}, generation ${commit.generation}`;
    findings.push({ anomaly: 'fenced-commit', says, operations: [fence, commit.id] });
  }
  return findings;
}

class Fences {
  /** By partition and by member: who had it in the highest generation. */
  readonly #highest = new Map<string, { generation: number; id: number }>();
  /** By member: told that it is none. */
  readonly #gone = new Map<string, { generation: number; id: number }>();

  add(operation: MemberOperation): void {
    if (operation.kind === 'assign' && operation.outcome === 'ok') {
      const { generation, id, member, partitions } = operation;
      for (const name of [`member ${member}`, ...partitions.map((partition) => `partition ${partition}`)]) {
        if (generation > (this.#highest.get(name)?.generation ?? -1)) this.#highest.set(name, { generation, id });
      }
    } else if (operation.kind === 'heartbeat' && operation.outcome === 'fail') {
      this.#gone.set(operation.member, { generation: operation.generation, id: operation.id });
    }
  }

  of({ member, generation, offsets }: Operation<Commit>): number | undefined {
    if (member === undefined || generation === undefined) return undefined;
    const gone = this.#gone.get(member);
    if (gone && generation <= gone.generation) return gone.id;
    for (const name of [`member ${member}`, ...Object.keys(offsets).map((partition) => `partition ${partition}`)]) {
      const highest = this.#highest.get(name);
      if (highest && highest.generation > generation) return highest.id;
    }
    return undefined;
  }
}
