import { answer } from './answer.ts';
import type { Frame } from './codec/index.ts';
import type { Gateway } from './gateway.ts';

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
}

/** The principal of whom nobody has asked for a name. Source: Kafka's KafkaPrincipal.ANONYMOUS. */
export const ANONYMOUS = 'User:ANONYMOUS';

/**
 * One connection's side of the gateway, without its socket. Requests begin in the order of `handle`, each when the one
 * before is answered or lets it pass (`HandlerContext.admitted`).
 *
 * @example
 * const session = gateway.connect({ host: '10.0.0.7', local: { host: '10.0.0.1', port: 9092 }, listener: 'PLAINTEXT' });
 * const answer = await session.handle(frame);
 */
export class Session {
  readonly gateway: Gateway;
  readonly peer: Peer;
  readonly signal: AbortSignal;
  /** As the last request said. */
  clientId: string | null = null;
  /** Who the client is: what it authenticated as. */
  principal: string = ANONYMOUS;
  readonly #ending = new AbortController();
  /** Resolves when the next request may begin. */
  #turn: Promise<void> = Promise.resolve();

  constructor(gateway: Gateway, peer: Peer) {
    this.gateway = gateway;
    this.peer = peer;
    this.signal = AbortSignal.any([this.#ending.signal, gateway.closing]);
  }

  /**
   * Answers one request; `frame` is the message without the length before it. Records among the answer's parts are shared
   * and never written to.
   *
   * @returns undefined where the client wants no answer
   * @throws KafkaProtocolError for what is no request: the connection cannot go on
   */
  async handle(frame: Uint8Array): Promise<Frame | undefined> {
    const before = this.#turn;
    let pass = () => {};
    this.#turn = new Promise((resolve) => {
      pass = resolve;
    });
    try {
      await before;
      return await answer(this, frame, pass);
    } finally {
      pass();
    }
  }

  /** Ends what the session's requests wait for. */
  close(): void {
    this.#ending.abort();
  }
}
