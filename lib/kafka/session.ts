import { type Asker, hostAddress } from '../auth/index.ts';
import { type Answer, answer } from './answer.ts';
import type { Gateway } from './gateway.ts';
import type { Authentication } from './security/index.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Who is at the other end of a connection, as far as the connection itself tells. */
export interface Peer {
  /** Its address, without the port. */
  readonly host: string;
  /** Where it came to: our own end of the connection. */
  readonly local: Address;
  /** The name of the listener that it came in by. */
  readonly listener: string;
  /** Set where the connection is encrypted. */
  readonly tls?: {
    /** Whom the client's certificate stands for; undefined where it brought none. */
    readonly principal: string | undefined;
  };
}

/** The principal of whom nobody has asked for a name. Source: Kafka's KafkaPrincipal.ANONYMOUS. */
export const ANONYMOUS = 'User:ANONYMOUS';

/**
 * The longest frame of a client that has not authenticated: names and passwords, and what clients say of themselves. Kafka
 * allows 512 KiB (sasl.server.max.receive.size), which tickets and tokens need that there are none of here.
 */
export const UNAUTHENTICATED_FRAME_BYTES_MAX = 16 * 1024;

/**
 * One connection's side of the gateway, without its socket. Requests begin in the order of `handle`, each when those
 * before are answered; one of the same API begins when the one before lets it (`HandlerContext.admitted`).
 *
 * @example
 * const session = gateway.connect({ host: '10.0.0.7', local: { host: '10.0.0.1', port: 9092 }, listener: 'PLAINTEXT' });
 * const answer = await session.handle(frame);
 */
export class Session {
  readonly gateway: Gateway;
  readonly peer: Peer;
  readonly signal: AbortSignal;
  /** Fires when the connection ends, by whoever is at its other end: nobody waits for answers. */
  readonly gone: AbortSignal;
  /** As the last request said. */
  clientId: string | null = null;
  /** Undefined where nobody has to authenticate by name and password. */
  readonly authentication: Authentication | undefined;
  readonly #host: string | undefined;
  readonly #ending = new AbortController();
  /** Resolves when a request of the same API as the last one may begin. */
  #turn: Promise<void> = Promise.resolve();
  /** Resolves when every request so far is answered: what other APIs wait for. */
  #answered: Promise<void> = Promise.resolve();
  #lastApiKey = -1;
  /** Until when no request begins. */
  #mutedUntilMs = 0;
  #hungUp = false;

  constructor(gateway: Gateway, peer: Peer) {
    this.gateway = gateway;
    this.peer = peer;
    this.#host = hostAddress(peer.host);
    this.authentication = gateway.parts.security.authentication(peer);
    this.gone = this.#ending.signal;
    this.signal = AbortSignal.any([this.gone, gateway.closing]);
  }

  /** Who the client is: what it authenticated as. */
  get principal(): string {
    const user = this.authentication?.user;
    return user === undefined ? (this.peer.tls?.principal ?? ANONYMOUS) : `User:${user}`;
  }

  /** Who asks, and where from: what rights are decided by. */
  get asker(): Asker {
    return { principal: this.principal, host: this.#host };
  }

  /** Whether the client has to say who it is, and has not yet. */
  get stranger(): boolean {
    return this.authentication !== undefined && this.authentication.user === undefined;
  }

  /** The longest frame that may come now, in bytes. */
  get frameBytesMax(): number {
    return this.stranger ? UNAUTHENTICATED_FRAME_BYTES_MAX : Number.POSITIVE_INFINITY;
  }

  /** Whether no further request begins, and the connection ends when the answers to those that have begun are sent. */
  get over(): boolean {
    return this.#hungUp || this.authentication?.over === true;
  }

  /**
   * Answers one request; `frame` is the message without the length before it. Records among the answer's parts are shared
   * and never written to.
   *
   * @returns undefined where the client wants no answer, or the session was over before the request could begin
   * @throws KafkaProtocolError for what is no request: the connection cannot go on
   */
  handle(frame: Uint8Array): Promise<Answer | undefined> {
    const apiKey = ((frame[0] ?? 0) << 8) | (frame[1] ?? 0);
    const before = apiKey === this.#lastApiKey ? this.#turn : this.#answered;
    this.#lastApiKey = apiKey;
    let pass = () => {};
    this.#turn = new Promise((resolve) => {
      pass = resolve;
    });
    const answered = this.#answerAfter(before, frame, pass);
    const over = answered.then(pass, pass);
    this.#answered = Promise.all([this.#answered, over]).then(() => {});
    return answered;
  }

  async #answerAfter(before: Promise<void>, frame: Uint8Array, pass: () => void): Promise<Answer | undefined> {
    await before;
    if (this.#mutedUntilMs > 0) await this.#unmuted();
    if (this.over) return undefined;
    return answer(this, frame, pass);
  }

  /** Keeps requests that have not begun waiting, for a client that took more than it may (KIP-219). */
  mute(ms: number): void {
    this.#mutedUntilMs = Math.max(this.#mutedUntilMs, this.gateway.parts.clock.monotonicMs() + ms);
  }

  async #unmuted(): Promise<void> {
    const { clock } = this.gateway.parts;
    for (;;) {
      const leftMs = this.#mutedUntilMs - clock.monotonicMs();
      if (leftMs <= 0) break;
      await clock.sleep(leftMs, this.signal);
    }
    this.#mutedUntilMs = 0;
  }

  /** Ends what the session's requests wait for. */
  close(): void {
    this.#ending.abort();
  }

  /**
   * Asks for the connection's end: where no answer can tell what went wrong, or what the client has sent behind a request
   * that failed must not pass it.
   */
  hangUp(): void {
    this.#hungUp = true;
  }
}
