import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AuthError } from './errors.ts';

/** Salted challenge-response authentication: the two hashes that Kafka has. Source: RFC 5802, RFC 7677, KIP-84. */
export const SCRAM_MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type ScramMechanism = (typeof SCRAM_MECHANISMS)[number];

/** What checks a password, and cannot be used in place of it. */
export interface ScramKeys {
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** What is kept of a user's password for one mechanism. */
export interface ScramCredential extends ScramKeys {
  readonly mechanism: ScramMechanism;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** Kafka's least, which its clients insist on, too, and its tools' default. Source: ScramMechanism.minIterations. */
export const SCRAM_ITERATIONS_MIN = 4_096;
/** Kafka's most: each check of a PLAIN password takes that long. Source: ScramControlManager.MAX_ITERATIONS. */
export const SCRAM_ITERATIONS_MAX = 16_384;
/** What a user made here gets: some 10 ms of work per guess. */
export const SCRAM_ITERATIONS = SCRAM_ITERATIONS_MAX;
/** As RFC 5802 has in its examples, and NIST SP 800-132 asks for at least. */
export const SCRAM_SALT_BYTES = 16;
/** Salts come from clients, too; Kafka's own have 25. */
const SALT_BYTES_MAX = 128;
/** Names are principals, which have 300 characters at most, and keys of items. */
export const USER_CHARS_MAX = 255;
/** Kafka has no limit; a password is hashed before it is known to be right. */
export const PASSWORD_BYTES_MAX = 1_024;

const HASHES: Readonly<Record<ScramMechanism, { readonly hash: string; readonly bytes: number }>> = {
  'SCRAM-SHA-256': { hash: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { hash: 'sha512', bytes: 64 },
};

const derive = promisify(pbkdf2);

/**
 * The salted password: RFC 5802's Hi. Whoever has it can authenticate, so it is never kept. Kafka does not prepare
 * passwords (RFC 4013), nor do its clients: their UTF-8 counts.
 */
export async function saltedPassword(
  mechanism: ScramMechanism,
  password: string | Uint8Array,
  { salt, iterations }: { readonly salt: Uint8Array; readonly iterations: number },
): Promise<Uint8Array> {
  const { hash, bytes } = HASHES[mechanism];
  return derive(password, salt, iterations, bytes, hash);
}

export function scramKeys(mechanism: ScramMechanism, salted: Uint8Array): ScramKeys {
  return {
    storedKey: scramHash(mechanism, scramHmac(mechanism, salted, 'Client Key')),
    serverKey: scramHmac(mechanism, salted, 'Server Key'),
  };
}

/** Whether the password is the one that `credential` was made of. Takes the same time whatever it is. */
export async function isPasswordOf(credential: ScramCredential, password: Uint8Array): Promise<boolean> {
  const { mechanism, storedKey } = credential;
  const keys = scramKeys(mechanism, await saltedPassword(mechanism, password, credential));
  return timingSafeEqual(keys.storedKey, storedKey);
}

export function scramHmac(mechanism: ScramMechanism, key: Uint8Array, text: string): Uint8Array {
  return createHmac(HASHES[mechanism].hash, key).update(text).digest();
}

export function scramHash(mechanism: ScramMechanism, bytes: Uint8Array): Uint8Array {
  return createHash(HASHES[mechanism].hash).update(bytes).digest();
}

/** How many bytes the mechanism's keys and proofs have. */
export function scramBytes(mechanism: ScramMechanism): number {
  return HASHES[mechanism].bytes;
}

/** Whether somebody can be called so. */
export function isUser(user: string): boolean {
  return user.length > 0 && user.length <= USER_CHARS_MAX && !/\p{Cc}|\p{Cs}/u.test(user) && user !== '*';
}

/** @throws AuthError credential_invalid: a name that nobody can have here */
export function checkUser(user: string): void {
  if (isUser(user)) return;
  throw new AuthError(
    'credential_invalid',
    `A user's name has 1 to ${USER_CHARS_MAX} characters, none of them a control character, and is not "*"; ${JSON.stringify(user.slice(0, 100))} is none.`,
  );
}

/** @throws AuthError credential_invalid: what Kafka would not take either, or what is no such mechanism's */
export function checkCredential({ mechanism, salt, iterations, storedKey, serverKey }: ScramCredential): void {
  if (!(iterations >= SCRAM_ITERATIONS_MIN)) {
    throw invalid(`Too few iterations: ${iterations}; ${SCRAM_ITERATIONS_MIN} to ${SCRAM_ITERATIONS_MAX} are right.`);
  }
  if (iterations > SCRAM_ITERATIONS_MAX) {
    throw invalid(`Too many iterations: ${iterations}; ${SCRAM_ITERATIONS_MIN} to ${SCRAM_ITERATIONS_MAX} are right.`);
  }
  if (salt.length === 0 || salt.length > SALT_BYTES_MAX) {
    throw invalid(`The salt has ${salt.length} bytes; 1 to ${SALT_BYTES_MAX} are right, ${SCRAM_SALT_BYTES} usual.`);
  }
  const { bytes } = HASHES[mechanism];
  if (storedKey.length !== bytes || serverKey.length !== bytes)
    throw invalid(`Keys of ${mechanism} have ${bytes} bytes.`);
}

function invalid(message: string): AuthError {
  return new AuthError('credential_invalid', message);
}
