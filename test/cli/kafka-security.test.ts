import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kafkaSecurity } from '../../cli/kafka-security.ts';
import type { KafkaSecurityOptions } from '../../cli/kafka-security-options.ts';
import { serve } from '../../cli/serve.ts';
import { parseHttpAddress } from '../../cli/settings.ts';
import { Credentials } from '../../lib/auth/index.ts';
import { systemClock } from '../../lib/bytes/index.ts';
import { certificate } from '../kafka/security/certificates.ts';

const authority = certificate([['CN', 'authority']]);
let folder: string;
const at = (name: string) => join(folder, name);
function write(name: string, from: { cert: string; key: string }): void {
  writeFileSync(at(`${name}.pem`), from.cert);
  writeFileSync(at(`${name}-key.pem`), from.key);
}
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-tls-'));
  write('server', certificate([['CN', 'localhost']], authority));
  write('other', certificate([['CN', 'other']], authority));
  writeFileSync(at('authority.pem'), authority.cert);
});
afterAll(() => rmSync(folder, { recursive: true }));

const tls = () => ({ kafkaTlsCert: at('server.pem'), kafkaTlsKey: at('server-key.pem') });

async function started(options: KafkaSecurityOptions) {
  const kafka = { host: '127.0.0.1', port: 0, loopback: true };
  const security = await kafkaSecurity(options);
  return serve({
    http: parseHttpAddress('127.0.0.1:0'),
    kafka,
    security,
    data: undefined,
    files: folder,
    log: () => {},
  });
}

describe('Kafka clients', () => {
  test('come in by TLS and a password, and do what they have a right to', async () => {
    const served = await started({ ...tls(), kafkaSasl: ['SCRAM-SHA-512'], kafkaSuperUser: ['User:admin'] });
    const users = new Credentials(served.platform);
    await users.setPassword('admin', 'over all', 4096);
    await users.setPassword('alice', 'wonderland', 4096);
    await served.platform.topics.create('orders');
    const topics = async (username: string, password: string) => {
      const admin = new Kafka({
        brokers: [served.kafka!],
        ssl: { ca: authority.cert },
        sasl: { mechanism: 'scram-sha-512', username, password },
        logLevel: logLevel.NOTHING,
        retry: { retries: 0 },
      }).admin();
      await admin.connect();
      const names = await admin.listTopics();
      await admin.disconnect();
      return names;
    };
    expect(await topics('admin', 'over all')).toEqual(['orders']);
    expect(await topics('alice', 'wonderland')).toEqual([]);
    await served.close();
  });

  test('see a renewed certificate without a restart, and the old one while the new one is half there', async () => {
    const security = await kafkaSecurity(tls());
    const renewals: unknown[] = [];
    const ending = new AbortController();
    const notes: string[] = [];
    const server = {
      port: 0,
      connections: 0,
      requestSlabs: 0,
      renewCertificates: (to: object) => void renewals.push(to),
      close: async () => {},
    };
    const watching = security.watch(server, {
      clock: systemClock,
      log: (_, text) => void notes.push(text),
      signal: ending.signal,
      everyMs: 5,
    });
    const until = async (done: () => boolean) => {
      while (!done()) await systemClock.sleep(5);
    };
    const renewed = certificate([['CN', 'localhost']], authority);
    writeFileSync(at('server.pem'), renewed.cert);
    await until(() => notes.includes('certificates not renewed'));
    expect(renewals).toEqual([]);
    writeFileSync(at('server-key.pem'), renewed.key);
    await until(() => renewals.length > 0);
    expect(renewals).toMatchObject([{ cert: renewed.cert, key: renewed.key }]);
    ending.abort();
    await watching;
  });

  test('have a certificate of their own where that is asked for', async () => {
    const served = await started({
      ...tls(),
      kafkaTlsClientCa: at('authority.pem'),
      kafkaTlsPrincipalRules: 'RULE:CN=(.*)/$1/L,DEFAULT',
    });
    const port = Number(served.kafka!.split(':')[1]);
    const socket = connect({ host: '127.0.0.1', port, ca: authority.cert });
    // TLS 1.3 tells a client that its certificate is missing once it has gone on.
    const [refused] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(refused.code).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    await served.close();
  });
});

test.each<[string, () => KafkaSecurityOptions, string]>([
  ['a certificate without its key', () => ({ kafkaTlsCert: at('server.pem') }), 'go together'],
  ['the key of another', () => ({ ...tls(), kafkaTlsKey: at('other-key.pem') }), 'no certificate with its key'],
  ['a file that is not there', () => ({ ...tls(), kafkaTlsCert: at('missing.pem') }), 'ENOENT'],
  ['certificates of clients without TLS', () => ({ kafkaTlsClientCa: at('authority.pem') }), 'needs TLS'],
  [
    'rules for certificates that are not asked for',
    () => ({ ...tls(), kafkaTlsPrincipalRules: 'DEFAULT' }),
    '--kafka-tls-client-ca',
  ],
  [
    'rules that are none',
    () => ({ ...tls(), kafkaTlsClientCa: at('authority.pem'), kafkaTlsPrincipalRules: 'x' }),
    'RULE:',
  ],
  ['rights of whom nobody knows', () => ({ kafkaSuperUser: ['User:admin'] }), '--kafka-sasl'],
])('%s is wrong usage', async (_, options, said) => {
  await expect(kafkaSecurity(options())).rejects.toMatchObject({
    code: 'usage_invalid',
    message: expect.stringContaining(said),
  });
});
