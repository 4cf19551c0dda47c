import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { MILLRACE } from '../support/server-process.ts';
import { JARS } from './installations.ts';
import { ADMIN, ADMIN_CERTIFICATE, type Certificates } from './security.ts';
import { type Bootstrap, describesItself, overAFolder, startAt } from './starting.ts';

export type { Bootstrap } from './starting.ts';

const COMMAND_MS = 60_000;
const KAFKA_MEMORY = '-Xmx768m';
/** Any base64 UUID will do. */
const CLUSTER_ID = 'TWlsbHJhY2VSZWZlcmVuY2';

/** Where Kafka listens; clients without a password, with one, and with a certificate. */
interface Ports {
  readonly plain: number;
  readonly controller: number;
  readonly secured?: { readonly sasl: number; readonly tls: number };
}

/** The bootstrap servers of its three listeners. */
export interface KafkaServer extends Bootstrap {
  readonly sasl: string;
  readonly tls: string;
}

/**
 * Kafka as it comes, but for what one node and a quick test need, and for the partitions of a topic that is made by its
 * first record, which are four here. ACLs are on, and whoever connects may do anything.
 */
function serverProperties(folder: string, { plain, controller, secured }: Ports): string {
  const listeners = [
    ['PLAINTEXT', plain] as const,
    ...(secured ? ([['SASL_SSL', secured.sasl] as const, ['SSL', secured.tls] as const] as const) : []),
  ].map(([name, port]) => `${name}://127.0.0.1:${port}`);
  return `process.roles=broker,controller
node.id=0
controller.quorum.voters=0@127.0.0.1:${controller}
listeners=${listeners.join()},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=${listeners.join()}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:PLAINTEXT
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
super.users=User:ANONYMOUS;User:${ADMIN.username};${ADMIN_CERTIFICATE}
`;
}

function securityProperties({ ca, server }: Certificates): string {
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  return `sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.plain.sasl.jaas.config=${plain} user_${ADMIN.username}="${ADMIN.password}";
ssl.keystore.type=PEM
ssl.keystore.location=${server}
ssl.truststore.type=PEM
ssl.truststore.location=${ca}
listener.name.ssl.ssl.client.auth=required
`;
}

/** The real Kafka, one node, in a folder of its own: the reference. `more` are further lines of its properties. */
export async function startKafka(more = ''): Promise<Bootstrap> {
  const [plain, controller] = [await freePort(), await freePort()];
  return run({ plain, controller }, more, []);
}

/** With listeners for passwords and for certificates, too. */
export async function startSecuredKafka(files: Certificates): Promise<KafkaServer> {
  const [plain, controller, sasl, tls] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const scram = `SCRAM-SHA-512=[name=${ADMIN.username},password="${ADMIN.password}"]`;
  const server = await run({ plain, controller, secured: { sasl, tls } }, securityProperties(files), [
    '--add-scram',
    scram,
  ]);
  return { ...server, sasl: `127.0.0.1:${sasl}`, tls: `127.0.0.1:${tls}` };
}

function run(ports: Ports, more: string, formatArgs: readonly string[]): Promise<Bootstrap> {
  return overAFolder(async (folder) => {
    const properties = join(folder, 'server.properties');
    writeFileSync(properties, serverProperties(folder, ports) + more);
    const jars = ['-cp', join(JARS, '*')];
    const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties, ...formatArgs];
    execFileSync('java', [...jars, ...format], { stdio: 'pipe', timeout: COMMAND_MS });
    const command = ['java', KAFKA_MEMORY, ...jars, 'kafka.Kafka', properties] as const;
    return startAt('Kafka', ports.plain, command, () => describesItself(`127.0.0.1:${ports.plain}`));
  });
}

/** What is tested: `millrace start` over a folder of its own. */
export async function startMillrace(): Promise<Bootstrap> {
  const port = await freePort();
  return overAFolder((data) => start(port, data, [], () => describesItself(`127.0.0.1:${port}`)));
}

/** By SASL_SSL, with a user who may do everything. */
export async function startMillraceWithPasswords(files: Certificates): Promise<Bootstrap> {
  const [port, httpPort] = [await freePort(), await freePort()];
  const http = `127.0.0.1:${httpPort}`;
  const args = [...tlsArgs(files), '--kafka-sasl', 'all', '--kafka-super-user', `User:${ADMIN.username}`];
  return overAFolder(async (data) => {
    const server = await start(port, data, args, `http://${http}/health`, httpPort);
    try {
      const command = [MILLRACE, 'user', 'add', ADMIN.username, '--password-stdin', '--http', http];
      execFileSync(process.execPath, command, { input: ADMIN.password, stdio: 'pipe', timeout: COMMAND_MS });
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  });
}

/** By TLS, for clients that have a certificate. */
export async function startMillraceWithCertificates(files: Certificates): Promise<Bootstrap> {
  const [port, httpPort] = [await freePort(), await freePort()];
  const args = [...tlsArgs(files), '--kafka-tls-client-ca', files.ca, '--kafka-super-user', ADMIN_CERTIFICATE];
  return overAFolder((data) => start(port, data, args, `http://127.0.0.1:${httpPort}/health`, httpPort));
}

function tlsArgs({ serverCert, serverKey }: Certificates): readonly string[] {
  return ['--kafka-tls-cert', serverCert, '--kafka-tls-key', serverKey];
}

async function start(
  port: number,
  data: string,
  args: readonly string[],
  health: Parameters<typeof startAt>[3],
  httpPort?: number,
): Promise<Bootstrap> {
  const http = `127.0.0.1:${httpPort ?? (await freePort())}`;
  const listen = ['--http', http, '--kafka', `127.0.0.1:${port}`];
  return startAt('Millrace', port, [process.execPath, MILLRACE, 'start', '--data', data, ...listen, ...args], health);
}
