import { GroupError } from '../../lib/group/errors.ts';
import { type Heartbeat, heartbeat } from '../../lib/group/membership.ts';
import { type PartitionSet, partitionSet, union } from '../../lib/group/partitions.ts';
import { EMPTY_GROUP, type GroupState, type KnownTopic, type Member, ownedBy } from '../../lib/group/state.ts';

export const ORDERS = '01JD9N5Q6T3M8W0Z4R7XKE2BC0';
export const PAYMENTS = '01JD9N5Q6T3M8W0Z4R7XKE2BC1';

/** Topics of these sizes, as a directory would give them. */
export function topics(sizes: { orders?: number; payments?: number }): ReadonlyMap<string, KnownTopic> {
  const known = new Map<string, KnownTopic>();
  if (sizes.orders !== undefined) known.set('orders', { topicId: ORDERS, partitions: sizes.orders });
  if (sizes.payments !== undefined) known.set('payments', { topicId: PAYMENTS, partitions: sizes.payments });
  return known;
}

/** Partitions of the topic `orders`. */
export function orders(...partitions: number[]): PartitionSet {
  return partitionSet([[ORDERS, partitions]]);
}

/**
 * A group that is played by hand: members that follow the protocol word by word, one heartbeat at a time, so that a test
 * can leave one out.
 */
export class Played {
  state: GroupState = EMPTY_GROUP;
  nowMs = 1_000_000;
  /** What each member was last told, and holds because of it. */
  readonly told = new Map<string, { epoch: number; owned: PartitionSet }>();

  /** Joins, or joins again. */
  join(memberId: string, wishes: Partial<Heartbeat> = {}): Member {
    return this.#take({
      memberId,
      epoch: 0,
      subscription: { topics: ['orders'] },
      sessionTimeoutMs: 10_000,
      ...wishes,
    });
  }

  /** A heartbeat of a member that has done all that it was told. */
  beat(memberId: string, wishes: Partial<Heartbeat> = {}): Member {
    const { epoch, owned } = this.told.get(memberId)!;
    return this.#take({ memberId, epoch, owned, ...wishes });
  }

  /** Heartbeats of all members until nothing changes any more; returns how many rounds that took. */
  settle(): number {
    for (let rounds = 1; rounds < 50; rounds++) {
      const before = this.state;
      for (const id of this.state.members.keys()) this.beat(id);
      if (this.state === before) return rounds;
    }
    throw new Error('50 rounds of heartbeats did not settle the group.');
  }

  member(id: string): Member {
    return this.state.members.get(id)!;
  }

  /** The code of the error that the heartbeat is answered with. */
  refused(beat: Partial<Heartbeat> & { memberId: string }): string {
    const { state, answer } = heartbeat(this.state, { epoch: 0, ...beat }, this.nowMs);
    this.state = state;
    if (answer instanceof GroupError) return answer.code;
    throw new Error('The heartbeat was taken.');
  }

  #take(beat: Heartbeat): Member {
    const { state, answer } = heartbeat(this.state, beat, this.nowMs);
    this.state = state;
    if (answer instanceof GroupError) throw answer;
    this.told.set(beat.memberId, { epoch: answer.epoch, owned: answer.assigned });
    return answer;
  }
}

/** Throws where a partition has two owners. */
export function checkSingleOwners(state: GroupState): void {
  const owners = new Map<string, string>();
  for (const member of state.members.values()) {
    const owned = ownedBy(member).reduce(union);
    for (const [topicId, partitions] of owned) {
      for (const partition of partitions) {
        const place = `${topicId}/${partition}`;
        const other = owners.get(place);
        if (other !== undefined) throw new Error(`${place} is owned by ${other} and ${member.id}.`);
        owners.set(place, member.id);
      }
    }
  }
}
