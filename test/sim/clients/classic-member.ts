import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  KAFKA_ERRORS,
} from '../../../lib/kafka/index.ts';
import { partitionName } from '../../checker/index.ts';
import { ConnectionLost } from '../kafka-connection.ts';
import type { ClientParts, KafkaLink } from './client.ts';
import { MemberStory } from './group-member.ts';
import { commitPositions, committedPositions, isLost, MemberLost, TryAgain } from './group-offsets.ts';
import type { KnownTopic } from './producer.ts';
import type { Position } from './reader.ts';

export interface GroupMemberOptions {
  readonly group: string;
  readonly topics: readonly KnownTopic[];
  readonly instanceId: string | undefined;
  readonly sessionMs: number;
}

const REBALANCE_MS = 8_000;
/** Beyond what a broker may hold the request for. */
const SLACK_MS = 5_000;
const PROTOCOL = 'range';

/**
 * A member of a group by Kafka's classic protocol, eager: it gives everything up before it joins the next generation.
 * Its methods throw ConnectionLost, TryAgain and MemberLost.
 */
export class ClassicMember {
  readonly story: MemberStory;
  /** What it has, and how far it has come there. */
  positions: Position[] = [];
  readonly #options: GroupMemberOptions;
  readonly #link: KafkaLink;
  #memberId = '';
  #generation = -1;
  /** As the leader of its generation: how many partitions there were to divide. */
  #divided: number | undefined;

  constructor(parts: ClientParts, link: KafkaLink, options: GroupMemberOptions) {
    this.#options = options;
    this.#link = link;
    this.story = new MemberStory(parts, options.group);
  }

  get identity() {
    const { group, instanceId = null } = this.#options;
    return { group, memberId: this.#memberId, epoch: this.#generation, instanceId };
  }

  /** Joins and syncs, as the leader if it is told so, and looks up where to go on. */
  async join(): Promise<void> {
    const { group, topics, sessionMs, instanceId: groupInstanceId = null } = this.#options;
    const running = this.story.asks();
    const names = topics.map(({ name }) => name);
    const metadata = encodeSubscription(1, {
      topics: names,
      userData: null,
      ownedPartitions: [],
      generationId: -1,
      rackId: null,
    });
    const joined = await this.#link.connection.call(
      'JoinGroup',
      {
        groupId: group,
        sessionTimeoutMs: sessionMs,
        rebalanceTimeoutMs: REBALANCE_MS,
        memberId: this.#memberId,
        groupInstanceId,
        protocolType: 'consumer',
        protocols: [{ name: PROTOCOL, metadata }],
      },
      { timeoutMs: REBALANCE_MS + SLACK_MS },
    );
    if (joined.errorCode === KAFKA_ERRORS.MEMBER_ID_REQUIRED) {
      this.#memberId = joined.memberId;
      throw new TryAgain();
    }
    this.#check(joined.errorCode);
    this.#memberId = joined.memberId;
    this.#generation = joined.generationId;
    const isLeader = joined.leader === joined.memberId && !joined.skipAssignment;
    const assignments = isLeader ? divided(topics, joined.members) : [];
    // One that need not divide does not know of how many the others did.
    const isNew = joined.skipAssignment && topics.some(({ hasGrown }) => hasGrown);
    this.#divided = joined.leader !== joined.memberId ? undefined : isNew ? 0 : partitionsOf(topics);
    const synced = await this.#link.connection.call(
      'SyncGroup',
      {
        groupId: group,
        generationId: this.#generation,
        memberId: this.#memberId,
        groupInstanceId,
        protocolType: 'consumer',
        protocolName: PROTOCOL,
        assignments,
      },
      { timeoutMs: REBALANCE_MS + SLACK_MS },
    );
    this.#check(synced.errorCode);
    const wanted = synced.assignment.length === 0 ? [] : decodeAssignment(synced.assignment).assignedPartitions;
    const mine = wanted.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
    this.story.member = this.#memberId;
    this.story.generation = this.#generation;
    const named = mine.map(({ topic, partition }) => partitionName(topic, partition));
    this.story.gets(running, named);
    this.positions = await committedPositions(this.#link.connection, this.story, this.identity, mine);
  }

  /** Whether it has to divide anew, as the leader: there are more partitions. */
  get isOutdated(): boolean {
    return this.#divided !== undefined && partitionsOf(this.#options.topics) > this.#divided;
  }

  commit(): Promise<void> {
    return commitPositions(this.#link.connection, this.story, this.identity, this.positions);
  }

  /** Whether the generation goes on. */
  async beat(): Promise<boolean> {
    const { group, instanceId: groupInstanceId = null } = this.#options;
    const running = this.story.beats();
    const asked = { groupId: group, generationId: this.#generation, memberId: this.#memberId, groupInstanceId };
    const { errorCode } = await this.#link.connection.call('Heartbeat', asked);
    if (isLost(errorCode)) running.fail('none');
    else if (errorCode === KAFKA_ERRORS.NONE || errorCode === KAFKA_ERRORS.REBALANCE_IN_PROGRESS) running.ok();
    if (errorCode === KAFKA_ERRORS.REBALANCE_IN_PROGRESS) return false;
    this.#check(errorCode);
    return true;
  }

  giveUp(): void {
    if (this.story.generation >= 0) this.story.givesUp();
    this.positions = [];
  }

  /**
   * After an error: what it has is gone. Whose instance another one has taken is at its end, in Kafka: it may have been a late
   * request of its own, so whoever looks after the client starts it again.
   */
  lose(error: unknown): void {
    this.giveUp();
    if (error instanceof TryAgain) this.#link.drop();
    if (!(error instanceof MemberLost)) return;
    if (error.errorCode !== KAFKA_ERRORS.ILLEGAL_GENERATION) this.#memberId = '';
  }

  async leave(): Promise<void> {
    this.giveUp();
    if (this.#memberId === '') return;
    const { group, instanceId: groupInstanceId = null } = this.#options;
    try {
      const members = [{ memberId: this.#memberId, groupInstanceId }];
      await this.#link.connection.call('LeaveGroup', { groupId: group, members });
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
    }
  }

  #check(errorCode: number): void {
    if (errorCode === KAFKA_ERRORS.NONE) return;
    if (isLost(errorCode)) throw new MemberLost(errorCode);
    throw new TryAgain();
  }
}

/** Whether an error is one that a member's life has to reckon with. */
export function isMembers(error: unknown): boolean {
  return error instanceof ConnectionLost || error instanceof TryAgain || error instanceof MemberLost;
}

function partitionsOf(topics: readonly KnownTopic[]): number {
  return topics.reduce((sum, { partitions }) => sum + partitions, 0);
}

/** Partitions dealt out to the members that want them, in turn. */
function divided(
  topics: readonly KnownTopic[],
  members: readonly { readonly memberId: string; readonly metadata: Uint8Array }[],
) {
  const shares = new Map(members.map(({ memberId }) => [memberId, new Map<string, number[]>()]));
  let turn = 0;
  for (const { name, partitions } of topics) {
    const wanting = members.filter(({ metadata }) => decodeSubscription(metadata).topics.includes(name));
    for (let partition = 0; partition < partitions && wanting.length > 0; partition++) {
      const share = shares.get(wanting[turn++ % wanting.length]!.memberId)!;
      share.set(name, [...(share.get(name) ?? []), partition]);
    }
  }
  return [...shares].map(([memberId, share]) => {
    const assignedPartitions = [...share].map(([topic, partitions]) => ({ topic, partitions }));
    return { memberId, assignment: encodeAssignment(1, { assignedPartitions, userData: null }) };
  });
}
