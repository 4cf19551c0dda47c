import { type ClassicGroup, type ClassicMember, isClassic, NO_BYTES } from './classic-state.ts';
import { assignedPartitions, CONSUMER_PROTOCOL, subscribedTopics } from './consumer-protocol.ts';
import { isSettled } from './membership.ts';
import type { PartitionSet } from './partitions.ts';
import type { GroupState, Member, Subscription } from './state.ts';
import { assignorOf } from './target.ts';

/** Some partitions of one topic, ascending. */
export interface TopicPartitions {
  /** Undefined where the group no longer knows the topic: it was deleted, or nobody subscribes to it any more. */
  readonly topic: string | undefined;
  readonly topicId: string;
  readonly partitions: readonly number[];
}

/** What a member is told. */
export interface Assignment {
  readonly memberId: string;
  /** To be sent with the next heartbeat and with commits. It changes whenever what the member holds does. */
  readonly memberEpoch: number;
  /** The group's generation: raised by every change of members, subscriptions or topics. */
  readonly generation: number;
  /** What it may read, and keep. */
  readonly assignment: readonly TopicPartitions[];
  /** What it must stop reading, commit, and then leave out of `ownedPartitions`, within its rebalance time-out. */
  readonly revoking: readonly TopicPartitions[];
  /** There is nothing for it now; it takes over when another leaves. */
  readonly standby: boolean;
  /** It has all that it shall have. While false, heartbeats should come quickly. */
  readonly settled: boolean;
}

export interface MemberDescription extends Assignment {
  readonly instanceId: string | undefined;
  readonly clientId: string | undefined;
  /** Where it connects from, as its protocol tells; HTTP does not. */
  readonly clientHost: string | undefined;
  readonly subscription: Subscription;
  readonly target: readonly TopicPartitions[];
  /** Wall time at which its session ends unless it is heard of. */
  readonly deadlineMs: number;
  /** A static member between two runs. */
  readonly away: boolean;
  /** What clients tell each other through the group, as bytes; of classic members alone. */
  readonly classic: { readonly metadata: Uint8Array; readonly assignment: Uint8Array } | undefined;
}

/**
 * Whose members come by which protocol: `consumer` is KIP-848's and HTTP's, `classic` that of JoinGroup. A group without
 * members is of the kind that its last ones had, and classic where it never had any.
 */
export type GroupKind = 'consumer' | 'classic';

/** `reconciling` while partitions are still to change hands; `joining` and `syncing` are a classic group's ways to that. */
export type GroupPhase = 'empty' | 'stable' | 'reconciling' | 'joining' | 'syncing';

export interface GroupSummary {
  readonly group: string;
  readonly kind: GroupKind;
  readonly state: GroupPhase;
  /** `consumer`; in a classic group what its members say, and empty where it has only offsets. */
  readonly protocolType: string;
}

export interface GroupDescription extends GroupSummary {
  readonly generation: number;
  /** Of a classic group the protocol that its members agreed upon, or nothing. */
  readonly assignor: string;
  readonly members: readonly MemberDescription[];
}

export function assignmentOf(state: GroupState, member: Member): Assignment {
  const names = namesOf(state);
  return {
    memberId: member.id,
    memberEpoch: member.epoch,
    generation: state.groupEpoch,
    assignment: listed(member.assigned, names),
    revoking: listed(member.revoking, names),
    standby: member.target.size === 0 && member.assigned.size === 0,
    settled: isSettled(member),
  };
}

/** What a list says of a group; the state must be swept. */
export function summarizeGroup(group: string, state: GroupState): GroupSummary {
  if (isClassic(state))
    return { group, kind: 'classic', state: state.classic.phase, protocolType: state.classic.protocolType };
  if (state.groupEpoch === 0) return { group, kind: 'classic', state: 'empty', protocolType: '' };
  const members = [...state.members.values()];
  const phase = members.length === 0 ? 'empty' : members.every(isSettled) ? 'stable' : 'reconciling';
  return { group, kind: 'consumer', state: phase, protocolType: CONSUMER_PROTOCOL };
}

/** `topicIds` has the ids of topics by name, for the members of a classic group, which know names alone. */
export function describeGroup(
  group: string,
  state: GroupState,
  topicIds: ReadonlyMap<string, string> = new Map(),
): GroupDescription {
  const summary = summarizeGroup(group, state);
  if (isClassic(state)) {
    const { classic } = state;
    const members = [...classic.members.values()].map((member) => describeClassic(classic, member, topicIds));
    return { ...summary, generation: classic.generation, assignor: classic.protocol ?? '', members };
  }
  const names = namesOf(state);
  return {
    ...summary,
    generation: state.groupEpoch,
    assignor: assignorOf(state),
    members: [...state.members.values()].map((member) => ({
      ...assignmentOf(state, member),
      instanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscription: member.subscription,
      target: listed(member.target, names),
      deadlineMs: member.deadlineMs,
      away: member.away,
      classic: undefined,
    })),
  };
}

/** Names of the topics that a classic group's members have partitions of. */
export function topicsAssigned({ classic }: GroupState): ReadonlySet<string> {
  const names = new Set<string>();
  for (const member of classic?.members.values() ?? []) {
    for (const { topic } of assignedPartitions(classic!, member)) names.add(topic);
  }
  return names;
}

function describeClassic(
  group: ClassicGroup,
  member: ClassicMember,
  topicIds: ReadonlyMap<string, string>,
): MemberDescription {
  const assignment = assignedPartitions(group, member).flatMap(({ topic, partitions }): TopicPartitions[] => {
    const topicId = topicIds.get(topic);
    return topicId === undefined ? [] : [{ topic, topicId, partitions }];
  });
  const { id, instanceId, clientId, clientHost, deadlineMs } = member;
  const stable = group.phase === 'stable';
  return {
    memberId: id,
    memberEpoch: group.generation,
    generation: group.generation,
    assignment,
    revoking: [],
    standby: stable && assignment.length === 0,
    settled: stable,
    instanceId,
    clientId,
    clientHost,
    subscription: { topics: subscribedTopics(group, member) },
    target: assignment,
    deadlineMs,
    away: false,
    classic: {
      metadata: member.protocols.find(({ name }) => name === group.protocol)?.metadata ?? NO_BYTES,
      assignment: member.assignment,
    },
  };
}

function namesOf(state: GroupState): ReadonlyMap<string, string> {
  return new Map([...state.topics].map(([name, { topicId }]) => [topicId, name]));
}

function listed(set: PartitionSet, names: ReadonlyMap<string, string>): TopicPartitions[] {
  return [...set].map(([topicId, partitions]) => ({ topic: names.get(topicId), topicId, partitions }));
}
