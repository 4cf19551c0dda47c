import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JARS } from '../clients/installations.ts';
import { freePort } from '../support/free-port.ts';
import { type ServerProcess, started } from '../support/process.ts';
import { runToEnd } from './children.ts';
import { LoadClient } from './load-client.ts';

export const PEER_NAMES = ['kafka', 'flushing', 'millrace'] as const;
export type PeerName = (typeof PEER_NAMES)[number];

export const PEER_TITLES: Readonly<Record<PeerName, string>> = {
  kafka: 'Kafka',
  flushing: 'Kafka, flushing',
  millrace: 'Millrace',
};

const START_MS = 90_000;
const FORMAT_MS = 60_000;
/** As kafka-server-start.sh and kafka-run-class.sh start it. */
const KAFKA_JVM = [
  ...['-Xmx1G', '-Xms1G', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
  ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent', '-Djava.awt.headless=true'],
];
const ROOT = join(import.meta.dirname, '..', '..');
/** As `npm start` starts it: what Node is told, and the command. */
const MILLRACE_NODE = (
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } }
).scripts.start
  .split(' ')
  .slice(1)
  .map((arg) => (arg.startsWith('cli/') ? join(ROOT, arg) : arg));
/** Any base64 UUID will do. */
const CLUSTER_ID = 'TWlsbHJhY2VSZWZlcmVuY2U';
const SYNC_MS = 120_000;
/** A process that was killed may end a write of its own. */
const REMOVE_TRIES = 20;
/** Arguments of one command that evicts files. */
const FILES_AT_ONCE = 200;

export interface PeerOptions {
  /** Where its own folder is made. */
  readonly folder: string;
  /** Millrace alone: lets a profiler in. */
  readonly inspected?: boolean;
}

/** One of the servers that are compared, over a folder of its own that outlives restarts. */
export class Peer {
  readonly name: PeerName;
  /** What clients call the bootstrap server: `127.0.0.1:port`. */
  readonly url: string;
  /** Where a profiler is let in. */
  readonly inspectorPort: number | undefined;
  readonly #folder: string;
  readonly #port: number;
  readonly #spare: number;
  #process: ServerProcess | undefined;
  readonly #removeWithUs = () => this.#remove();

  private constructor(name: PeerName, folder: string, ports: readonly [number, number, number | undefined]) {
    this.name = name;
    this.#folder = mkdtempSync(join(folder, `millrace-peers-${name}-`));
    [this.#port, this.#spare, this.inspectorPort] = ports;
    this.url = `127.0.0.1:${this.#port}`;
    process.once('exit', this.#removeWithUs);
  }

  /** Starts it on an empty folder. */
  static async start(name: PeerName, { folder, inspected }: PeerOptions): Promise<Peer> {
    const inspector = inspected && name === 'millrace' ? await freePort() : undefined;
    const peer = new Peer(name, folder, [await freePort(), await freePort(), inspector]);
    try {
      if (name !== 'millrace') peer.#format();
      await peer.#begin();
    } catch (error) {
      await peer.stop();
      throw error;
    }
    return peer;
  }

  get pid(): number {
    return this.#process!.pid;
  }

  makeTopic(topic: string, partitions: number): Promise<void> {
    return withClient(this.url, (client) => client.createTopic(topic, partitions));
  }

  deleteTopic(topic: string): Promise<void> {
    return withClient(this.url, (client) => client.deleteTopic(topic));
  }

  /** Ends it and removes what it stored. */
  async stop(): Promise<void> {
    await this.#process?.stop();
    process.off('exit', this.#removeWithUs);
    this.#remove();
  }

  /**
   * Starts it anew with none of its files in the system's cache: a server's own caches go with its process, and GNU dd
   * drops a file's pages (POSIX_FADV_DONTNEED) where they are synced.
   */
  async restartCold(): Promise<void> {
    await this.#process?.stop();
    await syncDisk(this.#folder);
    const files = filesIn(this.#folder);
    for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
      const some = files.slice(at, at + FILES_AT_ONCE);
      await runToEnd(
        'sh',
        ['-c', 'for f; do dd if="$f" iflag=nocache count=0 status=none; done', 'sh', ...some],
        SYNC_MS,
      );
    }
    await this.#begin();
  }

  async #begin(): Promise<void> {
    const [command, args] = this.name === 'millrace' ? this.#millrace() : this.#kafka();
    const url = this.url;
    const health = () => withClient(url, (client) => client.hello());
    const name = PEER_TITLES[this.name];
    this.#process = await started({ name, command, args, env: () => ({}), url, health, startMs: START_MS });
    // Behind the listener that ends the process: what it writes would come back.
    process.off('exit', this.#removeWithUs);
    process.once('exit', this.#removeWithUs);
  }

  #millrace(): [string, string[]] {
    const inspect = this.inspectorPort === undefined ? [] : [`--inspect=127.0.0.1:${this.inspectorPort}`];
    const listen = ['--http', `127.0.0.1:${this.#spare}`, '--kafka', this.url];
    return [process.execPath, [...inspect, ...MILLRACE_NODE, '--data', join(this.#folder, 'data'), ...listen]];
  }

  #kafka(): [string, string[]] {
    return ['java', [...KAFKA_JVM, '-cp', join(JARS, '*'), 'kafka.Kafka', this.#properties]];
  }

  get #properties(): string {
    return join(this.#folder, 'server.properties');
  }

  #format(): void {
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(this.#properties, this.#kafkaProperties());
    const tool = ['-cp', join(JARS, '*'), 'kafka.tools.StorageTool'];
    const args = [...tool, 'format', '-t', CLUSTER_ID, '-c', this.#properties];
    execFileSync('java', args, { stdio: 'pipe', timeout: FORMAT_MS });
  }

  /** As config/server.properties has it, but for what one node needs; what was deleted goes soon, to spare the disk. */
  #kafkaProperties(): string {
    return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${this.#spare}
listeners=PLAINTEXT://${this.url},CONTROLLER://127.0.0.1:${this.#spare}
advertised.listeners=PLAINTEXT://${this.url}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(this.#folder, 'logs')}
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
file.delete.delay.ms=1000
${this.name === 'flushing' ? 'log.flush.interval.messages=1\n' : ''}`;
  }

  #remove(): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: REMOVE_TRIES });
  }
}

async function withClient(url: string, ask: (client: LoadClient) => Promise<void>): Promise<void> {
  const client = await LoadClient.to(url);
  try {
    await ask(client);
  } finally {
    client.close();
  }
}

/** Waits until everything that anybody wrote to the disk is on it, so that nobody's turn pays for another's. */
export async function syncDisk(folder: string): Promise<void> {
  await runToEnd('sync', ['-f', folder], SYNC_MS);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
