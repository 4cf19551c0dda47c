import type { AssignorName } from './assign.ts';
import type { ClassicGroup } from './classic-state.ts';
import { NO_PARTITIONS, type PartitionSet } from './partitions.ts';

/** What a member wants to read: topics by name, or all whose whole name matches a pattern (see `topicPattern`). */
export type Subscription = { readonly topics: readonly string[] } | { readonly pattern: string };

/** A topic as the group knows it. Its partitions are noticed when the group next looks, within `topicRefreshMs`. */
export interface KnownTopic {
  readonly topicId: string;
  readonly partitions: number;
}

/**
 * A member of a group, after KIP-848. What it may read and commit is `assigned` and `revoking`; nobody else has any of
 * that. Members of the classic protocol are another thing (classic-state.ts).
 */
export interface Member {
  readonly id: string;
  /** Static membership (KIP-345): a restart under the same instance id takes over the place. */
  readonly instanceId: string | undefined;
  readonly clientId: string | undefined;
  /** Where it connects from, as its protocol tells. */
  readonly clientHost: string | undefined;
  readonly subscription: Subscription;
  /** The assignor that it would like; the group uses the one that most ask for. */
  readonly assignor: AssignorName | undefined;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /**
   * Drawn anew whenever what the member holds changes, and never drawn twice in a group: so a condition on this one number
   * fences every commit from before the change. (In KIP-848 a member's epoch is that of the target it converged to, and
   * what it holds may change within one; that is too weak for a store that can't look into the state.)
   */
  readonly epoch: number;
  /** The epoch before: a member whose answer was lost asks again with it. Equal to `epoch` where there was none. */
  readonly previousEpoch: number;
  /** What it shall have in the end. */
  readonly target: PartitionSet;
  /** What it was told to have and may keep. */
  readonly assigned: PartitionSet;
  /** What it was told to give up, and has not yet. */
  readonly revoking: PartitionSet;
  /** Wall time after which its session is over. */
  readonly deadlineMs: number;
  /** Wall time by which `revoking` must be given up; 0 while it is empty. */
  readonly revokeByMs: number;
  /** A static member that went for a restart: it holds nothing, and its target waits for it until the deadline. */
  readonly away: boolean;
}

/** All that a group is, but for its committed offsets. Never changed once made. */
export interface GroupState {
  /** The last epoch that was drawn, by the group or a member. */
  readonly epoch: number;
  /** The epoch in which targets were last computed: the group's generation. */
  readonly groupEpoch: number;
  /** Topics that members subscribe to and that exist, by name. */
  readonly topics: ReadonlyMap<string, KnownTopic>;
  readonly members: ReadonlyMap<string, Member>;
  /**
   * Where the group's members come by the classic protocol, or those that it had last did. A group has members of one
   * kind at a time; while it has none, the next one decides.
   */
  readonly classic: ClassicGroup | undefined;
}

/** A group before its first member. */
export const EMPTY_GROUP: GroupState = {
  epoch: 0,
  groupEpoch: 0,
  topics: new Map(),
  members: new Map(),
  classic: undefined,
};

/** All that a member owns: nobody else may be given any of it. */
export function ownedBy(member: Member): readonly PartitionSet[] {
  return member.revoking.size === 0 ? [member.assigned] : [member.assigned, member.revoking];
}

/** The state with `member` in it, in place of its predecessor of the same id. */
export function withMember(state: GroupState, member: Member): GroupState {
  return { ...state, members: new Map(state.members).set(member.id, member) };
}

/** The state without the members of these ids. */
export function withoutMembers(state: GroupState, ids: ReadonlySet<string>): GroupState {
  return { ...state, members: new Map([...state.members].filter(([id]) => !ids.has(id))) };
}

/** `member` with nothing in its hands, under a new epoch, so that whatever its earlier self still does is fenced. */
export function emptyHanded(member: Member, epoch: number): Member {
  return {
    ...member,
    epoch,
    previousEpoch: epoch,
    assigned: NO_PARTITIONS,
    revoking: NO_PARTITIONS,
    revokeByMs: 0,
  };
}
