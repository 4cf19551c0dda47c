import type { Session } from '../session.ts';

/** A gateway, as clients are told of it; or several behind one address. */
export interface Broker {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  /** Its availability zone. */
  readonly rack: string | null;
}

/** A partition among others, for which somebody leads. */
export interface Seat {
  readonly topicId: string;
  readonly partition: number;
  /** Partitions of a ledger of its topic: those of one ledger are led by one gateway. */
  readonly width: number;
}

/**
 * The live gateways at one moment, as one session is told of them: one look serves a whole answer, so that it does not
 * contradict itself.
 */
export interface View {
  /** By id; never empty. */
  readonly brokers: readonly Broker[];
  /** The gateway that answers. */
  readonly self: Broker;
  readonly controllerId: number;
  /** The id of the broker that the session should produce to and fetch from. */
  leaderOf(seat: Seat): number;
  /** The coordinator of a group, by its id, or of a transactional id. */
  coordinatorOf(key: string): Broker;
  /**
   * The id of the broker from which a consumer in zone `rack` should fetch in place of this one (KIP-392); undefined where
   * this one is as near as any. '' is a consumer that does not say.
   */
  nearerReplica(seat: Seat, rack: string): number | undefined;
  /**
   * Whether a request that is better done by broker `id` may be refused (NOT_LEADER_OR_FOLLOWER, NOT_COORDINATOR): only
   * where that one will not refuse it, too. Otherwise it is served here, which is never wrong (decision 0010).
   */
  mayRefuseFor(id: number): boolean;
}

export interface Cluster {
  view(session: Session): Promise<View>;
}
