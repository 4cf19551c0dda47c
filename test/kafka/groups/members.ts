import { encodeSubscription } from '../../../lib/kafka/codec/index.ts';
import type { GatewayOptions } from '../../../lib/kafka/index.ts';
import { memoryStores, type Stores } from '../../../lib/store/index.ts';
import { type SimulatedClock, seededRandom, settle, simulatedClock } from '../../support/clock.ts';
import { type Client, connect, openWorld, type World } from '../client.ts';

/** A gateway on a simulated clock, over stores that another may share. */
export interface TimedWorld extends World {
  readonly clock: SimulatedClock;
  readonly stores: Stores;
  /** Lets a request run to its end, moving time on as long as it waits. */
  done<T>(work: Promise<T>): Promise<T>;
}

export function openTimed({
  clock = simulatedClock(),
  stores = memoryStores(),
  gateway = {},
  seed = 1,
}: {
  clock?: SimulatedClock;
  stores?: Stores;
  gateway?: Partial<GatewayOptions>;
  seed?: number;
} = {}): TimedWorld {
  const world = openWorld({
    platform: { stores, clock, random: seededRandom(seed) },
    gateway: { groupInitialRebalanceDelayMs: 0, ...gateway },
  });
  return { ...world, clock, stores, done: (work) => finish(clock, work) };
}

export async function finish<T>(clock: SimulatedClock, work: Promise<T>): Promise<T> {
  let over = false;
  const end = () => {
    over = true;
  };
  work.then(end, end);
  for (let turns = 0; !over; turns++) {
    await settle(1);
    // A few turns first: what is not waiting for time shall not move it.
    if (!over && turns > 5 && clock.sleepers > 0) await clock.step();
  }
  return work;
}

/** What a consumer tells of itself when it joins. */
export function subscription(topics: readonly string[], text = ''): Uint8Array {
  return encodeSubscription(1, {
    topics,
    userData: Buffer.from(text),
    ownedPartitions: [],
    generationId: -1,
    rackId: null,
  });
}

export const JOIN = {
  groupId: 'billing',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 30_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: subscription(['orders']) }],
};

/** A member as a client keeps it: it joins with the id that it is told to, and syncs, giving everyone a text. */
export class Member {
  readonly client: Client;
  memberId = '';
  generation = -1;
  readonly instanceId: string | null;

  constructor(world: World, instanceId: string | null = null) {
    this.client = connect(world.gateway);
    this.instanceId = instanceId;
  }

  async join(wishes: Partial<typeof JOIN> = {}, version = 9) {
    const ask = () =>
      this.client.call(
        'JoinGroup',
        { ...JOIN, memberId: this.memberId, ...(version >= 5 && { groupInstanceId: this.instanceId }), ...wishes },
        version,
      );
    let answer = await ask();
    this.memberId = answer.memberId;
    if (answer.errorCode === 79) answer = await ask();
    this.generation = answer.generationId;
    return answer;
  }

  sync(assignments: Readonly<Record<string, string>> = {}, version = 5) {
    return this.client.call(
      'SyncGroup',
      {
        groupId: JOIN.groupId,
        memberId: this.memberId,
        generationId: this.generation,
        ...(version >= 3 && { groupInstanceId: this.instanceId }),
        assignments: Object.entries(assignments).map(([memberId, text]) => {
          return { memberId, assignment: new Uint8Array(Buffer.from(text)) };
        }),
      },
      version,
    );
  }

  async heartbeat(version = 4): Promise<number> {
    const { memberId, generation, instanceId } = this;
    const actor = { groupId: JOIN.groupId, memberId, generationId: generation };
    const request = version >= 3 ? { ...actor, groupInstanceId: instanceId } : actor;
    return (await this.client.call('Heartbeat', request, version)).errorCode;
  }

  async commit(offset: number, version = 9): Promise<number> {
    const answer = await this.client.call(
      'OffsetCommit',
      {
        groupId: JOIN.groupId,
        memberId: this.memberId,
        generationIdOrMemberEpoch: this.generation,
        topics: [
          {
            name: 'orders',
            partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: `by ${this.memberId}` }],
          },
        ],
      },
      version,
    );
    return answer.topics[0]!.partitions[0]!.errorCode;
  }
}

/** What is committed for partition 0 of `orders`. */
export async function committed(client: Client, groupId = JOIN.groupId): Promise<number> {
  const topics = [{ name: 'orders', partitionIndexes: [0] }];
  const { groups } = await client.call('OffsetFetch', {
    groups: [{ groupId, memberId: null, memberEpoch: -1, topics }],
  });
  return groups[0]!.topics[0]!.partitions[0]!.committedOffset;
}
