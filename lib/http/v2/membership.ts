import { MillraceError } from '../../bytes/index.ts';
import type { Assignment, Subscription, TopicPartitions } from '../../group/index.ts';
import type { HttpServices } from '../services.ts';
import { type Instance, NO_PLACES, NO_TOPIC_IDS, type Place } from './instance-item.ts';
import { listPlaces, type PlaceAt, withPlaces } from './instances.ts';

/** As Kafka's `auto.commit.interval.ms`: a write per this time, however often the client polls. */
const AUTO_COMMIT_MS = 5_000;

/** An instance after a heartbeat. */
export interface Beaten {
  readonly instance: Instance;
  /** Partitions that it had to give up are dropped from `instance`: once that is saved, `giveUp` says so to the group. */
  readonly gaveUp: readonly TopicPartitions[] | undefined;
  /** Whether the group has told it all that it shall have; while not, heartbeats should come quickly. */
  readonly settled: boolean;
}

/**
 * An instance as a member of its group. Each poll is a heartbeat; the first one joins. The group's answer is carried over to
 * the instance's places; a session that is over, or fenced, is begun anew with empty hands.
 */
export class Membership {
  readonly #services: HttpServices;

  constructor(services: HttpServices) {
    this.#services = services;
  }

  /**
   * Tells the group that the member lives and what it subscribes to, and takes over what it is told; nothing without a
   * subscription.
   */
  async beat(group: string, before: Instance, subscription: Subscription | undefined): Promise<Beaten> {
    if (!subscription) return { instance: before, gaveUp: undefined, settled: true };
    try {
      return await this.#adopt(group, before, await this.#heartbeat(group, before, subscription));
    } catch (error) {
      if (before.memberEpoch === 0 || !isOver(error)) throw error;
      const anew = await this.#emptyHanded(group, before, error);
      return this.#adopt(group, anew, await this.#heartbeat(group, anew, subscription));
    }
  }

  /**
   * The instance before it joins again. One that was fenced is likely to have fenced itself (two of its first polls at
   * once join twice): where nobody has committed since, it goes on from where it was, else from what is committed. One
   * whose session ended begins at what is committed, as Kafka's consumers do.
   */
  async #emptyHanded(group: string, before: Instance, error: unknown): Promise<Instance> {
    const anew = { ...before, memberEpoch: 0 };
    if (!(error instanceof MillraceError && error.code === 'group_fenced')) {
      return { ...anew, places: NO_PLACES, topicIds: NO_TOPIC_IDS };
    }
    const committed = new Map(
      (await this.#services.groups.committed(group)).map((one) => [`${one.topic}/${one.partition}`, one.offset]),
    );
    const overtaken = listPlaces(before.places)
      .filter(({ topic, partition, committed: known }) => (committed.get(`${topic}/${partition}`) ?? -1) !== known)
      .map((place) => ({ ...place, ...UNKNOWN }));
    return { ...anew, places: withPlaces(before.places, overtaken) };
  }

  /** Says to the group that the partitions which `beat` dropped are given up. They must be dropped in the store by now. */
  async giveUp(
    group: string,
    instance: Instance,
    subscription: Subscription,
    kept: readonly TopicPartitions[],
  ): Promise<Beaten> {
    return this.#adopt(group, instance, await this.#heartbeat(group, instance, subscription, kept));
  }

  #heartbeat(
    group: string,
    instance: Instance,
    subscription: Subscription,
    owned?: readonly TopicPartitions[],
  ): Promise<Assignment> {
    const { memberId, memberEpoch, config } = instance;
    return this.#services.groups.heartbeat(group, {
      memberId,
      memberEpoch,
      subscription,
      sessionTimeoutMs: config.sessionTimeoutMs,
      ...(owned && { ownedPartitions: owned }),
    });
  }

  async #adopt(group: string, before: Instance, answer: Assignment): Promise<Beaten> {
    let instance: Instance = { ...before, memberEpoch: answer.memberEpoch };
    if (answer.revoking.length > 0) {
      // Not the client's to commit any more: what it was given of these partitions is committed now, or read again.
      if (instance.config.autoCommit) instance = await this.commit(group, instance);
    }
    const { places, topicIds } = adopted(instance, answer.assignment);
    const gaveUp = answer.revoking.length > 0 ? answer.assignment : undefined;
    return { instance: { ...instance, places, topicIds }, gaveUp, settled: answer.settled };
  }

  /** Commits by itself, if the instance is one that does, and its time has come. */
  async autoCommit(group: string, instance: Instance): Promise<Instance> {
    const sinceMs = this.#services.clock.nowMs() - instance.committedAtMs;
    const due = sinceMs >= AUTO_COMMIT_MS || sinceMs < 0;
    return instance.config.autoCommit && due ? this.commit(group, instance) : instance;
  }

  /** Commits all positions that have moved since the last commit. */
  async commit(group: string, instance: Instance): Promise<Instance> {
    const moved = listPlaces(instance.places).filter(
      ({ position, committed }) => position >= 0 && position !== committed,
    );
    const committedAtMs = this.#services.clock.nowMs();
    if (moved.length === 0) return instance;
    const offsets = moved.map(({ topic, partition, position }) => ({ topic, partition, offset: position }));
    await this.#services.groups.commit(group, offsets, committer(instance));
    const committed = moved.map((place): PlaceAt => ({ ...place, committed: place.position }));
    return { ...instance, committedAtMs, places: withPlaces(instance.places, committed) };
  }

  /** The last commit of an instance that goes. One whose membership is over has nothing to commit any more. */
  async commitLast(group: string, instance: Instance): Promise<void> {
    try {
      await this.commit(group, instance);
    } catch (error) {
      if (!isOver(error)) throw error;
    }
  }

  /** Leaves the group, if it is a member. One whose session is over has left already. */
  async leave(group: string, instance: Instance): Promise<Instance> {
    if (instance.memberEpoch === 0) return instance;
    try {
      await this.#services.groups.leave(group, { memberId: instance.memberId });
    } catch (error) {
      if (!isOver(error)) throw error;
    }
    return { ...instance, memberEpoch: 0, places: NO_PLACES, topicIds: NO_TOPIC_IDS };
  }
}

export function committer(instance: Instance) {
  const { memberId, memberEpoch } = instance;
  return instance.wanted === 'assigned' ? ('anyone' as const) : { memberId, memberEpoch };
}

/** Errors that say: this membership is over. */
const OVER: ReadonlySet<string> = new Set(['member_unknown', 'group_fenced', 'group_unknown']);

export function isOver(error: unknown): boolean {
  return error instanceof MillraceError && OVER.has(error.code);
}

const UNKNOWN: Place = { position: -1, committed: -1 };

/** Places for what the group assigned: known ones stay, new ones are to be looked up. */
function adopted(instance: Instance, assignment: readonly TopicPartitions[]) {
  const places = new Map<string, ReadonlyMap<number, Place>>();
  const topicIds = new Map<string, string>();
  for (const { topic, topicId, partitions } of assignment) {
    if (topic === undefined) continue; // deleted: there is nothing to read
    const known = instance.topicIds.get(topic) === topicId ? instance.places.get(topic) : undefined;
    places.set(topic, new Map(partitions.map((partition) => [partition, known?.get(partition) ?? UNKNOWN])));
    topicIds.set(topic, topicId);
  }
  return { places, topicIds };
}
