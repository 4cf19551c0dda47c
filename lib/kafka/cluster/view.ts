import type { Address } from '../session.ts';
import type { Broker, Seat, View } from './cluster.ts';
import type { GatewayRecord } from './gateway-item.ts';
import { chosen } from './placement.ts';

/** Whom a view is for. */
export interface Viewer {
  /** The name of the listener that the client came by. */
  readonly listener: string;
  /** Our end of its connection: where it is told to find us if we advertise nothing for that listener. */
  readonly local: Address;
  readonly clientId: string | null;
}

export interface Members {
  /** Those that live, by id, this gateway among them. */
  readonly living: readonly GatewayRecord[];
  readonly selfId: number;
  /** Whether every gateway is sure to have the same `living`. */
  readonly agreed: boolean;
}

/**
 * Who a client should turn to, as a pure function of who lives: gateways of one state of the store agree without talking
 * to each other.
 */
export function viewOf({ living, selfId, agreed }: Members, viewer: Viewer): View {
  const { brokers, self } = brokersOf(living, selfId, viewer);
  const near = inZone(brokers, zoneOf(viewer.clientId));
  return {
    brokers,
    self,
    // Any is: the one that is asked is sure to live. Kafka's own brokers name one at random.
    controllerId: self.id,
    leaderOf: (seat) => chosen(ledgerOf(seat), near).id,
    coordinatorOf: (key) => chosen(key, brokers),
    nearerReplica(seat, rack) {
      if (rack === '' || self.rack === rack) return undefined;
      const there = brokers.filter((broker) => broker.rack === rack);
      return there.length === 0 ? undefined : chosen(ledgerOf(seat), there).id;
    },
    mayRefuseFor: (id) => agreed && id !== self.id && brokers.some((broker) => broker.id === id),
  };
}

/**
 * What the gateways are for clients of one listener. Those that advertise one address (a load balancer's) are one broker,
 * of the lowest id among them: clients take two brokers of one address for a mistake (librdkafka renames one connection
 * back and forth), and could not choose between them anyway.
 */
function brokersOf(living: readonly GatewayRecord[], selfId: number, { listener, local }: Viewer) {
  const byAddress = new Map<string, Broker>();
  let self: string | undefined;
  for (const { id, rack, listeners } of living) {
    const address = listeners.get(listener) ?? (id === selfId ? local : undefined);
    if (!address) continue;
    const { host, port } = address;
    const at = `${host}:${port}`;
    const other = byAddress.get(at);
    byAddress.set(at, other ? { ...other, rack: other.rack === rack ? rack : null } : { id, host, port, rack });
    if (id === selfId) self = at;
  }
  return { brokers: [...byAddress.values()], self: byAddress.get(self!)! };
}

/** The zone that a client names in its client id, as producers have no other place for it: `rack=use1-az1`. */
const RACK_IN_CLIENT_ID = /(?:^|[\s,;|])rack=([^\s,;|]+)/;

function zoneOf(clientId: string | null): string | undefined {
  return clientId === null ? undefined : RACK_IN_CLIENT_ID.exec(clientId)?.[1];
}

/** Those of a zone; all, where the zone has none. */
function inZone(brokers: readonly Broker[], zone: string | undefined): readonly Broker[] {
  if (zone === undefined) return brokers;
  const near = brokers.filter(({ rack }) => rack === zone);
  return near.length > 0 ? near : brokers;
}

/**
 * Partitions of one ledger share a head: led by one gateway, their batches share its updates, and their idempotent
 * producers meet no other gateway's fence.
 */
function ledgerOf({ topicId, partition, width }: Seat): string {
  return `${topicId}/${Math.floor(partition / width)}`;
}
