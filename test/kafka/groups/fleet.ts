import { GatewayCluster, openGateway, serveKafka } from '../../../lib/kafka/index.ts';
import { openPlatform, type Platform } from '../../../lib/platform.ts';
import { memoryStores, type Stores } from '../../../lib/store/index.ts';

/** A gateway with a socket, as one process of several would be. */
export interface ServedGateway {
  readonly platform: Platform;
  readonly address: string;
  close(): Promise<void>;
}

/** Gateways over one store, as many as `start` was called for. */
export class Fleet {
  readonly #stores: Stores;
  readonly #running = new Set<ServedGateway>();

  constructor() {
    const stores = memoryStores();
    // Each platform closes its stores; these are everybody's.
    this.#stores = { ...stores, close: async () => {} };
  }

  async start({ initialDelayMs = 0 } = {}): Promise<ServedGateway> {
    const platform = openPlatform({ stores: this.#stores, background: false });
    const joined = Promise.withResolvers<GatewayCluster>();
    const gateway = openGateway(platform, {
      groupInitialRebalanceDelayMs: initialDelayMs,
      cluster: { view: async (session) => (await joined.promise).view(session) },
    });
    const server = await serveKafka(gateway, { host: '127.0.0.1', port: 0 });
    const { port } = server;
    const listeners = { PLAINTEXT: { host: '127.0.0.1', port } };
    const onError = (error: unknown) => {
      throw error;
    };
    joined.resolve(await GatewayCluster.join({ ...platform, onError }, { name: `g${port}`, rack: null, listeners }));
    const served: ServedGateway = {
      platform,
      address: `127.0.0.1:${port}`,
      close: async () => {
        if (!this.#running.delete(served)) return;
        await (await joined.promise).leave();
        gateway.close();
        await server.close();
        await platform.close();
      },
    };
    this.#running.add(served);
    return served;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((one) => one.close()));
  }
}

/** Waits for what must come to hold soon. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, timeoutMs = 20_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Waited ${timeoutMs} ms for: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
