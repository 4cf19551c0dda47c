import { AbortedError, newUlid, ulidText } from '../bytes/index.ts';
import { type ClassicJoin, type JoinedGroup, joinAnswer, joinClassic } from './classic.ts';
import {
  type ClassicActor,
  type ClassicSync,
  heartbeatClassic,
  keepClassicAlive,
  type Leaver,
  leaveAll,
  type SyncedMember,
  syncAnswer,
  syncClassic,
} from './classic-members.ts';
import { nextDeadlineMs } from './classic-rebalance.ts';
import { GroupError } from './errors.ts';
import { GroupChanges, type GroupWatch } from './group-changes.ts';
import type { GroupParts } from './group-store.ts';
import { checkClassicJoin, checkGroupName, isId } from './limits.ts';
import type { GroupState } from './state.ts';

/** A request to join; its id is made here where it has none. */
export type ClassicJoinRequest = Omit<ClassicJoin, 'newId'>;

/** The id to join with, where that is all that a first request is answered with (KIP-394). */
export interface IdToJoinWith {
  readonly memberId: string;
  readonly idOnly: true;
}

/**
 * How long the state of a group that somebody waits for is relied on: another process may have changed it. As a rule one
 * process serves a group, and wakes those who wait itself.
 */
const POLL_MS = 250;
/**
 * How old the state may be by which a heartbeat is answered: that another process began a rebalance is told by the next
 * one. Kafka's clients beat every 3 s.
 */
const HEARTBEAT_AGE_MS = 1_000;
/** Of a client's own id in the ids of its members: what names them to operators need not be long. */
const CLIENT_ID_CHARS = 60;

/**
 * Kafka's classic group protocol, for one process. A request that must wait for others is held here, in memory alone: who
 * has joined, and until when the rest is waited for, is in the group's item, so the next process goes on from there.
 *
 * Every method throws, besides what it names, member_unknown, instance_fenced, group_conflict, group_name_invalid and
 * group_corrupt; StoreError where the store stays away; and AbortedError once `signal` fires.
 *
 * @example
 * const joined = await groups.classic.join('billing', request, signal);
 * const actor = { memberId: joined.memberId, generation: joined.generation };
 * const { assignment } = await groups.classic.sync('billing', { ...actor, assignments: new Map() }, signal);
 */
export class ClassicSessions {
  readonly #parts: GroupParts;
  readonly #changes: GroupChanges;

  constructor(parts: GroupParts) {
    this.#parts = parts;
    this.#changes = new GroupChanges(parts);
  }

  /**
   * Joins, or joins again, and waits until a generation has the member: until all have joined, or the time for it is over.
   * @throws group_inconsistent_protocol, group_full, group_too_large, member_invalid
   */
  async join(group: string, request: ClassicJoinRequest, signal: AbortSignal): Promise<JoinedGroup | IdToJoinWith> {
    checkGroupName(group);
    checkClassicJoin(request);
    const join = { ...request, clientId: request.clientId || undefined, newId: this.#newId(request) };
    const watch = this.#changes.watch(group, signal);
    try {
      // Whoever has gone by the time that the group can be changed does not join it any more: a static member may have come
      // back by another request, and would be put out by its own first one.
      const step = (state: GroupState) =>
        signal.aborted ? { state, answer: undefined } : joinClassic(state, join, this.#parts.clock.nowMs());
      const ticket = await this.#changes.change(group, step, { create: true });
      if (!ticket) throw new AbortedError();
      const { memberId } = ticket;
      if (ticket.idOnly) return { memberId, idOnly: true };
      return await this.#hold(group, watch, memberId, (state) => joinAnswer(state, ticket));
    } finally {
      watch.close();
    }
  }

  /**
   * Takes the leader's assignments; others wait for them.
   * @throws group_rebalancing, group_generation_illegal (both: join again), group_inconsistent_protocol, group_too_large
   */
  async sync(group: string, request: ClassicSync, signal: AbortSignal): Promise<SyncedMember> {
    checkGroupName(group);
    const watch = this.#changes.watch(group, signal);
    try {
      await this.#changes.change(group, (state) => syncClassic(state, request, this.#parts.clock.nowMs()));
      return await this.#hold(group, watch, request.memberId, (state) => syncAnswer(state, request));
    } finally {
      watch.close();
    }
  }

  /**
   * Says that the member lives. Units: where there is nothing to tell and nothing to note, a read of the group's item per
   * second for all members together; a write once per third of the session.
   * @throws group_rebalancing, group_generation_illegal (both: join again)
   */
  async heartbeat(group: string, actor: ClassicActor): Promise<void> {
    checkGroupName(group);
    const recent = this.#changes.recent(group, HEARTBEAT_AGE_MS);
    if (recent) {
      const { state, answer } = heartbeatClassic(recent, actor, this.#parts.clock.nowMs());
      // Only "all is well" may be a little old; whatever else there is to say is looked up.
      if (state === recent && answer === undefined) return;
    }
    await this.#changes.change(group, (state) => heartbeatClassic(state, actor, this.#parts.clock.nowMs()));
  }

  /** Members of either kind leave, or are made to; the answer has what is wrong with each. */
  async leave(group: string, leavers: readonly Leaver[]): Promise<readonly (GroupError | undefined)[]> {
    checkGroupName(group);
    return this.#changes.change(group, (state, uncertain) => {
      const outcome = leaveAll(state, leavers, this.#parts.clock.nowMs());
      if (!uncertain || outcome.answer instanceof GroupError) return outcome;
      // An attempt whose answer was lost may be why they are gone.
      const answer = outcome.answer.map((error) => (error?.code === 'member_unknown' ? undefined : error));
      return { ...outcome, answer };
    });
  }

  /** Waits for the state in which there is an answer; the member's session does not end while its request is held. */
  async #hold<Answer extends object>(
    group: string,
    watch: GroupWatch,
    memberId: string,
    answerOf: (state: GroupState) => Answer | GroupError | undefined,
  ): Promise<Answer> {
    for (;;) {
      const answer = watch.state && answerOf(watch.state);
      if (answer instanceof GroupError) throw answer;
      if (answer) return answer;
      // Never at once again, whatever clocks say.
      await watch.wait(Math.max(1, this.#dueInMs(watch, memberId)));
      if (this.#dueInMs(watch, memberId) > 0) continue;
      const { clock } = this.#parts;
      await this.#changes.change(group, (state) => {
        return { state: keepClassicAlive(state, memberId, clock.nowMs()), answer: undefined };
      });
    }
  }

  /** In how many ms the group must be looked at: a deadline, the member's own session, or a state too old to rely on. */
  #dueInMs({ state, seenAtMs }: GroupWatch, memberId: string): number {
    const { clock } = this.#parts;
    const pollInMs = seenAtMs + POLL_MS - clock.monotonicMs();
    if (!state) return pollInMs;
    const nowMs = clock.nowMs();
    const member = state.classic?.members.get(memberId);
    const renewInMs = member ? member.deadlineMs - (2 / 3) * member.sessionTimeoutMs + 1 - nowMs : 0;
    return Math.min(pollInMs, renewInMs, nextDeadlineMs(state) - nowMs);
  }

  #newId({ instanceId, clientId }: ClassicJoinRequest): string {
    const { clock, random } = this.#parts;
    const name = [instanceId, clientId].find((id) => id !== undefined && isId(id)) ?? 'member';
    return `${name.slice(0, CLIENT_ID_CHARS).toWellFormed()}-${ulidText(newUlid(clock.nowMs(), random))}`;
  }
}
