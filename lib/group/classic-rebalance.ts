import {
  type ClassicGroup,
  type ClassicMember,
  type ClassicState,
  isClassic,
  NO_BYTES,
  withClassic,
} from './classic-state.ts';
import type { GroupState } from './state.ts';

/*
 * How a classic group gets from one generation to the next, as functions of (state, nowMs). Source: Kafka's
 * GroupCoordinator (delayed joins and syncs), with deadlines in the state in place of its timers: any request to the
 * group, and whoever waits for it, finds them past and takes the step.
 */

/** Ends sessions and waits that are over, and clamps deadlines that a clock set too far ahead. */
export function sweepClassic(state: GroupState, nowMs: number): GroupState {
  if (!isClassic(state)) return state;
  const clamped = clampDeadlines(state, nowMs);
  const { phase, byMs, members, pending } = clamped.classic;
  const late = byMs > 0 && nowMs > byMs;
  const over = new Set<string>();
  for (const member of members.values()) {
    if (nowMs > member.deadlineMs || (late && isMissed(phase, member))) over.add(member.id);
  }
  for (const [id, untilMs] of pending) if (nowMs > untilMs) over.add(id);
  const left = over.size === 0 ? clamped : withoutClassicMembers(clamped, over, nowMs);
  return left.classic.phase === 'joining' ? finishJoin(left, nowMs) : left;
}

/** Static members keep their place until their session ends, so that a restart costs no rebalance (KIP-345). */
function isMissed(phase: ClassicGroup['phase'], member: ClassicMember): boolean {
  return phase === 'joining' ? !member.joined && member.instanceId === undefined : !member.synced;
}

/** As `clampDeadlines` of the other kind: what is more than two time-outs away was written by a clock since set back. */
function clampDeadlines(state: ClassicState, nowMs: number): ClassicState {
  const { members, byMs, byWithinMs, joinFromMs } = state.classic;
  let clamped = state;
  for (const member of members.values()) {
    if (member.deadlineMs - nowMs <= 2 * member.sessionTimeoutMs) continue;
    const renewed = { ...member, deadlineMs: nowMs + member.sessionTimeoutMs };
    clamped = withClassic(clamped, { members: new Map(clamped.classic.members).set(member.id, renewed) });
  }
  if (byMs - nowMs <= 2 * byWithinMs) return clamped;
  return withClassic(clamped, { byMs: nowMs + byWithinMs, joinFromMs: Math.min(joinFromMs, nowMs + byWithinMs) });
}

/** The state without these members and pending ids; where a member went, the rest begins anew. */
export function withoutClassicMembers(state: ClassicState, ids: ReadonlySet<string>, nowMs: number): ClassicState {
  const { classic } = state;
  const pending = new Map([...classic.pending].filter(([id]) => !ids.has(id)));
  const members = new Map([...classic.members].filter(([id]) => !ids.has(id)));
  const leader = classic.leader !== undefined && members.has(classic.leader) ? classic.leader : undefined;
  const left = withClassic(state, { pending, members, leader });
  if (members.size === classic.members.size) return left;
  return left.classic.phase === 'joining' ? left : beginJoin(left, nowMs);
}

/** Asks all members to join again. Units: nothing is written yet. */
export function beginJoin(state: ClassicState, nowMs: number): ClassicState {
  const { phase, members } = state.classic;
  const again = new Map<string, ClassicMember>();
  for (const [id, member] of members) {
    // Assignments that were under way are void; those of a stable generation are shown until the next one.
    const assignment = phase === 'stable' ? member.assignment : NO_BYTES;
    again.set(id, { ...member, assignment, joined: false, synced: false });
  }
  const byWithinMs = rebalanceMs(members);
  return withClassic(state, { phase: 'joining', members: again, joinFromMs: 0, byMs: nowMs + byWithinMs, byWithinMs });
}

/** The next generation, if all are there or need not be waited for any longer; else the state as it is. */
export function finishJoin(state: ClassicState, nowMs: number): ClassicState {
  const { members, pending, joinFromMs, byMs } = state.classic;
  if (members.size === 0) return toEmpty(state);
  const all = [...members.values()];
  const late = nowMs > byMs;
  if (nowMs < joinFromMs || !(late || (pending.size === 0 && all.every(({ joined }) => joined)))) return state;
  // Static members that are all away can't be led: they are waited for until their sessions end.
  const firstJoined = all.find(({ joined }) => joined);
  if (!firstJoined) return withClassic(state, { byMs: nowMs + rebalanceMs(members) });
  return toSyncing(state, firstJoined, nowMs);
}

function toEmpty(state: ClassicState): ClassicState {
  const epoch = state.epoch + 1;
  return withClassic(
    { ...state, epoch },
    { phase: 'empty', generation: epoch, protocol: undefined, leader: undefined, joinFromMs: 0, byMs: 0 },
  );
}

function toSyncing(state: ClassicState, firstJoined: ClassicMember, nowMs: number): ClassicState {
  const { members, leader } = state.classic;
  const epoch = state.epoch + 1;
  const next = new Map<string, ClassicMember>();
  for (const [id, member] of members) {
    const deadlineMs = member.joined ? nowMs + member.sessionTimeoutMs : member.deadlineMs;
    next.set(id, { ...member, deadlineMs, assignment: NO_BYTES, joined: false, synced: false });
  }
  const leads = leader !== undefined && members.get(leader)?.joined === true;
  const byWithinMs = rebalanceMs(members);
  return withClassic(
    { ...state, epoch },
    {
      phase: 'syncing',
      generation: epoch,
      protocol: vote([...members.values()]),
      leader: leads ? leader : firstJoined.id,
      members: next,
      joinFromMs: 0,
      byMs: nowMs + byWithinMs,
      byWithinMs,
    },
  );
}

/** The longest that any of the members may take. */
export function rebalanceMs(members: ReadonlyMap<string, ClassicMember>): number {
  let longest = 0;
  for (const { rebalanceTimeoutMs } of members.values()) longest = Math.max(longest, rebalanceTimeoutMs);
  return longest;
}

/**
 * The protocol of the next generation: of those that all members know, each votes for the one that it prefers; where
 * votes are equal, the one that an earlier member prefers. Undefined where there is none, which joining rules out.
 */
export function vote(members: readonly ClassicMember[]): string | undefined {
  const common = commonProtocols(members);
  const votes = new Map<string, number>();
  for (const { protocols } of members) {
    const choice = protocols.find(({ name }) => common.has(name))?.name;
    if (choice !== undefined) votes.set(choice, (votes.get(choice) ?? 0) + 1);
  }
  let winner: string | undefined;
  for (const [name, count] of votes) if (winner === undefined || count > votes.get(winner)!) winner = name;
  return winner;
}

/** Names of the protocols that all of these know. */
export function commonProtocols(members: readonly Pick<ClassicMember, 'protocols'>[]): ReadonlySet<string> {
  const [first, ...others] = members;
  const names = new Set(first?.protocols.map(({ name }) => name));
  for (const { protocols } of others) {
    const known = new Set(protocols.map(({ name }) => name));
    for (const name of names) if (!known.has(name)) names.delete(name);
  }
  return names;
}

/** When the state changes by itself next: no sooner need anyone look who waits. Infinity where it does not. */
export function nextDeadlineMs(state: GroupState): number {
  if (!state.classic) return Number.POSITIVE_INFINITY;
  const { members, pending, phase, byMs, joinFromMs } = state.classic;
  let next = Number.POSITIVE_INFINITY;
  for (const { deadlineMs } of members.values()) next = Math.min(next, deadlineMs + 1);
  for (const untilMs of pending.values()) next = Math.min(next, untilMs + 1);
  if (byMs > 0) next = Math.min(next, byMs + 1);
  // Where others are missing too, the end of the first wait changes nothing.
  const all = pending.size === 0 && [...members.values()].every(({ joined }) => joined);
  return phase === 'joining' && joinFromMs > 0 && all ? Math.min(next, joinFromMs) : next;
}
