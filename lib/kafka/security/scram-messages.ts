/*
 * SCRAM's messages, read and written. Source: RFC 5802, section 7, as Kafka has it: without channel binding.
 */

/** The client's first message: who it is, and its nonce. */
export interface ClientFirst {
  /** What stands before the bare message: the client's word on channel binding, and whom it acts for. */
  readonly gs2Header: string;
  /** Whom the client acts for; empty for itself. */
  readonly authorizationId: string;
  readonly user: string;
  readonly nonce: string;
  /** The message without its header, as it came: both sides sign it. */
  readonly bare: string;
}

/** The client's last message: its proof. */
export interface ClientFinal {
  readonly channelBinding: Uint8Array;
  readonly nonce: string;
  readonly proof: Uint8Array;
  /** The message up to its proof, as it came. */
  readonly withoutProof: string;
}

// A name has "=2C" for a comma and "=3D" for an equals sign; a nonce is printable, without commas. An "m=" would be an
// extension that must be understood, and there is none; others may follow and are left alone.
const CLIENT_FIRST = /^([ny],(?:a=([^,]*))?,)(n=((?:[^,=]|=2C|=3D)*),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]*)*)$/u;
const CLIENT_FINAL =
  /^(c=([A-Za-z0-9+/]+={0,2}),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]*)*),p=([A-Za-z0-9+/]+={0,2})$/u;

/** Undefined for what is no such message. */
export function readClientFirst(bytes: Uint8Array): ClientFirst | undefined {
  const found = CLIENT_FIRST.exec(textOf(bytes) ?? '');
  if (!found) return undefined;
  const [, gs2Header = '', authorizationId = '', bare = '', name = '', nonce = ''] = found;
  return { gs2Header, authorizationId: unescaped(authorizationId), user: unescaped(name), nonce, bare };
}

/** Undefined for what is no such message. */
export function readClientFinal(bytes: Uint8Array): ClientFinal | undefined {
  const found = CLIENT_FINAL.exec(textOf(bytes) ?? '');
  if (!found) return undefined;
  const [, withoutProof = '', binding = '', nonce = '', proof = ''] = found;
  return { channelBinding: Buffer.from(binding, 'base64'), nonce, proof: Buffer.from(proof, 'base64'), withoutProof };
}

export function serverFirst(nonce: string, salt: Uint8Array, iterations: number): string {
  return `r=${nonce},s=${Buffer.from(salt).toString('base64')},i=${iterations}`;
}

export function serverFinal(signature: Uint8Array): string {
  return `v=${Buffer.from(signature).toString('base64')}`;
}

/** What client and server sign. */
export function authMessage(first: ClientFirst, serverFirstMessage: string, final: ClientFinal): string {
  return `${first.bare},${serverFirstMessage},${final.withoutProof}`;
}

/** The text of bytes that are UTF-8; undefined for others. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function unescaped(name: string): string {
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}
