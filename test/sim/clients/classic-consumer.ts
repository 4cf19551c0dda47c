import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  KAFKA_ERRORS,
} from '../../../lib/kafka/index.ts';
import { partitionName } from '../../checker/index.ts';
import { ConnectionLost } from '../kafka-connection.ts';
import { backOff, type ClientParts, type ClientProgram, KafkaLink } from './client.ts';
import { MemberStory } from './group-member.ts';
import { commitPositions, committedPositions, isLost, MemberLost, TryAgain } from './group-offsets.ts';
import type { KnownTopic } from './producer.ts';
import { fetchOnce, type Position } from './reader.ts';

export interface GroupConsumerOptions {
  readonly group: string;
  readonly topics: readonly KnownTopic[];
  readonly instanceId: string | undefined;
  readonly sessionMs: number;
  readonly thinkMs: number;
  /** How often it commits after a poll: 1 always. */
  readonly commits: number;
}

const REBALANCE_MS = 8_000;
/** Beyond what a broker may hold the request for. */
const SLACK_MS = 5_000;
const PROTOCOL = 'range';

/** A consumer by Kafka's classic protocol, eager: it gives everything up before it joins the next generation. */
export function classicConsumer(options: GroupConsumerOptions): ClientProgram {
  return (parts) => new ClassicConsumer(parts, options).run();
}

class ClassicConsumer {
  readonly #parts: ClientParts;
  readonly #options: GroupConsumerOptions;
  readonly #link: KafkaLink;
  readonly #story: MemberStory;
  #memberId = '';
  #generation = -1;
  #positions: Position[] = [];

  constructor(parts: ClientParts, options: GroupConsumerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#link = new KafkaLink(parts);
    this.#story = new MemberStory(parts, options.group);
  }

  async run(): Promise<void> {
    for (let failures = 0; !this.#parts.ending(); ) {
      try {
        await this.#joinNext();
        failures = 0;
        await this.#work();
      } catch (error) {
        if (!(error instanceof ConnectionLost || error instanceof TryAgain || error instanceof MemberLost)) throw error;
        this.#giveUp();
        if (error instanceof TryAgain) this.#link.drop();
        if (error instanceof MemberLost && error.errorCode !== KAFKA_ERRORS.ILLEGAL_GENERATION) this.#memberId = '';
        // Another one has taken the instance's place: as in Kafka, this one is at its end.
        if (error instanceof MemberLost && error.errorCode === KAFKA_ERRORS.FENCED_INSTANCE_ID) return;
        await backOff(this.#parts, ++failures);
      }
    }
    await this.#leave();
  }

  get #membership() {
    return {
      group: this.#options.group,
      memberId: this.#memberId,
      epoch: this.#generation,
      instanceId: this.#options.instanceId ?? null,
    };
  }

  /** Joins and syncs, as the leader if it is told so, and looks up where to go on. */
  async #joinNext(): Promise<void> {
    const { group, topics, sessionMs } = this.#options;
    const running = this.#story.asks();
    const metadata = encodeSubscription(1, {
      topics: topics.map(({ name }) => name),
      userData: null,
      ownedPartitions: [],
      generationId: -1,
      rackId: null,
    });
    const { groupInstanceId } = { groupInstanceId: this.#options.instanceId ?? null };
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
    const synced = await this.#link.connection.call(
      'SyncGroup',
      {
        groupId: group,
        generationId: this.#generation,
        memberId: this.#memberId,
        groupInstanceId,
        protocolType: 'consumer',
        protocolName: PROTOCOL,
        assignments: isLeader ? this.#divide(joined.members) : [],
      },
      { timeoutMs: REBALANCE_MS + SLACK_MS },
    );
    this.#check(synced.errorCode);
    const wanted = synced.assignment.length === 0 ? [] : decodeAssignment(synced.assignment).assignedPartitions;
    const mine = wanted.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
    this.#story.member = this.#options.instanceId ?? this.#memberId;
    this.#story.generation = this.#generation;
    this.#story.gets(
      running,
      mine.map(({ topic, partition }) => partitionName(topic, partition)),
    );
    this.#positions = await committedPositions(this.#link.connection, this.#story, this.#membership, mine);
  }

  /** Partitions dealt out to the members that want them, in turn. */
  #divide(members: readonly { readonly memberId: string; readonly metadata: Uint8Array }[]) {
    const shares = new Map(members.map(({ memberId }) => [memberId, new Map<string, number[]>()]));
    let turn = 0;
    for (const { name, partitions } of this.#options.topics) {
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

  /** Polls, commits and beats its heart until the group asks it to join anew, or it ends. */
  async #work(): Promise<void> {
    const { process, chance, ending } = this.#parts;
    const { sessionMs, thinkMs, commits } = this.#options;
    let beatAtMs = process.clock.monotonicMs();
    while (!ending()) {
      if (this.#positions.length > 0) {
        const fetched = await fetchOnce(this.#link.connection, this.#positions, {
          isolation: 'committed',
          maxWaitMs: 300,
        });
        this.#story.sees(fetched);
        if (Object.keys(fetched.records).length > 0 && chance.is(commits)) await this.#commit();
      }
      await process.clock.sleep(chance.between(0, thinkMs));
      if (process.clock.monotonicMs() - beatAtMs < sessionMs / 3) continue;
      beatAtMs = process.clock.monotonicMs();
      if (chance.is(0.3)) await this.#commit();
      if (!(await this.#beat())) {
        if (chance.is(0.5)) await this.#commit();
        return this.#giveUp();
      }
    }
    await this.#commit();
  }

  #commit(): Promise<void> {
    return commitPositions(this.#link.connection, this.#story, this.#membership, this.#positions);
  }

  /** Whether the generation goes on. */
  async #beat(): Promise<boolean> {
    const { group, instanceId } = this.#options;
    const running = this.#story.beats();
    const { errorCode } = await this.#link.connection.call('Heartbeat', {
      groupId: group,
      generationId: this.#generation,
      memberId: this.#memberId,
      groupInstanceId: instanceId ?? null,
    });
    if (isLost(errorCode)) running.fail('none');
    else if (errorCode === KAFKA_ERRORS.NONE || errorCode === KAFKA_ERRORS.REBALANCE_IN_PROGRESS) running.ok();
    if (errorCode === KAFKA_ERRORS.REBALANCE_IN_PROGRESS) return false;
    this.#check(errorCode);
    return true;
  }

  #check(errorCode: number): void {
    if (errorCode === KAFKA_ERRORS.NONE) return;
    if (isLost(errorCode)) throw new MemberLost(errorCode);
    throw new TryAgain();
  }

  #giveUp(): void {
    if (this.#story.generation >= 0) this.#story.givesUp();
    this.#positions = [];
  }

  async #leave(): Promise<void> {
    this.#giveUp();
    if (this.#memberId === '') return;
    try {
      const members = [{ memberId: this.#memberId, groupInstanceId: this.#options.instanceId ?? null }];
      await this.#link.connection.call('LeaveGroup', { groupId: this.#options.group, members });
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
    }
  }
}
