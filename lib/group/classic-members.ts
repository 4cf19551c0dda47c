import { classicHolder, instanceFenced, memberUnknown } from './classic.ts';
import { finishJoin, withoutClassicMembers } from './classic-rebalance.ts';
import {
  type ClassicGroup,
  type ClassicMember,
  type ClassicState,
  isClassic,
  NO_BYTES,
  withClassic,
  withClassicMember,
} from './classic-state.ts';
import { GroupError } from './errors.ts';
import { leave, type Outcome, sweep } from './membership.ts';
import type { GroupState } from './state.ts';

/*
 * What members of the classic protocol do once they have joined: fetch or give assignments, say that they live, commit,
 * leave. Functions of (state, request, nowMs), as joining is.
 */

/** Who acts, and in which generation it believes to be. */
export interface ClassicActor {
  readonly memberId: string;
  readonly generation: number;
  readonly instanceId?: string | undefined;
}

/** SyncGroup. The leader brings everyone's assignment. */
export interface ClassicSync extends ClassicActor {
  /** What the member was told that it joined by; checked where it is given (KIP-559). */
  readonly protocolType?: string | undefined;
  readonly protocol?: string | undefined;
  /** Member id → bytes. Only the leader's count; who is left out gets none. */
  readonly assignments: ReadonlyMap<string, Uint8Array>;
}

export interface SyncedMember {
  readonly protocolType: string;
  readonly protocol: string;
  readonly assignment: Uint8Array;
}

/**
 * Notes that a member wants its assignment and, where it is the leader, what all get.
 *
 * Errors in the outcome: member_unknown, instance_fenced, group_generation_illegal, group_rebalancing,
 * group_inconsistent_protocol.
 */
export function syncClassic(before: GroupState, request: ClassicSync, nowMs: number): Outcome<undefined> {
  const swept = sweep(before, nowMs);
  const found = acting(swept, request);
  if (found instanceof GroupError) return { state: swept, answer: found };
  const { state, member } = found;
  const { phase, leader } = state.classic;
  const mismatch = protocolMismatch(state.classic, request);
  if (mismatch) return { state, answer: mismatch };
  if (phase === 'joining') return { state: touched(state, member, nowMs), answer: rebalancing(request) };
  const assigned = phase === 'syncing' && leader === member.id ? assignAll(state, request.assignments, nowMs) : state;
  return {
    state: synced(touched(assigned, assigned.classic.members.get(member.id)!, nowMs), member.id),
    answer: undefined,
  };
}

function assignAll(state: ClassicState, assignments: ReadonlyMap<string, Uint8Array>, nowMs: number): ClassicState {
  const members = new Map<string, ClassicMember>();
  for (const [id, member] of state.classic.members) {
    // Followers have waited for the leader, not slept: their sessions begin when they can go on.
    const deadlineMs = member.synced ? nowMs + member.sessionTimeoutMs : member.deadlineMs;
    members.set(id, { ...member, deadlineMs, assignment: assignments.get(id) ?? NO_BYTES });
  }
  return withClassic(state, { phase: 'stable', members });
}

function synced(state: ClassicState, memberId: string): ClassicState {
  const member = state.classic.members.get(memberId)!;
  const noted = member.synced ? state : withClassicMember(state, { ...member, synced: true });
  const { phase, byMs, members } = noted.classic;
  // Whoever never asks for its assignment, though its heart beats, would hold partitions that nobody reads.
  const all = phase === 'stable' && [...members.values()].every((one) => one.synced);
  return all && byMs > 0 ? withClassic(noted, { byMs: 0, byWithinMs: 0 }) : noted;
}

function protocolMismatch(group: ClassicGroup, { protocolType, protocol }: ClassicSync): GroupError | undefined {
  const sameType = protocolType === undefined || protocolType === group.protocolType;
  if (sameType && (protocol === undefined || group.protocol === undefined || protocol === group.protocol))
    return undefined;
  return new GroupError(
    'group_inconsistent_protocol',
    `The generation is of type "${group.protocolType}" and protocol "${group.protocol}", not "${protocolType}" and "${protocol}".`,
  );
}

/** The answer to a member that synced in this generation; undefined while its leader is still to assign. */
export function syncAnswer(state: GroupState, actor: ClassicActor): SyncedMember | GroupError | undefined {
  const found = acting(state, actor);
  // The generation was over before its leader had assigned, and so it came to nothing.
  if (found instanceof GroupError) return found.code === 'group_generation_illegal' ? rebalancing(actor) : found;
  const { phase, protocolType, protocol } = found.state.classic;
  if (phase === 'joining') return rebalancing(actor);
  if (phase !== 'stable') return undefined;
  return { protocolType, protocol: protocol ?? '', assignment: found.member.assignment };
}

/** Lets the member's session last; `group_rebalancing` in the outcome asks it to join again, and is no failure. */
export function heartbeatClassic(before: GroupState, actor: ClassicActor, nowMs: number): Outcome<undefined> {
  const swept = sweep(before, nowMs);
  const found = acting(swept, actor);
  if (found instanceof GroupError) return { state: swept, answer: found };
  const state = touched(found.state, found.member, nowMs);
  return { state, answer: state.classic.phase === 'joining' ? rebalancing(actor) : undefined };
}

/** Keeps alive a member whose request is being held, whatever generation it is in. */
export function keepClassicAlive(before: GroupState, memberId: string, nowMs: number): GroupState {
  const state = sweep(before, nowMs);
  const member = state.classic?.members.get(memberId);
  return member && isClassic(state) ? touched(state, member, nowMs) : state;
}

/** The member, if it may commit now; the state must be swept. Until it has its assignment it may not. */
export function committingMember(state: GroupState, actor: ClassicActor): ClassicMember | GroupError {
  const found = acting(state, actor);
  if (found instanceof GroupError) return found;
  return found.state.classic.phase === 'syncing' ? rebalancing(actor) : found.member;
}

/** Who leaves: a member by its id, or, with an empty one, whoever has the instance id now. */
export interface Leaver {
  readonly memberId: string;
  readonly instanceId?: string | undefined;
}

/** Members of either kind leave; the answer has what is wrong with each, or undefined. */
export function leaveAll(
  before: GroupState,
  leavers: readonly Leaver[],
  nowMs: number,
): Outcome<(GroupError | undefined)[]> {
  const swept = sweep(before, nowMs);
  if (!isClassic(swept)) return leaveOtherKind(swept, leavers, nowMs);
  const gone = new Set<string>();
  const answers = leavers.map((leaver) => {
    const id = leavingId(swept, leaver);
    if (id instanceof GroupError) return id;
    gone.add(id);
    return undefined;
  });
  if (gone.size === 0) return { state: swept, answer: answers };
  const left = withoutClassicMembers(swept, gone, nowMs);
  return { state: left.classic.phase === 'joining' ? finishJoin(left, nowMs) : left, answer: answers };
}

function leavingId(state: ClassicState, { memberId, instanceId }: Leaver): string | GroupError {
  const { members, pending } = state.classic;
  const holder = classicHolder(state, instanceId);
  if (instanceId !== undefined) {
    if (!holder) return memberUnknown(memberId);
    return memberId === '' || memberId === holder.id ? holder.id : instanceFenced(instanceId, memberId, holder.id);
  }
  return members.has(memberId) || pending.has(memberId) ? memberId : memberUnknown(memberId);
}

function leaveOtherKind(
  before: GroupState,
  leavers: readonly Leaver[],
  nowMs: number,
): Outcome<(GroupError | undefined)[]> {
  let state = before;
  const answers = leavers.map(({ memberId, instanceId }) => {
    const holder = [...state.members.values()].find((member) => member.instanceId === instanceId);
    const id = memberId === '' && instanceId !== undefined && holder ? holder.id : memberId;
    const outcome = leave(state, { memberId: id, instanceId }, nowMs);
    state = outcome.state;
    return outcome.answer;
  });
  return { state, answer: answers };
}

function acting(
  state: GroupState,
  { memberId, generation, instanceId }: ClassicActor,
): { state: ClassicState; member: ClassicMember } | GroupError {
  const holder = classicHolder(state, instanceId);
  if (holder && holder.id !== memberId) return instanceFenced(instanceId!, memberId, holder.id);
  const member = state.classic?.members.get(memberId);
  if (!member || !isClassic(state) || (instanceId !== undefined && !holder)) return memberUnknown(memberId);
  if (generation === state.classic.generation) return { state, member };
  return new GroupError(
    'group_generation_illegal',
    `Member "${memberId}" acts in generation ${generation}, and the group is in ${state.classic.generation}: join again.`,
  );
}

/** Written only when it moves the deadline by more than a third of the session. */
function touched(state: ClassicState, member: ClassicMember, nowMs: number): ClassicState {
  const deadlineMs = nowMs + member.sessionTimeoutMs;
  if (Math.abs(deadlineMs - member.deadlineMs) <= member.sessionTimeoutMs / 3) return state;
  return withClassicMember(state, { ...member, deadlineMs });
}

function rebalancing({ memberId }: ClassicActor): GroupError {
  return new GroupError('group_rebalancing', `The group is rebalancing: member "${memberId}" is to join again.`);
}
