import { beginJoin, commonProtocols, finishJoin, rebalanceMs, vote } from './classic-rebalance.ts';
import {
  asClassic,
  type ClassicMember,
  type ClassicProtocol,
  type ClassicState,
  isClassic,
  NO_BYTES,
  withClassic,
  withClassicMember,
} from './classic-state.ts';
import { GroupError, membersText } from './errors.ts';
import { MEMBERS_MAX } from './limits.ts';
import { type Outcome, sweep } from './membership.ts';
import type { GroupState } from './state.ts';

/*
 * The classic group protocol as functions of (state, request, nowMs): joining here, the rest in classic-members.ts. An
 * answer may have to wait for others: then it is a ticket, and `joinAnswer` tells from any later state what it is worth.
 */

/** How long a member id that was handed out may be used to join: clients do so at once (KIP-394). */
const PENDING_MS = 10_000;

/** A request to join, as JoinGroup brings it. */
export interface ClassicJoin {
  /** '' for a member without one. */
  readonly memberId: string;
  /** The id that it gets in that case. */
  readonly newId: string;
  /** Answer a first request with its id alone, so that one whose answer is lost leaves no member behind (KIP-394). */
  readonly idFirst: boolean;
  readonly instanceId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly ClassicProtocol[];
  /** How long the first members of a group wait for more (group.initial.rebalance.delay.ms). */
  readonly initialDelayMs: number;
}

/** What a request to join comes to: it is answered by the first generation after `after`. */
export interface JoinTicket {
  readonly memberId: string;
  /** Nothing has happened but that the member has this id now, with which it must ask again. */
  readonly idOnly: boolean;
  readonly after: number;
  /** Of a static member: whoever comes under it later fences one that waits for its answer, too. */
  readonly instanceId: string | undefined;
  /** The id that a static leader had before its restart: it leads on, and need not assign anew (KIP-814). */
  readonly ledAs: string | undefined;
}

/** Errors in the outcome: member_unknown, instance_fenced, group_full, group_inconsistent_protocol. */
export function joinClassic(before: GroupState, request: ClassicJoin, nowMs: number): Outcome<JoinTicket> {
  const swept = sweep(before, nowMs);
  const refused = refusal(swept, request);
  if (refused) return { state: swept, answer: refused };
  const state = asClassic(swept);
  const { members, pending } = state.classic;
  const holder = classicHolder(state, request.instanceId);
  const { memberId, newId } = request;

  if (memberId === '') {
    if (holder && holder.id !== newId) return replaceStatic(state, holder, request, nowMs);
    const again = members.get(newId);
    if (again) return rejoin(state, again, request, nowMs);
    return request.idFirst && request.instanceId === undefined
      ? handOut(state, request, nowMs)
      : admit(state, newId, request, nowMs);
  }
  if (holder && holder.id !== memberId)
    return { state, answer: instanceFenced(request.instanceId!, memberId, holder.id) };
  const member = members.get(memberId);
  if (member && (request.instanceId === undefined || holder)) return rejoin(state, member, request, nowMs);
  if (pending.has(memberId)) return admit(state, memberId, request, nowMs);
  return { state, answer: memberUnknown(memberId) };
}

/** What rules a request out whoever asks. */
function refusal(state: GroupState, { protocolType, protocols }: ClassicJoin): GroupError | undefined {
  if (state.members.size > 0) {
    const message = `The group has ${membersText(state.members.size)} of the consumer protocol (KIP-848, HTTP): a member of the classic protocol can join once they have left.`;
    return new GroupError('group_inconsistent_protocol', message);
  }
  const there = state.classic;
  if (!there || there.members.size === 0) {
    if (protocolType !== '' && protocols.length > 0) return undefined;
    const message = 'A member joins without a protocol type or without a protocol; the first member needs both.';
    return new GroupError('group_inconsistent_protocol', message);
  }
  const common = commonProtocols([...there.members.values()]);
  if (there.protocolType === protocolType && protocols.some(({ name }) => common.has(name))) return undefined;
  const known = [...common].join(', ');
  const message = `The group is of type "${there.protocolType}" and all its members know the protocols ${known}; the request is of type "${protocolType}" and knows none of them.`;
  return new GroupError('group_inconsistent_protocol', message.slice(0, 1_000));
}

function handOut(state: ClassicState, { newId }: ClassicJoin, nowMs: number): Outcome<JoinTicket> {
  const full = fullness(state);
  if (full) return { state, answer: full };
  const pending = new Map(state.classic.pending).set(newId, nowMs + PENDING_MS);
  return { state: withClassic(state, { pending }), answer: ticket(state, newId, { idOnly: true }) };
}

function fullness({ classic }: ClassicState): GroupError | undefined {
  if (classic.members.size + classic.pending.size < MEMBERS_MAX) return undefined;
  return new GroupError('group_full', `The group has ${MEMBERS_MAX} members, and can't have more.`);
}

/** A new member; it sets off a rebalance, or joins the one under way. */
function admit(before: ClassicState, id: string, request: ClassicJoin, nowMs: number): Outcome<JoinTicket> {
  const full = before.classic.pending.has(id) ? undefined : fullness(before);
  if (full) return { state: before, answer: full };
  const pending = new Map(before.classic.pending);
  pending.delete(id);
  const state = withClassic(before, { pending, protocolType: request.protocolType });
  return gather(state, newcomer(id, request, nowMs), nowMs, request.initialDelayMs);
}

/** A member that the group knows asks to join: again after a lost answer, or because it wants or must. */
function rejoin(state: ClassicState, member: ClassicMember, request: ClassicJoin, nowMs: number): Outcome<JoinTicket> {
  const { phase, leader } = state.classic;
  const same = sameProtocols(member.protocols, request.protocols);
  const renewed = { ...newcomer(member.id, request, nowMs), instanceId: member.instanceId };
  // A leader that joins again wants to assign anew: it has seen what its metadata does not show, such as new partitions.
  const calm = same && (phase === 'syncing' || (phase === 'stable' && leader !== member.id));
  if (!calm) return gather(state, { ...renewed, assignment: member.assignment }, nowMs, request.initialDelayMs);
  const { assignment, synced } = member;
  const kept = withClassicMember(state, { ...renewed, assignment, synced, joined: false });
  return { state: kept, answer: ticket(kept, member.id, { now: true }) };
}

/** A static member comes back under its instance id: its earlier self is fenced, and nobody else need notice. */
function replaceStatic(
  state: ClassicState,
  earlier: ClassicMember,
  request: ClassicJoin,
  nowMs: number,
): Outcome<JoinTicket> {
  const { phase, leader, protocol } = state.classic;
  const { assignment, synced } = earlier;
  const member = { ...newcomer(request.newId, request, nowMs), assignment, synced, joined: false };
  const leads = leader === earlier.id;
  const members = new Map<string, ClassicMember>();
  for (const [id, one] of state.classic.members)
    members.set(id === earlier.id ? member.id : id, id === earlier.id ? member : one);
  const replaced = withClassic(state, { members, leader: leads ? member.id : leader });
  if (phase === 'stable' && vote([...members.values()]) === protocol) {
    return {
      state: replaced,
      answer: ticket(replaced, member.id, { now: true, ledAs: leads ? earlier.id : undefined }),
    };
  }
  return gather(replaced, member, nowMs, request.initialDelayMs);
}

/** Puts `member` among those who have joined the next generation, beginning to gather them if nobody has. */
function gather(before: ClassicState, member: ClassicMember, nowMs: number, delayMs: number): Outcome<JoinTicket> {
  const isNew = !before.classic.members.has(member.id);
  const { phase, joinFromMs, byMs } = before.classic;
  let state = withClassicMember(before, member);
  if (phase !== 'joining') state = beginJoin(state, nowMs);
  state = withClassicMember(state, { ...state.classic.members.get(member.id)!, joined: true });
  if (phase === 'empty') {
    const byWithinMs = Math.max(delayMs, rebalanceMs(state.classic.members));
    state = withClassic(state, { joinFromMs: delayMs > 0 ? nowMs + delayMs : 0, byMs: nowMs + byWithinMs, byWithinMs });
  } else if (isNew && joinFromMs > 0) {
    // Members come in flocks: each makes the group wait a little more, but not for ever.
    state = withClassic(state, { joinFromMs: Math.min(Math.max(joinFromMs, nowMs + delayMs), byMs) });
  }
  const answer = ticket(state, member.id, {});
  return { state: finishJoin(state, nowMs), answer };
}

function newcomer(id: string, request: ClassicJoin, nowMs: number): ClassicMember {
  const { instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request;
  return {
    id,
    instanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols,
    assignment: NO_BYTES,
    joined: true,
    synced: false,
    deadlineMs: nowMs + sessionTimeoutMs,
  };
}

function ticket(
  { classic }: ClassicState,
  memberId: string,
  { idOnly = false, now = false, ledAs }: { idOnly?: boolean; now?: boolean; ledAs?: string | undefined },
): JoinTicket {
  const { instanceId } = classic.members.get(memberId) ?? {};
  return { memberId, idOnly, after: now ? classic.generation - 1 : classic.generation, instanceId, ledAs };
}

function sameProtocols(ours: readonly ClassicProtocol[], theirs: readonly ClassicProtocol[]): boolean {
  if (ours.length !== theirs.length) return false;
  return ours.every(({ name, metadata }, i) => {
    const other = theirs[i]!;
    return name === other.name && Buffer.compare(metadata, other.metadata) === 0;
  });
}

/** What a member is told of the generation that it has joined. */
export interface JoinedGroup {
  readonly memberId: string;
  readonly generation: number;
  readonly protocolType: string;
  readonly protocol: string;
  readonly leader: string;
  /** See JoinTicket.ledAs. */
  readonly ledAs: string | undefined;
  /** Everyone's metadata for the protocol, for the leader; others get none. */
  readonly members: readonly {
    readonly memberId: string;
    readonly instanceId: string | undefined;
    readonly metadata: Uint8Array;
  }[];
}

/**
 * The answer that the ticket is worth by now; undefined while it is to wait. One whose instance another took meanwhile is
 * fenced, or it would join anew and take it back. Source: GroupMetadataManager.replaceStaticMember of Kafka 4.3.
 */
export function joinAnswer(
  state: GroupState,
  { memberId, after, instanceId, ledAs }: JoinTicket,
): JoinedGroup | GroupError | undefined {
  const group = state.classic;
  const holder = classicHolder(state, instanceId);
  if (holder && holder.id !== memberId) return instanceFenced(instanceId!, memberId, holder.id);
  const member = group?.members.get(memberId);
  if (!group || !member) return memberUnknown(memberId);
  const { generation, protocolType, protocol, leader } = group;
  if (generation <= after || protocol === undefined) return undefined;
  const members = [...group.members.values()].map(({ id, instanceId, protocols }) => {
    return {
      memberId: id,
      instanceId,
      metadata: protocols.find(({ name }) => name === protocol)?.metadata ?? NO_BYTES,
    };
  });
  // A leader may have gone since: then a rebalance is under way, of which the next request will tell.
  return {
    memberId,
    generation,
    protocolType,
    protocol,
    leader: leader ?? '',
    ledAs,
    members: leader === memberId ? members : [],
  };
}

export function classicHolder(state: GroupState, instanceId: string | undefined): ClassicMember | undefined {
  if (instanceId === undefined || !isClassic(state)) return undefined;
  for (const member of state.classic.members.values()) if (member.instanceId === instanceId) return member;
  return undefined;
}

export function memberUnknown(memberId: string): GroupError {
  return new GroupError(
    'member_unknown',
    `The group has no member "${memberId}" (any more): join again without an id.`,
  );
}

export function instanceFenced(instanceId: string, memberId: string, current: string): GroupError {
  return new GroupError(
    'instance_fenced',
    `Static instance "${instanceId}" is now member "${current}", no longer "${memberId}".`,
  );
}
