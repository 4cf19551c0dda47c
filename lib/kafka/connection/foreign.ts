import { KafkaProtocolError } from '../errors.ts';

/** What a client speaks that came to the wrong port: `plain` is anything without TLS, where TLS was due. */
export type ForeignProtocol = 'http' | 'tls' | 'plain';

/** How HTTP's requests begin (RFC 9110, 9.3; RFC 9113, 3.4): as a length, each is beyond what a request may have. */
const HTTP_STARTS = new Set(['GET ', 'HEAD', 'POST', 'PUT ', 'PATC', 'DELE', 'OPTI', 'CONN', 'TRAC', 'PRI ']);
/** A TLS record of a handshake, of any version: 22, 3. Source: RFC 8446, 5.1. */
const TLS_HANDSHAKE = [22, 3];
/** What OpenSSL says where no TLS came. */
const NO_TLS: ReadonlySet<string> = new Set([
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_WRONG_VERSION_NUMBER',
]);

/** The first bytes of a connection are of another protocol. */
export class ForeignProtocolError extends KafkaProtocolError {
  readonly spoken: ForeignProtocol;

  constructor(spoken: ForeignProtocol) {
    super('kafka_malformed', `The client speaks ${spoken.toUpperCase()}, and not the Kafka protocol.`);
    this.spoken = spoken;
  }
}

/** What is spoken by who begins with these four bytes; undefined where they tell nothing. */
export function spokenBy(start: Uint8Array): ForeignProtocol | undefined {
  if (HTTP_STARTS.has(Buffer.from(start).toString('latin1'))) return 'http';
  return TLS_HANDSHAKE.every((byte, i) => start[i] === byte) ? 'tls' : undefined;
}

/** Whether a handshake failed because no TLS came. */
export function isWithoutTls(error: Error & { readonly code?: string }): boolean {
  return NO_TLS.has(error.code ?? '');
}

/** What an HTTP client is told. */
export function httpAnswer(httpUrl: string | undefined): Buffer {
  const where = httpUrl === undefined ? 'There is no HTTP at this process.' : `HTTP is at ${httpUrl}`;
  const body = `This port is for Kafka clients (bootstrap.servers), not for HTTP. ${where}\n`;
  const fields = ['content-type: text/plain; charset=utf-8', `content-length: ${body.length}`, 'connection: close'];
  return Buffer.from(['HTTP/1.1 400 Bad Request', ...fields, '', body].join('\r\n'));
}

/** What the operator is told of a client that came to the wrong port, or with the wrong security protocol. */
export function foreignNotice(spoken: ForeignProtocol, host: string): string {
  return `a client at ${host} ${WHAT[spoken]}`;
}

const WHAT: Readonly<Record<ForeignProtocol, string>> = {
  http: 'speaks HTTP to the Kafka port: it was told so, and where HTTP is',
  tls: 'speaks TLS to the Kafka port, which has none: its security.protocol is to be PLAINTEXT or SASL_PLAINTEXT',
  plain: 'speaks without TLS to the Kafka port, which has TLS: its security.protocol is to be SSL or SASL_SSL',
};
