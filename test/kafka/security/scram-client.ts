import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import type { ScramMechanism } from '../../../lib/auth/index.ts';

const HASHES = { 'SCRAM-SHA-256': ['sha256', 32], 'SCRAM-SHA-512': ['sha512', 64] } as const;

/** A client's side of SCRAM, written from RFC 5802 alone. */
export function scramClient(
  mechanism: ScramMechanism,
  user: string,
  password: string,
  nonce = 'fyko+d2lbbFgONRv9qkxdawL',
) {
  const [hash, bytes] = HASHES[mechanism];
  const hmac = (key: Uint8Array, text: string) => createHmac(hash, key).update(text).digest();
  const bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  let expected = '';
  return {
    first: () => Buffer.from(`n,,${bare}`),
    final: (challenge: Uint8Array) => {
      const said = Buffer.from(challenge).toString();
      const { r, s, i } = fields(said);
      const salted = pbkdf2Sync(password, Buffer.from(s!, 'base64'), Number(i), bytes, hash);
      const clientKey = hmac(salted, 'Client Key');
      const storedKey = createHash(hash).update(clientKey).digest();
      const withoutProof = `c=biws,r=${r}`;
      const signed = `${bare},${said},${withoutProof}`;
      const signature = hmac(storedKey, signed);
      const proof = clientKey.map((byte, at) => byte ^ signature[at]!);
      expected = `v=${hmac(hmac(salted, 'Server Key'), signed).toString('base64')}`;
      return Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`);
    },
    /** What the server must end with to be the one that knows the password. */
    expected: () => expected,
  };
}

/** The fields of a message by their letter. */
export function fields(message: string): Record<string, string> {
  return Object.fromEntries(message.split(',').map((field) => [field[0]!, field.slice(2)]));
}

export function plainToken(user: string, password: string, authorizationId = ''): Buffer {
  return Buffer.from(`${authorizationId}\0${user}\0${password}`);
}
