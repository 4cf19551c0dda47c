import { type Command, InvalidArgumentError, Option } from 'commander';

/** lib/kafka's SASL_MECHANISMS, which is not loaded for commands that serve nothing. */
const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** How Kafka clients are let in, as the command line says it. */
export interface KafkaSecurityOptions {
  readonly kafkaTlsCert?: string;
  readonly kafkaTlsKey?: string;
  readonly kafkaTlsClientCa?: string;
  readonly kafkaTlsPrincipalRules?: string;
  readonly kafkaSasl?: readonly SaslMechanism[];
  readonly kafkaSaslPlainWithoutTls?: true;
  readonly kafkaSessionMs?: number;
  readonly kafkaSuperUser?: readonly string[];
}

/** Adds the options to a command that serves Kafka clients. */
export function addKafkaSecurityOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--kafka-tls-cert <file>', 'serve Kafka clients by TLS with this certificate (PEM)').env(
        'MILLRACE_KAFKA_TLS_CERT',
      ),
    )
    .addOption(new Option('--kafka-tls-key <file>', 'the certificate’s key (PEM)').env('MILLRACE_KAFKA_TLS_KEY'))
    .addOption(
      new Option(
        '--kafka-tls-client-ca <file>',
        'let in clients alone that have a certificate of this authority (PEM)',
      ).env('MILLRACE_KAFKA_TLS_CLIENT_CA'),
    )
    .addOption(
      new Option(
        '--kafka-tls-principal-rules <rules>',
        'whom certificates stand for, as Kafka’s ssl.principal.mapping.rules',
      ).env('MILLRACE_KAFKA_TLS_PRINCIPAL_RULES'),
    )
    .addOption(
      new Option(
        '--kafka-sasl <mechanisms>',
        `have Kafka clients authenticate: all, or some of ${SASL_MECHANISMS.join(',')}`,
      )
        .env('MILLRACE_KAFKA_SASL')
        .argParser(mechanisms),
    )
    .addOption(
      new Option(
        '--kafka-sasl-plain-without-tls',
        'take PLAIN from other machines without TLS: whoever listens on the way reads the passwords',
      ),
    )
    .addOption(
      new Option(
        '--kafka-session-ms <ms>',
        'after how long clients must authenticate again; never unless given',
      ).argParser(wholeMs),
    )
    .addOption(
      new Option(
        '--kafka-super-user <principal>',
        'check rights, but not of this principal (User:name); may be repeated',
      ).argParser((text: string, before: readonly string[] = []) => [...before, text]),
    );
}

function mechanisms(text: string): readonly SaslMechanism[] {
  if (text === 'all') return SASL_MECHANISMS;
  return text.split(',').map((name) => {
    const mechanism = SASL_MECHANISMS.find((one) => one === name.trim().toUpperCase());
    if (mechanism) return mechanism;
    throw new InvalidArgumentError(`There is no "${name.trim()}"; there is ${SASL_MECHANISMS.join(', ')}, or all.`);
  });
}

function wholeMs(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number of milliseconds, such as 3600000.');
}
