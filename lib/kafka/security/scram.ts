import { timingSafeEqual } from 'node:crypto';
import { type Credentials, type Found, type ScramMechanism, scramHash, scramHmac } from '../../auth/index.ts';
import type { Random } from '../../bytes/index.ts';
import { type Exchange, REFUSED, type Step } from './exchange.ts';
import {
  authMessage,
  type ClientFirst,
  readClientFinal,
  readClientFirst,
  serverFinal,
  serverFirst,
} from './scram-messages.ts';

/** 144 bits: nonces of both sides together must never come again. */
const NONCE_BYTES = 18;

/** A nonce that never comes again. */
export function newNonce(random: Random): string {
  return Buffer.from(random.fill(new Uint8Array(NONCE_BYTES))).toString('base64url');
}

interface Begun {
  readonly first: ClientFirst;
  readonly found: Found;
  readonly nonce: string;
  readonly serverFirst: string;
}

/**
 * SCRAM, the server's side (RFC 5802): the client proves that it knows the password, and the server that it has what was
 * made of it. A user that does not exist is refused at the end, as for a wrong password.
 */
export class ScramExchange implements Exchange {
  readonly #mechanism: ScramMechanism;
  readonly #credentials: Pick<Credentials, 'find'>;
  readonly #nonce: string;
  #begun: Begun | undefined;

  /** @param nonce the server's own: `newNonce` */
  constructor(mechanism: ScramMechanism, credentials: Pick<Credentials, 'find'>, nonce: string) {
    this.#mechanism = mechanism;
    this.#credentials = credentials;
    this.#nonce = nonce;
  }

  async step(token: Uint8Array): Promise<Step> {
    return this.#begun ? this.#end(this.#begun, token) : this.#begin(token);
  }

  async #begin(token: Uint8Array): Promise<Step> {
    const first = readClientFirst(token);
    if (!first) return REFUSED;
    // Acting for somebody else is not offered.
    if (first.authorizationId !== '' && first.authorizationId !== first.user) return REFUSED;
    const found = await this.#credentials.find(first.user, this.#mechanism);
    const nonce = first.nonce + this.#nonce;
    const message = serverFirst(nonce, found.credential.salt, found.credential.iterations);
    this.#begun = { first, found, nonce, serverFirst: message };
    return { is: 'more', token: Buffer.from(message) };
  }

  async #end({ first, found, nonce, serverFirst }: Begun, token: Uint8Array): Promise<Step> {
    const final = readClientFinal(token);
    if (!final || final.nonce !== nonce) return REFUSED;
    if (Buffer.from(final.channelBinding).toString() !== first.gs2Header) return REFUSED;
    const { storedKey, serverKey } = found.credential;
    const signed = authMessage(first, serverFirst, final);
    const proven = provenKey(final.proof, scramHmac(this.#mechanism, storedKey, signed));
    if (proven === undefined) return REFUSED;
    const right = timingSafeEqual(scramHash(this.#mechanism, proven), storedKey);
    if (!right || found.decoy) return REFUSED;
    const signature = scramHmac(this.#mechanism, serverKey, signed);
    return { is: 'done', token: Buffer.from(serverFinal(signature)), user: first.user };
  }
}

/** The client's key, if its proof is one: proof and signature, one over the other. */
function provenKey(proof: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  return proof.length === signature.length ? proof.map((byte, i) => byte ^ signature[i]!) : undefined;
}
