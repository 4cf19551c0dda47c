import { type AssignorName, assign, type Candidate } from './assign.ts';
import { GroupError } from './errors.ts';
import { checkTopicName, SUBSCRIPTION_TOPICS_MAX } from './limits.ts';
import { topicPattern } from './pattern.ts';
import type { GroupState, KnownTopic, Member, Subscription } from './state.ts';

/** Which topics members ask for, for whoever looks them up. */
export interface Wanted {
  readonly names: ReadonlySet<string>;
  readonly patterns: readonly ((name: string) => boolean)[];
}

/** What the members of a group, and one that may be about to join, subscribe to. */
export function wantedTopics(state: GroupState, joining?: Subscription): Wanted {
  const names = new Set<string>();
  const patterns = new Set<string>();
  const all = [...state.members.values()].map((member) => member.subscription);
  for (const subscription of joining ? [...all, joining] : all) {
    if ('pattern' in subscription) patterns.add(subscription.pattern);
    else for (const name of subscription.topics) names.add(name);
  }
  return { names, patterns: [...patterns].map(topicPattern) };
}

export function sameSubscription(a: Subscription, b: Subscription): boolean {
  if ('pattern' in a) return 'pattern' in b && a.pattern === b.pattern;
  if ('pattern' in b) return false;
  const ours = new Set(a.topics);
  const theirs = new Set(b.topics);
  return ours.size === theirs.size && [...theirs].every((name) => ours.has(name));
}

/** Takes note of the topics as they are now; where they differ from what was known, targets are computed anew. */
export function learnTopics(state: GroupState, topics: ReadonlyMap<string, KnownTopic>): GroupState {
  const same =
    topics.size === state.topics.size &&
    [...topics].every(([name, topic]) => {
      const known = state.topics.get(name);
      return known?.topicId === topic.topicId && known.partitions === topic.partitions;
    });
  return same ? state : retarget({ ...state, topics });
}

/** A new generation: every member's target from the members, subscriptions and topics as they are. */
export function retarget(state: GroupState): GroupState {
  const epoch = state.epoch + 1;
  const partitions = new Map([...state.topics.values()].map((topic) => [topic.topicId, topic.partitions]));
  const targets = assign(assignorOf(state), candidatesOf(state), partitions);
  const members = new Map<string, Member>();
  for (const [id, member] of state.members) members.set(id, { ...member, target: targets.get(id)! });
  return { ...state, epoch, groupEpoch: epoch, members };
}

/** The assignor that most members ask for; `uniform` where none does, or where it is a tie. */
export function assignorOf(state: GroupState): AssignorName {
  let range = 0;
  let uniform = 0;
  for (const { assignor } of state.members.values()) {
    if (assignor === 'range') range++;
    if (assignor === 'uniform') uniform++;
  }
  return range > uniform ? 'range' : 'uniform';
}

function candidatesOf(state: GroupState): Candidate[] {
  const matched = new Map<string, ReadonlySet<string>>();
  return [...state.members.values()].map((member) => ({
    id: member.id,
    order: member.instanceId ?? member.id,
    topicIds: topicIdsOf(member.subscription, state.topics, matched),
    target: member.target,
    assigned: member.assigned,
  }));
}

function topicIdsOf(
  subscription: Subscription,
  topics: ReadonlyMap<string, KnownTopic>,
  matched: Map<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  if (!('pattern' in subscription)) {
    return new Set(subscription.topics.flatMap((name) => topics.get(name)?.topicId ?? []));
  }
  const before = matched.get(subscription.pattern);
  if (before) return before;
  const matches = topicPattern(subscription.pattern);
  const ids = new Set([...topics].filter(([name]) => matches(name)).map(([, topic]) => topic.topicId));
  matched.set(subscription.pattern, ids);
  return ids;
}

/** @throws GroupError subscription_invalid for a pattern that can't be read, or too many or impossible names */
export function checkSubscription(subscription: Subscription): void {
  if ('pattern' in subscription) {
    topicPattern(subscription.pattern);
  } else if (subscription.topics.length > SUBSCRIPTION_TOPICS_MAX) {
    const message = `A subscription to ${subscription.topics.length} topics; at most ${SUBSCRIPTION_TOPICS_MAX}, or a pattern, are allowed.`;
    throw new GroupError('subscription_invalid', message);
  } else {
    for (const name of subscription.topics) checkTopicName(name);
  }
}
