import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Admin } from '@platformatic/kafka';
import { Kafka as KafkaJs, logLevel, type SASLOptions } from 'kafkajs';
import { afterEach, describe, expect, test } from 'vitest';
import {
  distinguishedName,
  type GatewayOptions,
  type KafkaServer,
  type ServeKafkaOptions,
  serveKafka,
} from '../../../lib/kafka/index.ts';
import { openWorld, type World } from '../client.ts';
import { certificate } from './certificates.ts';

const authority = certificate([
  ['O', 'Acme'],
  ['CN', 'authority'],
]);
const own = certificate([['CN', 'localhost']], authority);

let world: World;
let server: KafkaServer;
afterEach(async () => {
  await server.close();
  await world.close();
});

async function listen(security: GatewayOptions['security'], options: Partial<ServeKafkaOptions> = {}): Promise<string> {
  world = openWorld({ gateway: { security } });
  await world.gateway.parts.security.credentials.setPassword('alice', 'wonderland', 4096);
  await world.platform.topics.create('orders', { partitions: 1 });
  server = await serveKafka(world.gateway, { host: '127.0.0.1', port: 0, ...options });
  return `127.0.0.1:${server.port}`;
}

function kafkaJs(broker: string, sasl?: SASLOptions, ssl?: { ca: string; cert?: string; key?: string }) {
  return new KafkaJs({
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    ...(sasl && { sasl }),
    ...(ssl && { ssl }),
  });
}

async function topicsSeen(kafka: KafkaJs): Promise<string[]> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

describe.each([
  ['plain', 'PLAIN'],
  ['scram-sha-256', 'SCRAM-SHA-256'],
  ['scram-sha-512', 'SCRAM-SHA-512'],
] as const)('by %s', (mechanism, name) => {
  const sasl = (password: string) => ({ mechanism, username: 'alice', password }) as SASLOptions;

  test('kafkajs comes in with the right password, and with no other', async () => {
    const broker = await listen({ sasl: {} });
    expect(await topicsSeen(kafkaJs(broker, sasl('wonderland')))).toEqual(['orders']);
    await expect(topicsSeen(kafkaJs(broker, sasl('looking-glass')))).rejects.toThrow(/invalid credentials/);
    await expect(topicsSeen(kafkaJs(broker))).rejects.toThrow();
  });

  test('@platformatic/kafka comes in with the right password, and with no other', async () => {
    const broker = await listen({ sasl: {} });
    const admin = (password: string) =>
      new Admin({
        clientId: 'test',
        bootstrapBrokers: [broker],
        retries: 0,
        sasl: { mechanism: name, username: 'alice', password },
      });
    const right = admin('wonderland');
    expect(await right.listTopics()).toEqual(['orders']);
    await right.close();
    const wrong = admin('looking-glass');
    await expect(wrong.listTopics()).rejects.toThrow();
    await wrong.close();
  });
});

describe('TLS', () => {
  const tls = { cert: own.cert, key: own.key };

  test('carries names and passwords, and what is produced and fetched', async () => {
    const broker = await listen({ sasl: {} }, { tls });
    const kafka = kafkaJs(
      broker,
      { mechanism: 'plain', username: 'alice', password: 'wonderland' },
      { ca: authority.cert },
    );
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: 'orders', messages: [{ value: 'x'.repeat(100_000) }] });
    await producer.disconnect();
    const [offsets] = await world.platform.events.offsets('orders', [0]);
    expect(offsets?.highWatermark).toBe(1);
  });

  test('refuses those who do not trust the certificate, and whoever speaks without', async () => {
    const broker = await listen({}, { tls });
    const stranger = certificate([['CN', 'somebody else']]);
    await expect(topicsSeen(kafkaJs(broker, undefined, { ca: stranger.cert }))).rejects.toThrow();
    const plain = connectPlain({ host: '127.0.0.1', port: server.port });
    plain.on('error', () => {});
    plain.write(Buffer.from('0000000a00120000000000010000', 'hex'));
    await once(plain, 'close');
    expect(await topicsSeen(kafkaJs(broker, undefined, { ca: authority.cert }))).toEqual(['orders']);
  });

  test('with certificates of clients knows them by their names, and lets no others in', async () => {
    const alice = certificate(
      [
        ['O', 'Acme'],
        ['CN', 'alice'],
      ],
      authority,
    );
    const principalOf: ServeKafkaOptions['principalOf'] = (socket) => {
      const shown = (socket as TLSSocket).getPeerX509Certificate();
      return shown && `User:${distinguishedName(shown)}`;
    };
    const ask = { ...tls, ca: authority.cert, requestCert: true, rejectUnauthorized: true };
    const broker = await listen({ access: {} }, { tls: ask, principalOf });
    await world.platform.acls.create([
      {
        resource: { type: 'TOPIC', pattern: 'LITERAL', name: 'orders' },
        principal: 'User:CN=alice,O=Acme',
        host: '*',
        operation: 'DESCRIBE',
        permission: 'ALLOW',
      },
    ]);
    const ca = authority.cert;
    expect(await topicsSeen(kafkaJs(broker, undefined, { ca, cert: alice.cert, key: alice.key }))).toEqual(['orders']);
    const bob = certificate(
      [
        ['O', 'Acme'],
        ['CN', 'bob'],
      ],
      authority,
    );
    expect(await topicsSeen(kafkaJs(broker, undefined, { ca, cert: bob.cert, key: bob.key }))).toEqual([]);
    const forged = certificate([
      ['O', 'Acme'],
      ['CN', 'alice'],
    ]);
    await expect(topicsSeen(kafkaJs(broker, undefined, { ca, cert: forged.cert, key: forged.key }))).rejects.toThrow();
    await expect(topicsSeen(kafkaJs(broker, undefined, { ca }))).rejects.toThrow();
  });

  test('shows other certificates from when they are renewed, and connections go on', async () => {
    await listen({}, { tls });
    const shown = async () => {
      const socket = connectTls({ host: '127.0.0.1', port: server.port, ca: authority.cert, servername: 'localhost' });
      await once(socket, 'secureConnect');
      return { socket, serial: new X509Certificate(socket.getPeerX509Certificate()!.raw).serialNumber };
    };
    const before = await shown();
    const renewed = certificate([['CN', 'localhost']], authority);
    server.renewCertificates({ cert: renewed.cert, key: renewed.key });
    const after = await shown();
    expect(after.serial).not.toBe(before.serial);
    expect(() => server.renewCertificates({ cert: 'none', key: 'none' })).toThrow();
    expect((await shown()).serial).toBe(after.serial);
    expect(before.socket.destroyed).toBe(false);
    for (const { socket } of [before, after]) socket.destroy();
  });
});

test('a frame that is too long for a stranger ends the connection', async () => {
  await listen({ sasl: {} });
  const socket = connectPlain({ host: '127.0.0.1', port: server.port });
  const length = Buffer.alloc(4);
  length.writeInt32BE(16 * 1024 + 1);
  socket.write(length);
  socket.resume();
  await once(socket, 'close');
  expect(socket.bytesRead).toBe(0);
});
