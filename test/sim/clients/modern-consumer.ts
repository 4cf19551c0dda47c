import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { type PartitionName, partitionName } from '../../checker/index.ts';
import { ConnectionLost } from '../kafka-connection.ts';
import type { GroupConsumerOptions } from './classic-consumer.ts';
import { backOff, type ClientParts, type ClientProgram, KafkaLink } from './client.ts';
import { MemberStory } from './group-member.ts';
import { commitPositions, committedPositions, isLost, MemberLost, TryAgain } from './group-offsets.ts';
import { fetchOnce, type Position } from './reader.ts';

const REBALANCE_MS = 8_000;
const LEAVE_EPOCH = -1;
/** Servers decide the session; clients beat more often than they are asked to where partitions change hands. */
const BEAT_MS_MAX = 2_000;

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** A consumer by the consumer protocol (KIP-848): the server assigns, and partitions change hands one by one. */
export function modernConsumer(options: GroupConsumerOptions): ClientProgram {
  return (parts) => new ModernConsumer(parts, options).run();
}

class ModernConsumer {
  readonly #parts: ClientParts;
  readonly #options: GroupConsumerOptions;
  readonly #link: KafkaLink;
  readonly #story: MemberStory;
  readonly #memberId: string;
  #epoch = 0;
  #topicIds: ReadonlyMap<string, string> = new Map();
  #positions: Position[] = [];
  #beatEveryMs = 0;

  constructor(parts: ClientParts, options: GroupConsumerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#link = new KafkaLink(parts);
    this.#story = new MemberStory(parts, options.group);
    this.#memberId = parts.process.name;
    this.#story.member = this.#memberId;
  }

  async run(): Promise<void> {
    const { process, chance, ending } = this.#parts;
    let beatAtMs = 0;
    for (let failures = 0; !ending(); ) {
      try {
        if (this.#topicIds.size === 0) await this.#learnTopics();
        if (this.#epoch === 0 || process.clock.monotonicMs() >= beatAtMs) {
          await this.#beat();
          beatAtMs = process.clock.monotonicMs() + this.#beatEveryMs;
        }
        await this.#poll();
        failures = 0;
        await process.clock.sleep(chance.between(0, this.#options.thinkMs));
      } catch (error) {
        if (!(error instanceof ConnectionLost || error instanceof TryAgain || error instanceof MemberLost)) throw error;
        // A stale epoch is that of a member all the same: the next heartbeat tells the new one.
        if (error instanceof MemberLost && error.errorCode !== KAFKA_ERRORS.STALE_MEMBER_EPOCH) this.#drop();
        if (error instanceof TryAgain) this.#link.drop();
        beatAtMs = 0;
        await backOff(this.#parts, ++failures);
      }
    }
    await this.#leave();
  }

  get #membership() {
    return {
      group: this.#options.group,
      memberId: this.#memberId,
      epoch: this.#epoch,
      instanceId: this.#options.instanceId ?? null,
    };
  }

  async #learnTopics(): Promise<void> {
    const { topics } = this.#options;
    const answer = await this.#link.connection.call('Metadata', {
      topics: topics.map(({ name }) => ({ name })),
      allowAutoTopicCreation: false,
    });
    if (answer.topics.some(({ errorCode }) => errorCode !== KAFKA_ERRORS.NONE)) throw new TryAgain();
    this.#topicIds = new Map(answer.topics.map(({ topicId, name }) => [topicId, name!]));
  }

  /** Says what it holds, and takes and gives up what it is told. */
  async #beat(): Promise<void> {
    const joins = this.#epoch === 0;
    const running = this.#story.asks();
    const answer = await this.#link.connection.call('ConsumerGroupHeartbeat', {
      groupId: this.#options.group,
      memberId: this.#memberId,
      memberEpoch: this.#epoch,
      instanceId: this.#options.instanceId ?? null,
      rebalanceTimeoutMs: REBALANCE_MS,
      subscribedTopicNames: this.#options.topics.map(({ name }) => name),
      topicPartitions: joins ? [] : this.#owned(),
    });
    if (isLost(answer.errorCode)) {
      this.#story.beats().fail('none');
      throw new MemberLost(answer.errorCode);
    }
    if (answer.errorCode !== KAFKA_ERRORS.NONE) throw new TryAgain();
    this.#beatEveryMs = Math.min(BEAT_MS_MAX, answer.heartbeatIntervalMs);
    if (joins) this.#positions = [];
    const wanted = answer.assignment ? this.#places(answer.assignment.topicPartitions) : this.#positions;
    await this.#reconcile(answer.memberEpoch, wanted, running);
  }

  /** What it is to have no more is committed and given up before the group hears that it is free. */
  async #reconcile(epoch: number, wanted: readonly Place[], running: ReturnType<MemberStory['asks']>): Promise<void> {
    const isWanted = (one: Place) => wanted.some((other) => nameOf(other) === nameOf(one));
    const leaving = this.#positions.filter((one) => !isWanted(one));
    const fresh = wanted.filter((one) => !this.#positions.some((other) => nameOf(other) === nameOf(one)));
    this.#epoch = epoch;
    this.#story.generation = epoch;
    if (leaving.length > 0) {
      if (this.#parts.chance.is(0.7)) await this.#commit(leaving);
      this.#positions = this.#positions.filter(isWanted);
      this.#story.givesUp(leaving.map(nameOf));
    }
    // Positions of what is new are asked for before it counts as taken: a failure leaves it for the next heartbeat.
    this.#positions = [...this.#positions, ...(await this.#lookUp(fresh))];
    this.#story.gets(running, this.#positions.map(nameOf));
    if (leaving.length > 0 || fresh.length > 0) this.#beatEveryMs = 0;
  }

  async #lookUp(fresh: readonly Place[]): Promise<Position[]> {
    for (let tries = 1; ; tries++) {
      try {
        return await committedPositions(this.#link.connection, this.#story, this.#membership, fresh);
      } catch (error) {
        if (!(error instanceof ConnectionLost || error instanceof TryAgain) || tries === 5) throw error;
        this.#link.drop();
        await backOff(this.#parts, tries);
      }
    }
  }

  async #poll(): Promise<void> {
    if (this.#positions.length === 0) return;
    const fetched = await fetchOnce(this.#link.connection, this.#positions, { isolation: 'committed', maxWaitMs: 300 });
    this.#story.sees(fetched);
    await this.#story.resets(this.#link.connection, fetched);
    if (
      Object.keys(fetched.records).length > 0
        ? this.#parts.chance.is(this.#options.commits)
        : this.#parts.chance.is(0.2)
    ) {
      await this.#commit(this.#positions);
    }
  }

  #commit(positions: readonly Position[]): Promise<void> {
    return commitPositions(this.#link.connection, this.#story, this.#membership, positions);
  }

  #owned() {
    const byName = new Map([...this.#topicIds].map(([id, name]) => [name, id]));
    return [...Map.groupBy(this.#positions, ({ topic }) => topic)].map(([topic, all]) => {
      return { topicId: byName.get(topic)!, partitions: all.map(({ partition }) => partition) };
    });
  }

  #places(topicPartitions: readonly { readonly topicId: string; readonly partitions: readonly number[] }[]): Place[] {
    return topicPartitions.flatMap(({ topicId, partitions }) =>
      partitions.map((partition) => ({ topic: this.#topicIds.get(topicId)!, partition })),
    );
  }

  #drop(): void {
    this.#story.givesUp();
    this.#positions = [];
    this.#epoch = 0;
  }

  async #leave(): Promise<void> {
    if (this.#epoch === 0) return;
    try {
      await this.#commit(this.#positions);
    } catch (error) {
      if (!(error instanceof ConnectionLost || error instanceof TryAgain || error instanceof MemberLost)) throw error;
    }
    this.#story.givesUp();
    const { group, instanceId } = this.#options;
    const leaving = {
      groupId: group,
      memberId: this.#memberId,
      memberEpoch: LEAVE_EPOCH,
      instanceId: instanceId ?? null,
    };
    await this.#link.connection.call('ConsumerGroupHeartbeat', leaving).catch((error) => {
      if (!(error instanceof ConnectionLost)) throw error;
    });
  }
}

function nameOf({ topic, partition }: Place): PartitionName {
  return partitionName(topic, partition);
}
