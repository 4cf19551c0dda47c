import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { freePort } from '../support/free-port.ts';
import { type ServerProcess, started } from '../support/process.ts';
import { MILLRACE } from '../support/server-process.ts';
import { JARS } from './installations.ts';

/** Two JVMs and a client must start beside each other on two cores. */
const START_MS = 90_000;
const FORMAT_MS = 60_000;
const KAFKA_MEMORY = '-Xmx768m';
/** Any base64 UUID will do. */
const CLUSTER_ID = 'TWlsbHJhY2VSZWZlcmVuY2';

/**
 * A server that speaks Kafka's protocol. `url` is what clients call the bootstrap server: `127.0.0.1:port`.
 */
export type Bootstrap = ServerProcess;

/**
 * Kafka as it comes, but for what one node and a quick test need, and for the partitions of a topic that is made by its
 * first record, which are four here. ACLs are on, and whoever connects may do anything.
 */
function serverProperties(folder: string, port: number, controllerPort: number): string {
  return `process.roles=broker,controller
node.id=0
controller.quorum.voters=0@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(folder, 'logs')}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
num.partitions=4
group.initial.rebalance.delay.ms=0
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
`;
}

/** The real Kafka, one node, in a folder of its own: the reference. `more` are further lines of its properties. */
export async function startKafka(more = ''): Promise<Bootstrap> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, serverProperties(folder, port, controllerPort) + more);
  const jars = ['-cp', join(JARS, '*')];
  try {
    const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties];
    execFileSync('java', [...jars, ...format], { stdio: 'pipe', timeout: FORMAT_MS });
    const server = await startAt('Kafka', port, 'java', [KAFKA_MEMORY, ...jars, 'kafka.Kafka', properties]);
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

/** What is tested: `millrace start` over a folder of its own. */
export async function startMillrace(): Promise<Bootstrap> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-clients-'));
  const [port, httpPort] = [await freePort(), await freePort()];
  const listen = ['--http', `127.0.0.1:${httpPort}`, '--kafka', `127.0.0.1:${port}`];
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const args = [MILLRACE, 'start', '--data', folder, ...listen];
    const server = await startAt('Millrace', port, process.execPath, args);
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

function startAt(name: string, port: number, command: string, args: readonly string[]): Promise<Bootstrap> {
  const url = `127.0.0.1:${port}`;
  return started({ name, command, args, env: () => ({}), url, health: () => describesItself(url), startMs: START_MS });
}

/** A listening port is not yet a broker that knows of itself. */
async function describesItself(url: string): Promise<void> {
  const admin = new kafkajs.Kafka({
    brokers: [url],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    if (brokers.length === 0) throw new Error(`${url} knows of no broker yet`);
  } finally {
    await admin.disconnect();
  }
}
