import type { Clock, Random } from '../bytes/index.ts';
import type { Beside } from '../log/index.ts';
import type { Item, MetaStore } from '../store/index.ts';
import { ConsumedBeside, type ConsumedOffsets, commitTogether } from './beside.ts';
import { ClassicSessions } from './classic-sessions.ts';
import { isClassic, memberCount } from './classic-state.ts';
import { type Committer, writeOffsets } from './commits.ts';
import { GroupError } from './errors.ts';
import { type ExpiryOptions, expireGroups } from './expiry.ts';
import { groupKey, parseGroupItem } from './group-item.ts';
import { changeGroup, type GroupParts, REGISTRY_PK, readGroup, readKnownGroup } from './group-store.ts';
import { type GroupLag, readLag } from './lag.ts';
import { layoutOf, lookUp } from './layouts.ts';
import { checkGroupName } from './limits.ts';
import { actingMember, sweep } from './membership.ts';
import {
  byLedger,
  type CommittedPosition,
  type OffsetToCommit,
  reached,
  readPositions,
  readTopicPositions,
  type StablePositions,
} from './offsets.ts';
import { PendingOffsets } from './pending.ts';
import type { LogOffsets, TopicDirectory } from './port.ts';
import { removeGroup, removeOffsets } from './removal.ts';
import { type ResetOptions, type ResetPosition, type ResetTo, resetOffsets } from './reset.ts';
import { type HeartbeatRequest, type LeaveRequest, Sessions } from './sessions.ts';
import { EMPTY_GROUP } from './state.ts';
import {
  type Assignment,
  describeGroup,
  type GroupDescription,
  type GroupSummary,
  summarizeGroup,
  topicsAssigned,
} from './view.ts';

/** How soon a group notices that its topics changed. Kafka's brokers push this; here each process looks now and then. */
const TOPIC_REFRESH_MS = 5_000;
/** Groups that this process knows to exist, and how long it relies on that: another process may have deleted one. */
const FOUNDED_MAX = 10_000;
const FOUNDED_MS = 60_000;

export interface GroupsOptions {
  readonly items: MetaStore;
  readonly directory: TopicDirectory;
  readonly log: LogOffsets;
  readonly clock: Clock;
  readonly random: Random;
  /** By default 5 s. */
  readonly topicRefreshMs?: number;
}

/** What one group has consumed. */
export interface Consumed {
  readonly group: string;
  readonly as: Committer;
  /** `from`: the first offset of what was consumed. */
  readonly offsets: readonly (OffsetToCommit & { readonly from?: number | undefined })[];
}

/** A group in a list. */
export interface GroupListing extends GroupSummary {
  readonly members: number;
}

/**
 * Consumer groups: who reads which partition, and how far each group has come. All state is in the store, so any number
 * of processes serve one group, and none has a timer: every request ends the sessions that are over.
 *
 * Every method throws GroupError; besides what it names, `group_name_invalid`, `group_conflict` and `group_corrupt`; and
 * StoreError where the store stays away. `topic_unknown` and `partition_unknown` are TopicErrors.
 *
 * @example
 * const groups = new Groups({ items: stores.items, directory, log, clock: systemClock, random: systemRandom });
 * const member = await groups.heartbeat('billing', { subscription: { topics: ['orders'] } });
 * const as = { memberId: member.memberId, memberEpoch: member.memberEpoch };
 * await groups.commit('billing', [{ topic: 'orders', partition: 0, offset: 17 }], as);
 */
export class Groups {
  readonly #parts: GroupParts;
  readonly #directory: TopicDirectory;
  readonly #log: LogOffsets;
  readonly #sessions: Sessions;
  /** Members that come by Kafka's classic protocol. They are in groups of their own kind; all else is one for both. */
  readonly classic: ClassicSessions;
  /** Offsets that are committed as part of a transaction. */
  readonly pending: PendingOffsets;
  /** Group → monotonic time until which it is taken to exist. */
  readonly #founded = new Map<string, number>();

  constructor({ items, directory, log, clock, random, topicRefreshMs = TOPIC_REFRESH_MS }: GroupsOptions) {
    this.#parts = { items, clock: wholeMs(clock), random };
    this.#directory = directory;
    this.#log = log;
    this.#sessions = new Sessions(this.#parts, directory, topicRefreshMs);
    this.classic = new ClassicSessions(this.#parts);
    this.pending = new PendingOffsets(this.#parts, directory);
  }

  /**
   * A member joins (epoch 0), or says that it lives, what it holds and what it wants; the answer is what it has now. Send
   * it every third of the session time-out, and sooner while the answer is not `settled`.
   *
   * Units: one strongly consistent read of the group item (about 130 bytes a member with one topic, so 1 for up to 30
   * members); a write of it (1 per 8 members) when something changes, and once per third of the session.
   *
   * @throws member_unknown, group_fenced (drop everything, join again with epoch 0), instance_fenced (stop), group_full,
   *   group_too_large, member_invalid, subscription_invalid, group_inconsistent_protocol (classic members are there)
   */
  heartbeat(group: string, request: HeartbeatRequest): Promise<Assignment> {
    return this.#sessions.heartbeat(group, request);
  }

  /**
   * A member goes, and others get its partitions; a static one may keep its place until its session ends.
   * @throws group_unknown, member_unknown, instance_fenced
   */
  leave(group: string, request: LeaveRequest): Promise<void> {
    return this.#sessions.leave(group, request);
  }

  /**
   * Commits offsets: all or none of them, up to 99 ledgers (3,168 partitions at 32 a ledger); beyond, 99 at a time. Offsets
   * above the high watermark are taken, as in Kafka. Any committer but a `guard`'s is checked in the same transaction that
   * writes, so that one that has lost its partitions, even a moment ago, writes nothing.
   *
   * Units: one read of the group item; then twice the KB of that item plus twice the KB of each ledger's offsets item
   * (30 bytes a partition, and metadata): 4 write units for a small group and up to 32 partitions of one topic.
   *
   * @throws group_fenced, member_unknown, instance_fenced, group_unknown (of a member); group_not_empty (of 'anyone');
   *   offset_invalid, metadata_too_large, offsets_too_large, topic_unknown, partition_unknown
   */
  async commit(group: string, offsets: readonly OffsetToCommit[], as: Committer = 'anyone'): Promise<void> {
    checkGroupName(group);
    const ledgers = await byLedger(this.#directory, offsets);
    if (as !== 'anyone' && 'guard' in as) await this.#found(group);
    await writeOffsets(this.#parts, group, as, ledgers);
  }

  /**
   * Offsets to be committed in one transaction of the store with events: see `Log.append`. Each group's committer is checked
   * in it, as `commit` does, and so is, where `from` is given, that the group has not come further than that: then somebody
   * else has consumed the same before.
   *
   * @throws offset_invalid, metadata_too_large, topic_unknown, partition_unknown; the rest at the append, and `offsets_passed`,
   *   `offsets_too_large`
   */
  async consumed(all: readonly Consumed[]): Promise<Beside> {
    return this.#beside(all);
  }

  /** Commits what `consumed` says by itself, where there are no events to go with it. @throws as `consumed`, and its appends */
  async commitConsumed(all: readonly Consumed[]): Promise<void> {
    if (all.length > 0) await commitTogether(this.#parts, await this.#beside(all));
  }

  async #beside(all: readonly Consumed[]): Promise<ConsumedBeside> {
    const consumed: ConsumedOffsets[] = [];
    for (const { group, as, offsets } of all) {
      checkGroupName(group);
      const ledgers = await byLedger(this.#directory, offsets);
      if (as !== 'anyone' && 'guard' in as) await this.#found(group);
      const topicIds = new Map(ledgers.map(({ topic, topicId }) => [topic, topicId]));
      const from = new Map<string, number>();
      for (const one of offsets)
        if (one.from !== undefined) from.set(`${topicIds.get(one.topic)}/${one.partition}`, one.from);
      consumed.push({ group, committer: as, ledgers, from });
    }
    return new ConsumedBeside(this.#parts, consumed);
  }

  /**
   * What the group has committed, of one topic or of all that still exist; empty for a group that does not.
   * @throws topic_unknown
   */
  async committed(group: string, topic?: string): Promise<readonly CommittedPosition[]> {
    return reached((await this.committedStably(group, topic)).positions);
  }

  /** All that is committed, offsets below 0 too, and where a transaction that has not ended may change it. @throws topic_unknown */
  async committedStably(group: string, topic?: string): Promise<StablePositions> {
    checkGroupName(group);
    if (topic === undefined) return readPositions(this.#parts, this.#directory, group);
    return readTopicPositions(this.#parts, group, await layoutOf(this.#directory, topic));
  }

  /** How far behind the group is, per partition and in all. @throws group_unknown */
  async lag(group: string): Promise<GroupLag> {
    checkGroupName(group);
    return readLag(this.#parts, this.#directory, this.#log, group);
  }

  /**
   * Moves what the group has committed for a topic, clamped to what the log has, and says what it did. A group that does not
   * exist yet is made, so that a first run can be told where to begin.
   *
   * @throws group_not_empty while it has members; topic_unknown, partition_unknown; offset_invalid
   * @example
   * await groups.reset('billing', 'orders', { timeMs: Date.UTC(2026, 0, 1) }); // [{ partition: 0, from: 17, to: 4 }]
   */
  async reset(group: string, topic: string, to: ResetTo, options?: ResetOptions): Promise<readonly ResetPosition[]> {
    checkGroupName(group);
    return resetOffsets(this.#parts, this.#directory, this.#log, { ...options, group, topic, to });
  }

  /** All groups, by name. */
  async list(): Promise<readonly GroupListing[]> {
    const { items } = this.#parts;
    const listed: GroupListing[] = [];
    let after: string | undefined;
    do {
      const page = await items.query(REGISTRY_PK, after === undefined ? {} : { after });
      const names = page.items.map(({ sk }) => sk);
      const found = await items.getMany(names.map(groupKey), { stale: true });
      for (const [i, group] of names.entries()) listed.push(this.#listing(group, found[i]));
      after = page.next;
    } while (after !== undefined);
    return listed;
  }

  /** Members, their partitions and the group's state. Reads only. @throws group_unknown */
  async describe(group: string): Promise<GroupDescription> {
    checkGroupName(group);
    const { state: stored } = await readKnownGroup(this.#parts, group);
    const state = sweep(stored, this.#parts.clock.nowMs());
    const topics = await lookUp(this.#directory, { names: topicsAssigned(state), patterns: [] });
    return describeGroup(group, state, new Map([...topics].map(([name, { topicId }]) => [name, topicId])));
  }

  /** Deletes a group and its offsets. @throws group_unknown, group_not_empty */
  async delete(group: string): Promise<void> {
    checkGroupName(group);
    await removeGroup(this.#parts, group);
    this.#founded.delete(group);
  }

  /**
   * Removes groups that have had no members and no commits for longer than `retentionMs`, with their offsets; returns their
   * names. Part of tending: `expireGroups` says by which rule.
   */
  async expire(options: ExpiryOptions): Promise<readonly string[]> {
    const expired = await expireGroups(this.#parts, options);
    for (const group of expired) this.#founded.delete(group);
    return expired;
  }

  /**
   * Forgets what is committed for a topic, be it that a topic of the name exists no more; or for some partitions of one
   * that does.
   * @throws group_unknown; group_not_empty while members subscribe to it; topic_unknown with `partitions`
   */
  async deleteOffsets(group: string, topic: string, partitions?: readonly number[]): Promise<void> {
    checkGroupName(group);
    if (!partitions) return removeOffsets(this.#parts, group, topic);
    const { width } = await layoutOf(this.#directory, topic);
    await removeOffsets(this.#parts, group, topic, { partitions: new Set(partitions), width });
  }

  /**
   * Whether a member of the consumer protocol is there, in this epoch, for requests that only read. Members of the classic
   * protocol may say who they are, too; as in Kafka, what they say is not checked.
   * @throws member_unknown, group_fenced
   */
  async checkMember(group: string, memberId: string, memberEpoch: number): Promise<void> {
    checkGroupName(group);
    const stored = await readGroup(this.#parts, group);
    const state = sweep(stored?.state ?? EMPTY_GROUP, this.#parts.clock.nowMs());
    if (isClassic(state)) return;
    const member = actingMember(state, { memberId, epoch: memberEpoch }, []);
    if (member instanceof GroupError) throw member;
  }

  #listing(group: string, item: Item | undefined): GroupListing {
    const state = item ? sweep(parseGroupItem(item).state, this.#parts.clock.nowMs()) : EMPTY_GROUP;
    return { ...summarizeGroup(group, state), members: memberCount(state) };
  }

  /** A group whose commits are guarded otherwise has no member that would make it: it shall be listed all the same. */
  async #found(group: string): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs < (this.#founded.get(group) ?? 0)) return;
    await changeGroup<undefined>(this.#parts, group, (state) => ({ state, answer: undefined }), { create: true });
    if (this.#founded.size >= FOUNDED_MAX) this.#founded.clear();
    this.#founded.set(group, nowMs + FOUNDED_MS);
  }
}

/** Stored times are whole milliseconds, whatever the clock gives. */
function wholeMs(clock: Clock): Clock {
  return {
    nowMs: () => Math.floor(clock.nowMs()),
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}
