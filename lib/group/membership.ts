import type { AssignorName } from './assign.ts';
import { sweepClassic } from './classic-rebalance.ts';
import type { ClassicGroup } from './classic-state.ts';
import { GroupError, membersText } from './errors.ts';
import { MEMBERS_MAX, REBALANCE_TIMEOUT_MS, SESSION_TIMEOUT_MS } from './limits.ts';
import { contains, intersection, minus, NO_PARTITIONS, type PartitionSet, sameSet, union } from './partitions.ts';
import {
  emptyHanded,
  type GroupState,
  type KnownTopic,
  type Member,
  ownedBy,
  type Subscription,
  withMember,
  withoutMembers,
} from './state.ts';
import { learnTopics, retarget, sameSubscription } from './target.ts';

/*
 * Group membership as functions of (state, input, nowMs). Time only ever evicts: no rule about who owns what depends on
 * it, so a clock that jumps may cost members their sessions, but never gives a partition two owners.
 */

/** A member's word: it lives, and this is what it wants and has. Absent fields mean "as before". */
export interface Heartbeat {
  readonly memberId: string;
  /** The epoch of the last answer; 0 joins, or joins again with empty hands. */
  readonly epoch: number;
  readonly instanceId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientHost?: string | undefined;
  readonly subscription?: Subscription | undefined;
  readonly assignor?: AssignorName | undefined;
  readonly sessionTimeoutMs?: number | undefined;
  readonly rebalanceTimeoutMs?: number | undefined;
  /** What it holds at this moment. To leave out a partition that it was told to give up says that it did. */
  readonly owned?: PartitionSet | undefined;
  /** All topics that members (this one included) subscribe to, when whoever asks has just looked them up. */
  readonly topics?: ReadonlyMap<string, KnownTopic> | undefined;
}

/** What follows from an input: the state (the same object where nothing changed), and the answer or why there is none. */
export interface Outcome<Answer> {
  readonly state: GroupState;
  readonly answer: Answer | GroupError;
}

/** Ends the sessions that are over, of members of either kind, and clamps deadlines that a clock set too far ahead. */
export function sweep(state: GroupState, nowMs: number): GroupState {
  if (state.classic) return sweepClassic(state, nowMs);
  const over = new Set<string>();
  let swept = state;
  for (const member of state.members.values()) {
    const clamped = clampDeadlines(member, nowMs);
    const late = clamped.revoking.size > 0 && nowMs > clamped.revokeByMs;
    if (late || nowMs > clamped.deadlineMs) over.add(member.id);
    else if (clamped !== member) swept = withMember(swept, clamped);
  }
  return over.size === 0 ? swept : retarget(withoutMembers(swept, over));
}

/**
 * A deadline further away than two time-outs was written by a clock that has since been set back: it starts anew, so
 * that nobody outlives its session by more than one more. (Two, and not one, so that processes whose clocks differ a
 * little do not keep rewriting each other's deadlines.)
 */
function clampDeadlines(member: Member, nowMs: number): Member {
  const { deadlineMs, revokeByMs, sessionTimeoutMs, rebalanceTimeoutMs } = member;
  const deadlineFar = deadlineMs - nowMs > 2 * sessionTimeoutMs;
  const revokeFar = revokeByMs - nowMs > 2 * rebalanceTimeoutMs;
  if (!deadlineFar && !revokeFar) return member;
  return {
    ...member,
    deadlineMs: deadlineFar ? nowMs + sessionTimeoutMs : deadlineMs,
    revokeByMs: revokeFar ? nowMs + rebalanceTimeoutMs : revokeByMs,
  };
}

/**
 * Takes a member's heartbeat: joins it, notes what it gave up, and tells it what it has now.
 *
 * Errors in the outcome: `member_unknown`, `group_fenced` (both: drop everything, join again with epoch 0),
 * `instance_fenced`, `group_full`, `subscription_invalid` (a join without one), `group_inconsistent_protocol` (the group
 * has members of the classic protocol).
 *
 * @example
 * const { state, answer } = heartbeat(EMPTY_GROUP, { memberId: 'a', epoch: 0, subscription: { topics: ['orders'] }, topics }, nowMs);
 */
export function heartbeat(state: GroupState, beat: Heartbeat, nowMs: number): Outcome<Member> {
  const present = sweep(state, nowMs);
  if (present.classic && present.classic.members.size > 0)
    return { state: present, answer: otherKind(present.classic) };
  const swept = present.classic ? { ...present, classic: undefined } : present;
  const informed = beat.topics ? learnTopics(swept, beat.topics) : swept;
  const next = beat.epoch === 0 ? join(informed, beat, nowMs) : stay(informed, beat, nowMs);
  if (next instanceof GroupError) return { state: present.classic ? present : informed, answer: next };
  return { state: next, answer: next.members.get(beat.memberId)! };
}

function otherKind({ members }: ClassicGroup): GroupError {
  return new GroupError(
    'group_inconsistent_protocol',
    `The group has ${membersText(members.size)} of Kafka's classic protocol (JoinGroup): a member of the consumer protocol (KIP-848, HTTP) can join once they have left.`,
  );
}

function join(state: GroupState, beat: Heartbeat, nowMs: number): GroupState | GroupError {
  // Its own earlier self, and whoever held its instance id: mostly none, or the same.
  const holder = instanceHolder(state, beat.instanceId);
  const before = holder ?? state.members.get(beat.memberId);
  const subscription = beat.subscription ?? before?.subscription;
  if (!subscription) {
    const message = `Member "${beat.memberId}" joins without a subscription; name topics or a pattern.`;
    return new GroupError('subscription_invalid', message);
  }
  const others = withoutMembers(state, new Set([beat.memberId, before?.id ?? beat.memberId]));
  if (others.members.size >= MEMBERS_MAX) {
    return new GroupError('group_full', `The group has ${MEMBERS_MAX} members, and can't have more.`);
  }
  const member = newcomer(beat, subscription, before, nowMs);
  const joined = withMember(others, member);
  const placeKept =
    before !== undefined &&
    joined.members.size === state.members.size &&
    sameSubscription(before.subscription, subscription) &&
    before.assignor === member.assignor;
  const targeted = placeKept ? joined : retarget(joined);
  const ready = reconcile(targeted, targeted.members.get(member.id)!, undefined, nowMs);
  const epoch = targeted.epoch + 1;
  return withMember({ ...targeted, epoch }, { ...ready, epoch, previousEpoch: epoch });
}

/** A member with empty hands. The place of `before` is its own: where nothing else changed, nobody else notices. */
function newcomer(beat: Heartbeat, subscription: Subscription, before: Member | undefined, nowMs: number): Member {
  const sessionTimeoutMs = beat.sessionTimeoutMs ?? before?.sessionTimeoutMs ?? SESSION_TIMEOUT_MS.default;
  return {
    id: beat.memberId,
    instanceId: beat.instanceId,
    clientId: beat.clientId,
    clientHost: beat.clientHost,
    subscription,
    assignor: beat.assignor ?? before?.assignor,
    sessionTimeoutMs,
    rebalanceTimeoutMs: beat.rebalanceTimeoutMs ?? before?.rebalanceTimeoutMs ?? REBALANCE_TIMEOUT_MS.default,
    epoch: 0,
    previousEpoch: 0,
    target: before?.target ?? NO_PARTITIONS,
    assigned: NO_PARTITIONS,
    revoking: NO_PARTITIONS,
    deadlineMs: nowMs + sessionTimeoutMs,
    revokeByMs: 0,
    away: false,
  };
}

function stay(state: GroupState, beat: Heartbeat, nowMs: number): GroupState | GroupError {
  const member = known(state, beat.memberId, beat.instanceId);
  if (member instanceof GroupError) return member;
  // The answer to its last heartbeat was lost. It gets it again; what it says of itself is from before that answer.
  const repeated = beat.epoch === member.previousEpoch && member.previousEpoch !== member.epoch;
  if (repeated) return withDeadline(state, member, nowMs);
  if (beat.epoch !== member.epoch) return fenced(beat.memberId, beat.epoch, member.epoch);

  const updated = withWishes(state, member, beat);
  const current = updated.members.get(member.id)!;
  const ready = reconcile(updated, current, beat.owned, nowMs);
  if (ready === current) return withDeadline(updated, current, nowMs);
  const epoch = updated.epoch + 1;
  return withDeadline({ ...updated, epoch }, { ...ready, epoch, previousEpoch: member.epoch }, nowMs);
}

/** The state with what the heartbeat changes of the member's wishes; a new generation where that matters. */
function withWishes(state: GroupState, member: Member, beat: Heartbeat): GroupState {
  const subscription = beat.subscription ?? member.subscription;
  const assignor = beat.assignor ?? member.assignor;
  const sessionTimeoutMs = beat.sessionTimeoutMs ?? member.sessionTimeoutMs;
  const rebalanceTimeoutMs = beat.rebalanceTimeoutMs ?? member.rebalanceTimeoutMs;
  const sameTargets = sameSubscription(member.subscription, subscription) && member.assignor === assignor;
  if (sameTargets && sessionTimeoutMs === member.sessionTimeoutMs && rebalanceTimeoutMs === member.rebalanceTimeoutMs) {
    return state;
  }
  const updated = withMember(state, { ...member, subscription, assignor, sessionTimeoutMs, rebalanceTimeoutMs });
  return sameTargets ? updated : retarget(updated);
}

/**
 * Brings a member one step nearer to its target, or returns it as it is. First it gives up what is not in the target, and
 * must say that it did; only then it gets what is new, as far as others have given that up. So no partition is ever
 * with two, whatever order heartbeats come in (KIP-848, "Reconciliation of the group").
 */
function reconcile(state: GroupState, member: Member, owned: PartitionSet | undefined, nowMs: number): Member {
  if (member.revoking.size > 0 && (!owned || intersection(owned, member.revoking).size > 0)) return member;
  const released: Member = member.revoking.size > 0 ? { ...member, revoking: NO_PARTITIONS, revokeByMs: 0 } : member;
  const excess = minus(released.assigned, released.target);
  if (excess.size > 0) {
    const assigned = minus(released.assigned, excess);
    return { ...released, assigned, revoking: excess, revokeByMs: nowMs + member.rebalanceTimeoutMs };
  }
  let free = minus(released.target, released.assigned);
  for (const other of state.members.values()) {
    if (other.id === member.id || free.size === 0) continue;
    for (const set of ownedBy(other)) free = minus(free, set);
  }
  return free.size === 0 ? released : { ...released, assigned: union(released.assigned, free) };
}

/** Lets the session last from now; written only when that moves the deadline by more than a third of the time-out. */
function withDeadline(state: GroupState, member: Member, nowMs: number): GroupState {
  const deadlineMs = nowMs + member.sessionTimeoutMs;
  if (Math.abs(deadlineMs - member.deadlineMs) > member.sessionTimeoutMs / 3) {
    return withMember(state, { ...member, deadlineMs });
  }
  return state.members.get(member.id) === member ? state : withMember(state, member);
}

/**
 * A member goes. With `keepPlace` (Kafka's epoch -2) a static member comes back soon: its partitions rest until it does or
 * its session ends. Else they go to the others at once.
 */
export function leave(
  state: GroupState,
  who: {
    readonly memberId: string;
    readonly instanceId?: string | undefined;
    readonly keepPlace?: boolean | undefined;
  },
  nowMs: number,
): Outcome<undefined> {
  const swept = sweep(state, nowMs);
  const member = known(swept, who.memberId, who.instanceId);
  if (member instanceof GroupError) return { state: swept, answer: member };
  if (who.keepPlace !== true || member.instanceId === undefined) {
    return { state: retarget(withoutMembers(swept, new Set([member.id]))), answer: undefined };
  }
  const epoch = swept.epoch + 1;
  const away = { ...emptyHanded(member, epoch), away: true, deadlineMs: nowMs + member.sessionTimeoutMs };
  return { state: withMember({ ...swept, epoch }, away), answer: undefined };
}

/** The member, if it may act for these partitions in this epoch; else why not. The state must be swept. */
export function actingMember(
  state: GroupState,
  who: { readonly memberId: string; readonly epoch: number; readonly instanceId?: string | undefined },
  partitions: Iterable<{ readonly topicId: string; readonly partition: number }>,
): Member | GroupError {
  const member = known(state, who.memberId, who.instanceId);
  if (member instanceof GroupError) return member;
  if (member.epoch !== who.epoch) return fenced(who.memberId, who.epoch, member.epoch);
  for (const { topicId, partition } of partitions) {
    if (ownedBy(member).some((set) => contains(set, topicId, partition))) continue;
    return new GroupError(
      'group_fenced',
      `Partition ${partition} of topic ${topicId} is not assigned to member "${who.memberId}" in epoch ${who.epoch}.`,
    );
  }
  return member;
}

/** Whether the member has all that it shall have, and nothing else. */
export function isSettled(member: Member): boolean {
  return member.revoking.size === 0 && (member.away || sameSet(member.assigned, member.target));
}

function instanceHolder(state: GroupState, instanceId: string | undefined): Member | undefined {
  if (instanceId === undefined) return undefined;
  for (const member of state.members.values()) if (member.instanceId === instanceId) return member;
  return undefined;
}

function known(state: GroupState, memberId: string, instanceId: string | undefined): Member | GroupError {
  const holder = instanceHolder(state, instanceId);
  if (holder && holder.id !== memberId) {
    return new GroupError(
      'instance_fenced',
      `Static instance "${instanceId}" is now member "${holder.id}", no longer "${memberId}".`,
    );
  }
  return (
    state.members.get(memberId) ??
    new GroupError('member_unknown', `The group has no member "${memberId}" (any more): join again with epoch 0.`)
  );
}

function fenced(memberId: string, epoch: number, current: number): GroupError {
  return new GroupError(
    'group_fenced',
    `Member "${memberId}" acts in epoch ${epoch}, and is in epoch ${current}: drop what it holds and join again with epoch 0.`,
  );
}
