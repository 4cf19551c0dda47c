import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { type ServerProcess, started } from '../support/process.ts';

/** Two JVMs and a client must start beside each other on two cores. */
const START_MS = 90_000;

/**
 * A server that speaks Kafka's protocol. `url` is what clients call the bootstrap server: `127.0.0.1:port`.
 */
export type Bootstrap = ServerProcess;

/** Gives a server a folder of its own, and takes it away with it. */
export async function overAFolder(make: (folder: string) => Promise<Bootstrap>): Promise<Bootstrap> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-clients-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const server = await make(folder);
    return {
      ...server,
      stop: async () => {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Runs a server, and waits until it is there. */
export function startAt(
  name: string,
  port: number,
  [command, ...args]: readonly [string, ...string[]],
  health: string | (() => Promise<unknown>),
): Promise<Bootstrap> {
  const url = `127.0.0.1:${port}`;
  return started({ name, command, args, env: () => ({}), url, health, startMs: START_MS });
}

/** A listening port is not yet a broker that knows of itself. */
export async function describesItself(url: string, brokersMin = 1): Promise<void> {
  const admin = new kafkajs.Kafka({
    brokers: [url],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    if (brokers.length < brokersMin) throw new Error(`${url} knows of ${brokers.length} brokers yet`);
  } finally {
    await admin.disconnect();
  }
}
