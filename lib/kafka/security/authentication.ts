import type { Credentials } from '../../auth/index.ts';
import type { Clock, Random } from '../../bytes/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { type Exchange, SASL_MECHANISMS, type SaslMechanism } from './exchange.ts';
import type { FailedLogins } from './failed-logins.ts';
import { PlainExchange } from './plain.ts';
import { newNonce, ScramExchange } from './scram.ts';

/** How clients authenticate by name and password. */
export interface SaslSettings {
  readonly mechanisms: readonly SaslMechanism[];
  /** Whether PLAIN, which shows the password, is taken from other machines without TLS. */
  readonly plainWithoutTls: boolean;
  /** After how long clients must authenticate again; 0 for never. Source: KIP-368, connections.max.reauth.ms. */
  readonly sessionLifetimeMs: number;
}

export interface AuthenticationParts {
  readonly credentials: Credentials;
  readonly failedLogins: FailedLogins;
  readonly clock: Clock;
  readonly random: Random;
}

/** Where a client stands, as far as that matters here. */
export interface Standing {
  readonly host: string;
  /** Whether nobody on the way can read what is sent: TLS, or this very machine. */
  readonly private: boolean;
}

/** The answer to a handshake, which offers what there is. */
export interface Handshake {
  readonly errorCode: number;
  readonly mechanisms: readonly SaslMechanism[];
}

/** The answer to a token. */
export interface TokenAnswer {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly authBytes: Uint8Array;
  readonly sessionLifetimeMs: number;
}

interface Authenticated {
  readonly is: 'authenticated';
  readonly mechanism: SaslMechanism;
  readonly user: string;
  readonly sinceMs: number;
}

type State =
  | { readonly is: 'waiting' }
  | {
      readonly is: 'exchanging';
      readonly mechanism: SaslMechanism;
      readonly exchange: Exchange;
      /** Whether tokens come as frames of their own: what a handshake of version 0 means. */
      readonly bare: boolean;
      readonly before: Authenticated | undefined;
    }
  | Authenticated
  | { readonly is: 'over' };

/** Kafka refuses to authenticate anew earlier. Source: SaslServerAuthenticator, MIN_REAUTH_INTERVAL_ONE_SECOND. */
const RENEW_AFTER_MS_MIN = 1_000;

const NOTHING = new Uint8Array(0);

/**
 * One connection's way through SASL: handshake, tokens, and both again before its session ends (KIP-43, KIP-152, KIP-368).
 * What fails once has failed: the connection is `over` when its answer is sent.
 */
export class Authentication {
  readonly #settings: SaslSettings;
  readonly #parts: AuthenticationParts;
  readonly #standing: Standing;
  #state: State = { is: 'waiting' };

  constructor(settings: SaslSettings, parts: AuthenticationParts, standing: Standing) {
    this.#settings = settings;
    this.#parts = parts;
    this.#standing = standing;
  }

  /** The name that the client has proved, if any. */
  get user(): string | undefined {
    if (this.#state.is === 'authenticated') return this.#state.user;
    return this.#state.is === 'exchanging' ? this.#state.before?.user : undefined;
  }

  /** Whether the client may ask for anything: it has authenticated, and not too long ago. */
  get valid(): boolean {
    const state = this.#state;
    if (state.is !== 'authenticated') return false;
    const { sessionLifetimeMs } = this.#settings;
    return sessionLifetimeMs === 0 || this.#parts.clock.monotonicMs() - state.sinceMs < sessionLifetimeMs;
  }

  /** Whether the next frame is a token without a header. */
  get takesBareTokens(): boolean {
    return this.#state.is === 'exchanging' && this.#state.bare;
  }

  /** Whether the connection is to end. */
  get over(): boolean {
    return this.#state.is === 'over';
  }

  /** Begins an exchange by that mechanism; in version 0 its tokens come bare. */
  handshake(name: string, version: number): Handshake {
    const state = this.#state;
    const mechanisms = this.#offered();
    if (state.is === 'exchanging' || state.is === 'over') return this.#end(KAFKA_ERRORS.ILLEGAL_SASL_STATE, mechanisms);
    const before = state.is === 'authenticated' ? state : undefined;
    if (before && this.#parts.clock.monotonicMs() - before.sinceMs < RENEW_AFTER_MS_MIN) {
      return { errorCode: KAFKA_ERRORS.ILLEGAL_SASL_STATE, mechanisms };
    }
    const mechanism = mechanisms.find((one) => one === name);
    if (!mechanism) return this.#end(KAFKA_ERRORS.UNSUPPORTED_SASL_MECHANISM, mechanisms);
    if (before && before.mechanism !== mechanism) return this.#end(KAFKA_ERRORS.ILLEGAL_SASL_STATE, mechanisms);
    this.#state = { is: 'exchanging', mechanism, exchange: this.#exchange(mechanism), bare: version === 0, before };
    return { errorCode: KAFKA_ERRORS.NONE, mechanisms };
  }

  /**
   * Takes a token. A refusal waits first, and says the same whatever was wrong: but for another user's right password,
   * where the session is to go on, which guesses nothing.
   * @throws StoreError, AbortedError; the connection is over then
   */
  async authenticate(token: Uint8Array, signal: AbortSignal): Promise<TokenAnswer> {
    const state = this.#state;
    if (state.is !== 'exchanging') {
      this.#state = { is: 'over' };
      return refusal(KAFKA_ERRORS.ILLEGAL_SASL_STATE, 'SaslAuthenticate was sent without a SaslHandshake before it.');
    }
    const { mechanism, exchange, before } = state;
    // Until it has gone well, it has not: an error on the way leaves nothing to go on with.
    this.#state = { is: 'over' };
    const step = await exchange.step(token);
    if (step.is === 'more') {
      this.#state = state;
      return { errorCode: KAFKA_ERRORS.NONE, errorMessage: null, authBytes: step.token, sessionLifetimeMs: 0 };
    }
    if (step.is === 'refused') {
      const { clock, failedLogins } = this.#parts;
      await clock.sleep(failedLogins.note(this.#standing.host, mechanism), signal);
      const message = `Authentication failed: invalid credentials with SASL mechanism ${mechanism}`;
      return refusal(KAFKA_ERRORS.SASL_AUTHENTICATION_FAILED, message);
    }
    const { user, token: authBytes } = step;
    if (before && before.user !== user) {
      // Kafka's words. Source: SaslServerAuthenticator, ensurePrincipalUnchanged.
      const message = `Cannot change principals during re-authentication from User.${before.user}: User.${user}`;
      return refusal(KAFKA_ERRORS.SASL_AUTHENTICATION_FAILED, message);
    }
    this.#state = { is: 'authenticated', mechanism, user, sinceMs: this.#parts.clock.monotonicMs() };
    const { sessionLifetimeMs } = this.#settings;
    return { errorCode: KAFKA_ERRORS.NONE, errorMessage: null, authBytes, sessionLifetimeMs };
  }

  #offered(): readonly SaslMechanism[] {
    const { mechanisms, plainWithoutTls } = this.#settings;
    const plain = plainWithoutTls || this.#standing.private;
    return SASL_MECHANISMS.filter((one) => mechanisms.includes(one) && (plain || one !== 'PLAIN'));
  }

  #exchange(mechanism: SaslMechanism): Exchange {
    const { credentials, random } = this.#parts;
    if (mechanism === 'PLAIN') return new PlainExchange(credentials);
    return new ScramExchange(mechanism, credentials, newNonce(random));
  }

  #end(errorCode: number, mechanisms: readonly SaslMechanism[]): Handshake {
    this.#state = { is: 'over' };
    return { errorCode, mechanisms };
  }
}

function refusal(errorCode: number, errorMessage: string): TokenAnswer {
  return { errorCode, errorMessage, authBytes: NOTHING, sessionLifetimeMs: 0 };
}
