import type { Acls } from '../auth/index.ts';
import type { Clock, Random } from '../bytes/index.ts';
import type { Groups } from '../group/index.ts';
import type { Log } from '../log/index.ts';
import type { Routes } from '../route/index.ts';
import type { MetaStore } from '../store/index.ts';
import type { Events, Topics } from '../topic/index.ts';
import type { ProducerIds, Transactions } from '../txn/index.ts';
import { Budget } from './budget.ts';
import { type Cluster, soleBroker } from './cluster/index.ts';
import { FetchSessions } from './fetch/index.ts';
import type { Handlers } from './handler.ts';
import { HANDLERS } from './handlers/index.ts';
import { Quotas } from './quotas/index.ts';
import { Security, type SecurityOptions } from './security/index.ts';
import { type Address, type Peer, Session } from './session.ts';

/** What the gateway stands on; a platform has it. */
export interface GatewayServices {
  readonly topics: Topics;
  readonly events: Events;
  readonly groups: Groups;
  /** Asked for groups that hold the positions of routes: those are for their routes alone. */
  readonly routes?: Pick<Routes, 'requireNoRoutes'>;
  readonly transactions: Transactions;
  readonly acls: Acls;
  readonly log: Log;
  readonly items: MetaStore;
  readonly clock: Clock;
  readonly random: Random;
}

export interface GatewayOptions {
  /** Where clients are told to connect to; where it is not given, the address that they came to. */
  readonly advertised: Address | undefined;
  readonly clusterId: string;
  readonly brokerId: number;
  /** The availability zone of this process, where it is known. */
  readonly rack: string | null;
  /** Whether a topic that a producer or consumer names is made; Kafka's auto.create.topics.enable. */
  readonly autoCreateTopics: boolean;
  /** Partitions of topics that nobody gave a number; Kafka's num.partitions. */
  readonly numPartitions: number;
  /** Answers that were made and not sent yet may hold so much; beyond it clients wait. */
  readonly answerBytesMax: number;
  /** How long the first members of a classic group wait for more; Kafka's group.initial.rebalance.delay.ms. */
  readonly groupInitialRebalanceDelayMs: number;
  /** The gateways that share the stores; where it is not given, this one alone, by `brokerId`, `advertised` and `rack`. */
  readonly cluster: Cluster | undefined;
  /** Who is let in and what they may do; without it, everybody everything. */
  readonly security: SecurityOptions;
  /** Told of failures that no client caused. */
  readonly onError: (error: unknown, doing: string) => void;
  /** Told what an operator should know of clients: those that fail to log in, or speak something else than is spoken here. */
  readonly onNotice: (text: string) => void;
}

/** All that handlers work with. */
export interface GatewayParts extends GatewayServices, Omit<GatewayOptions, 'security'> {
  readonly security: Security;
  readonly quotas: Quotas;
  readonly cluster: Cluster;
  readonly fetchSessions: FetchSessions;
  /** Bytes of answers that were made and are not sent yet. */
  readonly answers: Budget;
  readonly producerIds: ProducerIds;
}

/** The name of every cluster of ours: what HTTP says, too. */
export const CLUSTER_ID = 'millrace';

const DEFAULTS: GatewayOptions = {
  advertised: undefined,
  clusterId: CLUSTER_ID,
  brokerId: 0,
  rack: null,
  autoCreateTopics: true,
  numPartitions: 4,
  answerBytesMax: 256 << 20,
  groupInitialRebalanceDelayMs: 3_000,
  cluster: undefined,
  security: {},
  onError: () => {},
  onNotice: () => {},
};

/** The Kafka protocol over the platform's services. It knows no sockets: `serveKafka` does. */
export class Gateway {
  readonly parts: GatewayParts;
  readonly handlers: Handlers;
  readonly #closing = new AbortController();

  constructor(parts: GatewayParts, handlers: Handlers) {
    this.parts = parts;
    this.handlers = handlers;
  }

  /** Fires when the gateway closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  connect(peer: Peer): Session {
    return new Session(this, peer);
  }

  /** Ends what requests wait for; what they have begun goes on to its end. */
  close(): void {
    this.#closing.abort();
  }
}

/**
 * Opens the gateway over a platform.
 *
 * @example
 * const gateway = openGateway(platform);
 * const server = await serveKafka(gateway, { host: '127.0.0.1', port: 9092 });
 */
export function openGateway(services: GatewayServices, options: Partial<GatewayOptions> = {}): Gateway {
  const { topics, events, groups, transactions, routes, acls, log, items, clock, random } = services;
  const settings = { ...DEFAULTS, ...options };
  const { brokerId: id, rack, advertised } = settings;
  const cluster = settings.cluster ?? soleBroker({ id, rack, advertised });
  const fetchSessions = new FetchSessions(clock, random);
  const security = new Security({ acls, items, clock, random, onNotice: settings.onNotice }, settings.security);
  const quotas = new Quotas({ items, clock, onError: settings.onError });
  return new Gateway(
    {
      ...settings,
      security,
      quotas,
      topics,
      events,
      groups,
      transactions,
      ...(routes && { routes }),
      acls,
      log,
      items,
      clock,
      random,
      cluster,
      fetchSessions,
      answers: new Budget(settings.answerBytesMax),
      producerIds: transactions.producerIds,
    },
    HANDLERS,
  );
}
