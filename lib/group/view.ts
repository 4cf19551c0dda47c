import type { AssignorName } from './assign.ts';
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
  readonly subscription: Subscription;
  readonly target: readonly TopicPartitions[];
  /** Wall time at which its session ends unless it is heard of. */
  readonly deadlineMs: number;
  /** A static member between two runs. */
  readonly away: boolean;
}

export interface GroupDescription {
  readonly group: string;
  /** `reconciling` while partitions are still to change hands. */
  readonly state: 'empty' | 'stable' | 'reconciling';
  readonly generation: number;
  readonly assignor: AssignorName;
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

export function describeGroup(group: string, state: GroupState): GroupDescription {
  const members = [...state.members.values()];
  const names = namesOf(state);
  return {
    group,
    state: members.length === 0 ? 'empty' : members.every(isSettled) ? 'stable' : 'reconciling',
    generation: state.groupEpoch,
    assignor: assignorOf(state),
    members: members.map((member) => ({
      ...assignmentOf(state, member),
      instanceId: member.instanceId,
      clientId: member.clientId,
      subscription: member.subscription,
      target: listed(member.target, names),
      deadlineMs: member.deadlineMs,
      away: member.away,
    })),
  };
}

function namesOf(state: GroupState): ReadonlyMap<string, string> {
  return new Map([...state.topics].map(([name, { topicId }]) => [topicId, name]));
}

function listed(set: PartitionSet, names: ReadonlyMap<string, string>): TopicPartitions[] {
  return [...set].map(([topicId, partitions]) => ({ topic: names.get(topicId), topicId, partitions }));
}
