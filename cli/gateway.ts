import { hostname } from 'node:os';
import type { Credentials } from '../lib/auth/index.ts';
import { GatewayCluster, openGateway, serveKafka } from '../lib/kafka/index.ts';
import { openPlatform } from '../lib/platform.ts';
import type { Stores } from '../lib/store/index.ts';
import { type HealthServer, serveHealth } from './health.ts';
import { listen } from './listen.ts';
import { errorFields, type LogLines } from './log-lines.ts';
import type { FlushOptions } from './settings.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface GatewayServeOptions extends FlushOptions {
  readonly stores: Stores;
  /** Where Kafka clients are served. */
  readonly kafka: Address;
  /** Where they are told to connect to; where it is not given, where we listen. */
  readonly advertised: Address | undefined;
  /** The availability zone. */
  readonly rack: string | null;
  /** Whether clients authenticate by name and password (SCRAM), and rights are checked; none: everybody may do everything. */
  readonly auth: 'none' | 'sasl';
  /** The password that the user `admin`, whom no rights concern, is to have; undefined: what it has. */
  readonly adminPassword: string | undefined;
  /** Where load balancers ask whether this gateway serves. */
  readonly health: Address | undefined;
  readonly log: LogLines;
}

export interface ServedGateway {
  readonly kafka: Address;
  readonly advertised: Address;
  readonly brokerId: number;
  readonly healthPort: number | undefined;
  /** Leaves the cluster first, so that no client is sent here any more; then ends connections. */
  close(): Promise<void>;
}

/** Who makes users and rights, with Kafka's own admin tools. */
const ADMIN = 'admin';

/** The listener that `serveKafka` names its connections by. */
const LISTENER = 'PLAINTEXT';

/**
 * A gateway for Kafka clients over stores that it shares with others: nothing is kept in the process, so any number may
 * run side by side, and come and go. It tends and delivers nothing: that is the deployment's.
 *
 * @throws StoreError where the stores cannot be had; CliError port_in_use, address_unusable
 */
export async function serveGateway(options: GatewayServeOptions): Promise<ServedGateway> {
  const { stores, kafka, rack, log } = options;
  const { lingerMs, flushBytes } = options;
  const onError = (error: unknown, doing: string) => log('error', `${doing} failed`, errorFields(error));
  const settings = { lingerMs, flushBytesMax: flushBytes };
  const platform = openPlatform({ stores, background: false, sweepTransactions: true, log: settings, onError });
  const undo: (() => Promise<void>)[] = [() => platform.close()];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    // Clients may come before the cluster is joined: then they wait for their first answer.
    const joined = Promise.withResolvers<GatewayCluster>();
    joined.promise.catch(() => {});
    const gateway = openGateway(platform, {
      rack,
      onError,
      onNotice: (text) => log('warn', text),
      ...(options.auth === 'sasl' && { security: { sasl: {}, access: { superUsers: [`User:${ADMIN}`] } } }),
      cluster: { view: async (session) => (await joined.promise).view(session) },
    });
    await giveAdmin(gateway.parts.security.credentials, options.adminPassword);
    const server = await listen('kafka', kafka, () => serveKafka(gateway, kafka));
    undo.push(async () => {
      await server.close();
      gateway.close();
    });
    const bound = { host: kafka.host, port: server.port };
    const advertised = options.advertised ?? bound;
    const name = `${hostname()}:${bound.port}`;
    const identity = { name, rack, listeners: { [LISTENER]: advertised } };
    const cluster = await GatewayCluster.join({ ...platform, onError }, identity).catch((error: unknown) => {
      joined.reject(error);
      throw error;
    });
    joined.resolve(cluster);
    undo.push(() => cluster.leave());
    const health = await healthAt(options.health);
    if (health) undo.push(() => health.close());
    return { kafka: bound, advertised, brokerId: cluster.brokerId, healthPort: health?.port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Gateways that start together may all write it: the password is the same. */
async function giveAdmin(credentials: Credentials, password: string | undefined): Promise<void> {
  if (password === undefined || (await credentials.check(ADMIN, Buffer.from(password)))) return;
  await credentials.setPassword(ADMIN, password);
}

async function healthAt(address: Address | undefined): Promise<HealthServer | undefined> {
  return address && listen('health', address, () => serveHealth(address));
}
