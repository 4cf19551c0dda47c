import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Consumer, type KafkaConfig, type Producer } from 'kafkajs';
import { type Clock, systemClock, systemRandom } from '../../../lib/bytes/index.ts';
import { type Gateway, GatewayCluster, openGateway, serveKafka } from '../../../lib/kafka/index.ts';
import { openPlatform } from '../../../lib/platform.ts';
import { memoryStores } from '../../../lib/store/index.ts';
import { seededRandom } from '../../support/clock.ts';
import { faultyStores } from '../../support/faulty.ts';

/** Beats and expiries pass so much faster than the clients' time. */
const FASTER = 10;

const fast: Clock = {
  nowMs: () => Math.floor(performance.timeOrigin + performance.now() * FASTER),
  monotonicMs: () => performance.now() * FASTER,
  sleep: (ms, signal) => systemClock.sleep(ms / FASTER, signal),
};

/** A gateway as a process would have it: a platform, sockets and a heart of its own, over stores that all share. */
export interface FleetGateway {
  readonly address: string;
  readonly brokerId: number;
  readonly gateway: Gateway;
  /** Clean: it leaves the cluster, then ends its connections. */
  stop(): Promise<void>;
  /** Without a word: its connections break, and nothing of it reaches the store any more. */
  kill(): Promise<void>;
}

export class Fleet {
  readonly stores = memoryStores();
  readonly #running = new Set<FleetGateway>();

  async start(name: string, { rack = null }: { rack?: string | null } = {}): Promise<FleetGateway> {
    const stores = faultyStores(
      { ...this.stores, close: async () => {} },
      { clock: systemClock, random: seededRandom(1) },
    );
    const platform = openPlatform({ stores, background: false });
    const joined = Promise.withResolvers<GatewayCluster>();
    const gateway = openGateway(platform, {
      rack,
      cluster: { view: async (session) => (await joined.promise).view(session) },
    });
    const server = await serveKafka(gateway, { host: '127.0.0.1', port: 0 });
    const listeners = { PLAINTEXT: { host: '127.0.0.1', port: server.port } };
    const services = { items: stores.items, clock: fast, random: systemRandom, onError: () => {} };
    const cluster = await GatewayCluster.join(services, { name, rack, listeners });
    joined.resolve(cluster);
    const end = async () => {
      this.#running.delete(made);
      await cluster.leave();
      await server.close();
      gateway.close();
      await platform.close();
    };
    const made: FleetGateway = {
      address: `127.0.0.1:${server.port}`,
      brokerId: cluster.brokerId,
      gateway,
      stop: end,
      kill: async () => {
        stores.plan({ unavailable: 1 });
        await end();
      },
    };
    this.#running.add(made);
    return made;
  }

  async end(): Promise<void> {
    for (const one of [...this.#running]) await one.stop();
    await this.stores.close();
  }
}

export function clientOf(brokers: readonly string[], config: Partial<KafkaConfig> = {}) {
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: 'test',
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 30 },
    ...config,
  });
}

/** Produces one value after another, and keeps those that were acknowledged. */
export class Sender {
  readonly acknowledged: string[] = [];
  readonly #producer: Producer;
  #sending: Promise<void> | undefined;
  #stopped = false;

  constructor(producer: Producer) {
    this.#producer = producer;
  }

  start(topic: string, partitions: number): this {
    this.#sending = this.#run(topic, partitions);
    return this;
  }

  async #run(topic: string, partitions: number): Promise<void> {
    await this.#producer.connect();
    for (let n = 0; !this.#stopped; n++) {
      await this.#producer.send({ topic, messages: [{ value: `v${n}`, partition: n % partitions }] });
      this.acknowledged.push(`v${n}`);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#sending;
    await this.#producer.disconnect();
  }
}

/** Collects what a group's consumer is given. */
export async function gather(consumer: Consumer, topic: string): Promise<string[]> {
  const got: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      got.push(String(message.value));
    },
  });
  return got;
}

export async function until(holds: () => boolean | Promise<boolean>, what: string, withinMs = 20_000): Promise<void> {
  for (const endMs = performance.now() + withinMs; performance.now() < endMs; await sleep(20)) {
    if (await holds()) return;
  }
  throw new Error(`${what} did not come about within ${withinMs} ms`);
}
