import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificate } from '../kafka/security/certificates.ts';

/**
 * How a program gets in where not everybody does: it finds this as JSON in the variable KAFKA_SECURITY. Files are PEM,
 * and an identity's holds its key and its certificate.
 */
export interface ClientSecurity {
  /** The authority that signed the server's certificate. */
  readonly ca: string;
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-512';
    readonly username: string;
    readonly password: string;
  };
  /** A client's own certificate. */
  readonly identity?: string;
}

/** Who may do everything, by password and by certificate. */
export const ADMIN = { username: 'admin', password: 'a long and secret sentence' } as const;
export const ADMIN_CERTIFICATE = 'User:CN=admin';

/** A certificate authority made for one run, a server's certificate by it, and a client's. */
export interface Certificates {
  readonly ca: string;
  /** Key and certificate in one file, as Kafka has them. */
  readonly server: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly client: string;
  remove(): void;
}

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-certificates-'));
  const file = (name: string, ...pems: readonly string[]) => {
    const path = join(folder, name);
    writeFileSync(path, pems.join(''), { mode: 0o600 });
    return path;
  };
  const authority = certificate([['CN', 'an authority for tests']]);
  const server = certificate([['CN', '127.0.0.1']], authority);
  const client = certificate([['CN', ADMIN_CERTIFICATE.slice('User:CN='.length)]], authority);
  return {
    ca: file('ca.pem', authority.cert),
    server: file('server.pem', server.key, server.cert),
    serverCert: file('server-cert.pem', server.cert),
    serverKey: file('server-key.pem', server.key),
    client: file('client.pem', client.key, client.cert),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
