import {
  type Acls,
  type AskedOperation,
  type Asker,
  Authorizer,
  Credentials,
  type Resource,
} from '../../auth/index.ts';
import type { Clock, Random } from '../../bytes/index.ts';
import type { MetaStore } from '../../store/index.ts';
import { Authentication, type SaslSettings } from './authentication.ts';
import { SASL_MECHANISMS } from './exchange.ts';
import { FailedLogins } from './failed-logins.ts';

/** What protects a gateway. Without any of it, as on loopback, everybody may do everything. */
export interface SecurityOptions {
  /** Clients authenticate by name and password; what is left out is as Kafka has it. */
  readonly sasl?: Partial<SaslSettings>;
  /** Rights are checked; what no binding allows is refused (allow.everyone.if.no.acl.found is false). */
  readonly access?: {
    /** Those whom no binding concerns: `User:admin`. Without any, nobody could make the first binding. */
    readonly superUsers?: Iterable<string>;
  };
}

export interface SecurityParts {
  readonly acls: Acls;
  readonly items: MetaStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of logins that fail. */
  readonly onNotice: (text: string) => void;
}

/** The end of a connection that security cares about. */
export interface SecuredPeer {
  readonly host: string;
  readonly tls?: object | undefined;
}

/**
 * Kafka's defaults, but that PLAIN is taken from other machines by TLS alone.
 * Source: Kafka's broker configs sasl.enabled.mechanisms and connections.max.reauth.ms.
 */
const SASL_DEFAULTS: SaslSettings = { mechanisms: SASL_MECHANISMS, plainWithoutTls: false, sessionLifetimeMs: 0 };

/** Who is let in, and what they may do. */
export class Security {
  readonly credentials: Credentials;
  readonly #sasl: SaslSettings | undefined;
  readonly #authorizer: Authorizer | undefined;
  readonly #parts: SecurityParts;
  readonly #failedLogins: FailedLogins;

  /** @throws AuthError acl_invalid for a super user that is no principal */
  constructor(parts: SecurityParts, { sasl, access }: SecurityOptions = {}) {
    this.#parts = parts;
    this.credentials = new Credentials(parts);
    this.#sasl = sasl && { ...SASL_DEFAULTS, ...sasl };
    this.#authorizer = access && new Authorizer(parts.acls, access);
    this.#failedLogins = new FailedLogins(parts);
  }

  /** The way in for a connection; undefined where nobody has to authenticate by name and password. */
  authentication(peer: SecuredPeer): Authentication | undefined {
    if (!this.#sasl) return undefined;
    const { clock, random } = this.#parts;
    const parts = { credentials: this.credentials, failedLogins: this.#failedLogins, clock, random };
    const standing = { host: peer.host, private: peer.tls !== undefined || isLoopback(peer.host) };
    return new Authentication(this.#sasl, parts, standing);
  }

  /** Whether the asker may do it. @throws StoreError where nobody can tell */
  async allow(asker: Asker, operation: AskedOperation, resource: Resource): Promise<boolean> {
    return this.#authorizer === undefined || this.#authorizer.may({ ...asker, operation, resource });
  }

  /** Whether there is any resource of that type on which the asker may do it (KIP-679). */
  async allowOnAny(asker: Asker, operation: AskedOperation, type: Resource['type']): Promise<boolean> {
    return this.#authorizer === undefined || this.#authorizer.mayOnAny(asker, operation, type);
  }
}

/** RFC 1122, 3.2.1.3: all of 127/8; RFC 4291, 2.5.3 and 2.5.5.2: ::1, and 127/8 as IPv6 has it. */
function isLoopback(host: string): boolean {
  return host === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/i.test(host);
}
