import { newUlid, ulidText } from '../bytes/index.ts';
import type { AssignorName } from './assign.ts';
import { GroupError } from './errors.ts';
import { changeGroup, type GroupParts } from './group-store.ts';
import { lookUp } from './layouts.ts';
import { checkGroupName, checkId, checkTimeout } from './limits.ts';
import { heartbeat, leave, type Outcome } from './membership.ts';
import { partitionSet } from './partitions.ts';
import type { TopicDirectory } from './port.ts';
import type { GroupState, Subscription } from './state.ts';
import { checkSubscription, sameSubscription, wantedTopics } from './target.ts';
import { type Assignment, assignmentOf } from './view.ts';

/** A member's heartbeat, as the protocols bring it. What is left out stays as it was. */
export interface HeartbeatRequest {
  /** A new one is made where it is left out; Kafka's clients bring their own. 1 to 249 bytes. */
  readonly memberId?: string | undefined;
  /** From the last answer; 0 (or left out) joins, or joins again after `member_unknown` or `group_fenced`. */
  readonly memberEpoch?: number | undefined;
  /** Makes the member static: whoever comes next with the same id takes over its place. */
  readonly instanceId?: string | undefined;
  readonly clientId?: string | undefined;
  /** Where it connects from, for those who look at the group. */
  readonly clientHost?: string | undefined;
  /** Needed to join. */
  readonly subscription?: Subscription | undefined;
  /**
   * Whether the member may know of a topic that a pattern matches; of all, unless given. What the group has found already,
   * by another member's rights, stays: or members of different rights would take turns to assign anew.
   */
  readonly sees?: ((topic: string) => Promise<boolean>) | undefined;
  readonly assignor?: AssignorName | undefined;
  /** 1 s to 30 min, by default 45 s. */
  readonly sessionTimeoutMs?: number | undefined;
  /** How long a member may take to give up what it is told to; 1 s to 30 min, by default 5 min. */
  readonly rebalanceTimeoutMs?: number | undefined;
  /** All that it reads at this moment. Without it nothing counts as given up. */
  readonly ownedPartitions?:
    | readonly { readonly topicId: string; readonly partitions: readonly number[] }[]
    | undefined;
}

/** Who leaves, and whether a static member comes back soon. */
export interface LeaveRequest {
  readonly memberId: string;
  readonly instanceId?: string | undefined;
  readonly keepPlace?: boolean | undefined;
}

/** Groups whose last look at their topics is remembered; beyond that, the eldest look again. */
const GROUPS_REMEMBERED_MAX = 10_000;

/** Members of groups coming, staying and going, for one process. */
export class Sessions {
  readonly #parts: GroupParts;
  readonly #directory: TopicDirectory;
  readonly #topicRefreshMs: number;
  /** Group → monotonic time of this process's last look at its topics. */
  readonly #lookedAtMs = new Map<string, number>();

  constructor(parts: GroupParts, directory: TopicDirectory, topicRefreshMs: number) {
    this.#parts = parts;
    this.#directory = directory;
    this.#topicRefreshMs = topicRefreshMs;
  }

  /** See Groups.heartbeat. */
  async heartbeat(group: string, request: HeartbeatRequest): Promise<Assignment> {
    checkHeartbeat(group, request);
    const { clock, random } = this.#parts;
    const memberId = request.memberId ?? ulidText(newUlid(clock.nowMs(), random));
    const beat = { ...request, memberId, epoch: request.memberEpoch ?? 0, owned: ownedSet(request) };
    const step = async (before: GroupState): Promise<Outcome<Assignment>> => {
      const topics = this.#mustLook(group, before, beat) ? await this.#look(group, before, beat) : undefined;
      const { state, answer } = heartbeat(before, { ...beat, topics }, clock.nowMs());
      return { state, answer: answer instanceof GroupError ? answer : assignmentOf(state, answer) };
    };
    return changeGroup(this.#parts, group, step, { create: true });
  }

  /** See Groups.leave. */
  async leave(group: string, request: LeaveRequest): Promise<void> {
    checkGroupName(group);
    await changeGroup<undefined>(this.#parts, group, (before, uncertain) => {
      const { state, answer } = leave(before, request, this.#parts.clock.nowMs());
      const gone = answer instanceof GroupError && answer.code === 'member_unknown';
      return { state, answer: uncertain && gone ? undefined : answer };
    });
  }

  #mustLook(
    group: string,
    state: GroupState,
    beat: { memberId: string; subscription?: Subscription | undefined },
  ): boolean {
    const lookedAtMs = this.#lookedAtMs.get(group);
    if (lookedAtMs === undefined || this.#parts.clock.monotonicMs() - lookedAtMs >= this.#topicRefreshMs) return true;
    const member = state.members.get(beat.memberId);
    if (!member) return true;
    return beat.subscription !== undefined && !sameSubscription(beat.subscription, member.subscription);
  }

  async #look(group: string, state: GroupState, { subscription, sees }: HeartbeatRequest) {
    const wanted = wantedTopics(state, subscription);
    const visible = sees && ((topic: string) => state.topics.has(topic) || sees(topic));
    const topics = await lookUp(this.#directory, wanted, visible);
    this.#lookedAtMs.delete(group);
    this.#lookedAtMs.set(group, this.#parts.clock.monotonicMs());
    if (this.#lookedAtMs.size > GROUPS_REMEMBERED_MAX) {
      const [eldest] = this.#lookedAtMs.keys();
      if (eldest !== undefined) this.#lookedAtMs.delete(eldest);
    }
    return topics;
  }
}

function checkHeartbeat(group: string, request: HeartbeatRequest): void {
  const { memberId, instanceId, clientId, memberEpoch, subscription, sessionTimeoutMs, rebalanceTimeoutMs } = request;
  checkGroupName(group);
  if (memberId !== undefined) checkId('member id', memberId);
  if (instanceId !== undefined) checkId('instance id', instanceId);
  if (clientId !== undefined) checkId('client id', clientId);
  if (subscription !== undefined) checkSubscription(subscription);
  if (sessionTimeoutMs !== undefined) checkTimeout('session', sessionTimeoutMs);
  if (rebalanceTimeoutMs !== undefined) checkTimeout('rebalance', rebalanceTimeoutMs);
  if (memberEpoch === undefined || (Number.isSafeInteger(memberEpoch) && memberEpoch >= 0)) return;
  throw new GroupError('member_invalid', `The member epoch ${memberEpoch} is not a whole number from 0.`);
}

function ownedSet({ ownedPartitions }: HeartbeatRequest) {
  return ownedPartitions && partitionSet(ownedPartitions.map(({ topicId, partitions }) => [topicId, partitions]));
}
