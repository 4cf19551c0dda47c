import { type KafkaServer, serveKafka } from '../../../lib/kafka/index.ts';
import { openWorld, type World } from '../client.ts';

/** A world with a server on a free port. */
export interface ServedWorld extends World {
  readonly server: KafkaServer;
  /** `host:port` */
  readonly address: string;
}

/** For real clients; `errors` collects what the gateway says went wrong on its side. */
export async function serveWorld(
  errors: unknown[],
  options: Parameters<typeof openWorld>[0] = {},
): Promise<ServedWorld> {
  const gateway = {
    groupInitialRebalanceDelayMs: 0,
    onError: (error: unknown) => errors.push(error),
    ...options.gateway,
  };
  const world = openWorld({ ...options, gateway });
  const server = await serveKafka(world.gateway, { host: '127.0.0.1', port: 0, limits: { closeMs: 200 } });
  return {
    ...world,
    server,
    address: `127.0.0.1:${server.port}`,
    close: async () => {
      await server.close();
      await world.close();
    },
  };
}
