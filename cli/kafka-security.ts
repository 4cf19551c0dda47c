import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type TlsOptions } from 'node:tls';
import { AuthError } from '../lib/auth/index.ts';
import { AbortedError, type Clock } from '../lib/bytes/index.ts';
import {
  distinguishedName,
  type KafkaServer,
  type PrincipalMapping,
  principalMapping,
  type SecurityOptions,
  type ServeKafkaOptions,
} from '../lib/kafka/index.ts';
import { CliError } from './errors.ts';
import type { KafkaSecurityOptions } from './kafka-security-options.ts';
import { errorFields, type LogLines } from './log-lines.ts';

/** How often certificates are looked at: a renewed one counts well before the old one ends. */
const LOOK_AGAIN_MS = 10_000;

/** What the options come to. */
export interface KafkaSecurity {
  readonly security: SecurityOptions;
  readonly listener: Pick<ServeKafkaOptions, 'tls' | 'principalOf' | 'listener'>;
  /** Looks at certificates again and again, until the signal fires. */
  watch(
    server: KafkaServer,
    parts: { clock: Clock; log: LogLines; signal: AbortSignal; everyMs?: number },
  ): Promise<void>;
}

/** @throws CliError usage_invalid for options that do not go together, and files that are no certificates */
export async function kafkaSecurity(options: KafkaSecurityOptions): Promise<KafkaSecurity> {
  const { kafkaSasl, kafkaSaslPlainWithoutTls, kafkaSessionMs, kafkaSuperUser, kafkaTlsClientCa } = options;
  const tls = await readTls(options);
  const sasl = kafkaSasl && {
    mechanisms: kafkaSasl,
    ...(kafkaSaslPlainWithoutTls && { plainWithoutTls: true }),
    ...(kafkaSessionMs !== undefined && { sessionLifetimeMs: kafkaSessionMs }),
  };
  const known = sasl !== undefined || kafkaTlsClientCa !== undefined;
  if (kafkaSuperUser && !known) {
    throw wrong('--kafka-super-user needs to know who asks: add --kafka-sasl, or --kafka-tls-client-ca.');
  }
  return {
    security: { ...(sasl && { sasl }), ...(kafkaSuperUser && { access: { superUsers: kafkaSuperUser } }) },
    listener: {
      listener: `${sasl ? 'SASL_' : ''}${tls ? 'SSL' : 'PLAINTEXT'}`,
      ...(tls && { tls, principalOf: principalOf(rulesOf(options)) }),
    },
    watch: async (server, parts) => {
      if (tls) await watchTls(server, options, tls, parts);
    },
  };
}

async function readTls({
  kafkaTlsCert,
  kafkaTlsKey,
  kafkaTlsClientCa,
}: KafkaSecurityOptions): Promise<TlsOptions | undefined> {
  if (kafkaTlsCert === undefined && kafkaTlsKey === undefined) {
    if (kafkaTlsClientCa === undefined) return undefined;
    throw wrong('--kafka-tls-client-ca needs TLS: add --kafka-tls-cert and --kafka-tls-key.');
  }
  if (kafkaTlsCert === undefined || kafkaTlsKey === undefined) {
    throw wrong('--kafka-tls-cert and --kafka-tls-key go together.');
  }
  const [cert, key, ca] = await Promise.all([kafkaTlsCert, kafkaTlsKey, kafkaTlsClientCa].map(readPem));
  const tls: TlsOptions = {
    cert,
    key,
    minVersion: 'TLSv1.2',
    ...(ca !== undefined && { ca, requestCert: true, rejectUnauthorized: true }),
  };
  try {
    createSecureContext(tls);
  } catch (error) {
    throw wrong(`${kafkaTlsCert} and ${kafkaTlsKey} are no certificate with its key: ${String(error)}`, error);
  }
  return tls;
}

async function readPem(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw wrong(`${file} can't be read (${(error as NodeJS.ErrnoException).code}).`, error);
  }
}

async function watchTls(
  server: KafkaServer,
  options: KafkaSecurityOptions,
  first: TlsOptions,
  { clock, log, signal, everyMs = LOOK_AGAIN_MS }: Parameters<KafkaSecurity['watch']>[1],
): Promise<void> {
  let known = JSON.stringify(first);
  for (;;) {
    try {
      await clock.sleep(everyMs, signal);
      const now = await readTls(options);
      if (!now || JSON.stringify(now) === known) continue;
      server.renewCertificates(now);
      known = JSON.stringify(now);
      log('info', 'certificates renewed');
    } catch (error) {
      if (error instanceof AbortedError) return;
      // Half of a new pair may be there already: the old one serves on, and both are looked at again.
      log('warn', 'certificates not renewed', errorFields(error));
    }
  }
}

function principalOf(mapping: PrincipalMapping): (socket: Socket) => string | undefined {
  return (socket) => {
    const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
    const name = shown && mapping(distinguishedName(shown));
    return name ? `User:${name}` : undefined;
  };
}

function rulesOf({ kafkaTlsPrincipalRules, kafkaTlsClientCa }: KafkaSecurityOptions): PrincipalMapping {
  if (kafkaTlsPrincipalRules !== undefined && kafkaTlsClientCa === undefined) {
    throw wrong('--kafka-tls-principal-rules is about certificates of clients: add --kafka-tls-client-ca.');
  }
  try {
    return principalMapping(kafkaTlsPrincipalRules);
  } catch (error) {
    if (error instanceof AuthError) throw wrong(error.message, error);
    throw error;
  }
}

function wrong(message: string, cause?: unknown): CliError {
  return new CliError('usage_invalid', message, { cause });
}
