import type { GroupState } from './state.ts';

/** A way to assign that a member can take part in, and what it tells the leader for it: bytes that only clients read. */
export interface ClassicProtocol {
  /** For consumers the assignor's name: `range`, `cooperative-sticky`. */
  readonly name: string;
  readonly metadata: Uint8Array;
}

/** A member by the classic protocol (JoinGroup and SyncGroup): clients assign, the group only brings them together. */
export interface ClassicMember {
  readonly id: string;
  /** Static membership (KIP-345): a restart under the same instance id takes over the place. */
  readonly instanceId: string | undefined;
  readonly clientId: string | undefined;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** In the member's order of preference. */
  readonly protocols: readonly ClassicProtocol[];
  /** What the leader gave it in this generation; empty until then. */
  readonly assignment: Uint8Array;
  /** It has asked to join the generation that is being gathered. */
  readonly joined: boolean;
  /** It has asked for its assignment in this generation. */
  readonly synced: boolean;
  /** Wall time after which its session is over. */
  readonly deadlineMs: number;
}

/**
 * Where a group is between two generations; in brackets Kafka's names.
 * - `empty`: no members [Empty]
 * - `joining`: members are asked to join again, and those who do wait for the rest [PreparingRebalance]
 * - `syncing`: the generation stands; its leader computes assignments, the others wait for theirs [CompletingRebalance]
 * - `stable`: assignments are given [Stable]
 */
export type ClassicPhase = 'empty' | 'joining' | 'syncing' | 'stable';

/** The classic half of a group's state. */
export interface ClassicGroup {
  readonly phase: ClassicPhase;
  /** What kind of client: `consumer`, `connect`. */
  readonly protocolType: string;
  /** The protocol that the members' votes chose in this generation. */
  readonly protocol: string | undefined;
  /** Drawn from the group's epochs, so that none comes twice, whatever kind the group was in between. */
  readonly generation: number;
  /** Who assigns. */
  readonly leader: string | undefined;
  /** While a group that was empty is joining: wall time until which it waits for more members; else 0. */
  readonly joinFromMs: number;
  /** Wall time by which members must have joined, or else synced; 0 where nothing is waited for. */
  readonly byMs: number;
  /** The longest that `byMs` may be from now: what a clock that was set back is noticed by. */
  readonly byWithinMs: number;
  /** Member ids that were handed out and not come back yet (KIP-394) → wall time until which they may. */
  readonly pending: ReadonlyMap<string, number>;
  readonly members: ReadonlyMap<string, ClassicMember>;
}

/** A state that has the classic half. */
export interface ClassicState extends GroupState {
  readonly classic: ClassicGroup;
}

export const NO_BYTES = new Uint8Array(0);

const EMPTY_CLASSIC: ClassicGroup = {
  phase: 'empty',
  protocolType: '',
  protocol: undefined,
  generation: 0,
  leader: undefined,
  joinFromMs: 0,
  byMs: 0,
  byWithinMs: 0,
  pending: new Map(),
  members: new Map(),
};

/** The state as one of classic members; it must have none of the other kind. */
export function asClassic(state: GroupState): ClassicState {
  const { classic } = state;
  return classic ? { ...state, classic } : { ...state, topics: new Map(), classic: EMPTY_CLASSIC };
}

export function isClassic(state: GroupState): state is ClassicState {
  return state.classic !== undefined;
}

export function withClassic(state: ClassicState, changes: Partial<ClassicGroup>): ClassicState {
  return { ...state, classic: { ...state.classic, ...changes } };
}

/** The state with `member` in it, in place of its predecessor of the same id. */
export function withClassicMember(state: ClassicState, member: ClassicMember): ClassicState {
  return withClassic(state, { members: new Map(state.classic.members).set(member.id, member) });
}

/** Members of either kind. */
export function memberCount({ members, classic }: GroupState): number {
  return members.size + (classic?.members.size ?? 0);
}
