import { hkdfSync } from 'node:crypto';
import type { Random } from '../bytes/index.ts';
import { eachItem, type MetaStore } from '../store/index.ts';
import {
  credentialItem,
  credentialKey,
  parseCredential,
  parseCredentialKey,
  SECRET_KEY,
  USERS_PK,
} from './credential-item.ts';
import { AuthError } from './errors.ts';
import {
  checkCredential,
  checkUser,
  isPasswordOf,
  isUser,
  PASSWORD_BYTES_MAX,
  SCRAM_ITERATIONS,
  SCRAM_MECHANISMS,
  SCRAM_SALT_BYTES,
  type ScramCredential,
  type ScramMechanism,
  saltedPassword,
  scramBytes,
  scramKeys,
} from './scram.ts';

/** A user, and for which mechanisms there is a password. */
export interface UserInfo {
  readonly user: string;
  readonly credentials: readonly { readonly mechanism: ScramMechanism; readonly iterations: number }[];
}

/** A credential to check somebody by: a real one, or a `decoy` that no password fits. */
export interface Found {
  readonly credential: ScramCredential;
  readonly decoy: boolean;
}

/** What a user has that nobody made; it is like what a user made here has. */
const FIRST_DECOY = { iterations: SCRAM_ITERATIONS, saltBytes: SCRAM_SALT_BYTES } as const;
const SECRET_BYTES = 32;
/** Looked up in place of what can't be a name; nobody can be called so. */
const NOBODY = '*';

/**
 * Who may authenticate by name and password. Passwords are not kept: what is kept of them is what SCRAM needs, and PLAIN is
 * checked by the same, so that a user has one password for both.
 *
 * @example
 * const credentials = new Credentials({ items, random });
 * await credentials.setPassword('alice', 'a long sentence');
 * await credentials.check('alice', Buffer.from('a long sentence')); // true
 */
export class Credentials {
  readonly #items: MetaStore;
  readonly #random: Random;
  #secret: Promise<Uint8Array> | undefined;
  /** Resolves when the next password may be hashed. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: { items: MetaStore; random: Random }) {
    this.#items = parts.items;
    this.#random = parts.random;
  }

  /** All users by name. @throws StoreError */
  async list(): Promise<UserInfo[]> {
    const users = new Map<string, { mechanism: ScramMechanism; iterations: number }[]>();
    for await (const { sk, item } of eachItem(this.#items, USERS_PK)) {
      const key = parseCredentialKey(sk);
      if (!key) continue;
      const { iterations } = parseCredential(key.mechanism, item);
      users.set(key.user, [...(users.get(key.user) ?? []), { mechanism: key.mechanism, iterations }]);
    }
    return [...users].map(([user, credentials]) => ({ user, credentials })).sort((a, b) => (a.user < b.user ? -1 : 1));
  }

  /**
   * Gives a user a password, for all mechanisms, in place of what was there.
   * @throws AuthError credential_invalid; StoreError
   */
  async setPassword(user: string, password: string, iterations: number = SCRAM_ITERATIONS): Promise<void> {
    await this.putAll(user, await passwordCredentials(password, this.#random, iterations));
  }

  /** Keeps credentials that were made elsewhere, one per mechanism, together. @throws AuthError credential_invalid; StoreError */
  async putAll(user: string, made: readonly ScramCredential[]): Promise<void> {
    checkUser(user);
    for (const credential of made) checkCredential(credential);
    await this.#items.transact(
      made.map((credential) => ({
        write: 'put',
        key: credentialKey(user, credential.mechanism),
        item: credentialItem(credential),
      })),
    );
  }

  /** Keeps a credential that was made elsewhere, in place of the one there was. @throws AuthError credential_invalid; StoreError */
  async put(user: string, credential: ScramCredential): Promise<void> {
    checkUser(user);
    checkCredential(credential);
    const key = credentialKey(user, credential.mechanism);
    await this.#items.write({ write: 'put', key, item: credentialItem(credential) });
  }

  /** Forgets a credential, and tells whether there was one. Who has authenticated by it stays until they must again. */
  async remove(user: string, mechanism: ScramMechanism): Promise<boolean> {
    const { old } = await this.#items.write({ write: 'delete', key: credentialKey(user, mechanism) });
    return old !== undefined;
  }

  /** The same for all mechanisms. */
  async removeUser(user: string): Promise<boolean> {
    const had = await Promise.all(SCRAM_MECHANISMS.map((mechanism) => this.remove(user, mechanism)));
    return had.includes(true);
  }

  /**
   * What to check `user` by. A user that does not exist gets a decoy: always the same salt, and iterations such as a user
   * beside it in the store has, after the same reads, so that nobody learns which names exist (RFC 5802, section 9).
   *
   * @throws StoreError
   */
  async find(user: string, mechanism: ScramMechanism): Promise<Found> {
    const key = credentialKey(isUser(user) ? user : NOBODY, mechanism);
    const prefix = `${mechanism}/`;
    const first = { prefix, limit: 1 };
    const [item, next, any, secret] = await Promise.all([
      this.#items.get(key),
      this.#items.query(USERS_PK, { ...first, after: key.sk }),
      this.#items.query(USERS_PK, first),
      this.#decoySecret(),
    ]);
    if (item) return { credential: parseCredential(mechanism, item), decoy: false };
    const beside = (next.items[0] ?? any.items[0])?.item;
    const like = beside && parseCredential(mechanism, beside);
    return { credential: decoy(mechanism, user, secret, like), decoy: true };
  }

  /**
   * Whether this is the user's password, for any mechanism. It takes as long for a user that does not exist.
   * Passwords are hashed one after the other: the threads that do it are those that files are read by.
   *
   * @throws StoreError
   */
  async check(user: string, password: Uint8Array): Promise<boolean> {
    const found = await Promise.all(SCRAM_MECHANISMS.map((mechanism) => this.find(user, mechanism)));
    const checked = this.#turn.then(() => Promise.all(found.map((one) => fits(one, password))));
    this.#turn = checked.catch(() => undefined);
    return (await checked).includes(true);
  }

  /** Made once for all processes over these stores. */
  #decoySecret(): Promise<Uint8Array> {
    if (this.#secret) return this.#secret;
    const reading = this.#readSecret();
    this.#secret = reading;
    reading.catch(() => {
      this.#secret = undefined;
    });
    return reading;
  }

  async #readSecret(): Promise<Uint8Array> {
    const there = await this.#items.get(SECRET_KEY);
    if (there) return there.k as Uint8Array;
    const k = this.#random.fill(new Uint8Array(SECRET_BYTES));
    const { old } = await this.#items.write({
      write: 'put',
      key: SECRET_KEY,
      item: { k },
      when: { if: 'itemAbsent' },
    });
    return (old?.k as Uint8Array | undefined) ?? k;
  }
}

/**
 * What is to be kept of a password, for each mechanism: the password itself goes nowhere.
 * @throws AuthError credential_invalid
 */
export async function passwordCredentials(
  password: string,
  random: Random,
  iterations: number = SCRAM_ITERATIONS,
): Promise<ScramCredential[]> {
  const bytes = Buffer.from(password);
  if (bytes.length === 0 || bytes.length > PASSWORD_BYTES_MAX) {
    throw new AuthError('credential_invalid', `A password has 1 to ${PASSWORD_BYTES_MAX} bytes.`);
  }
  return Promise.all(
    SCRAM_MECHANISMS.map(async (mechanism) => {
      const salt = random.fill(new Uint8Array(SCRAM_SALT_BYTES));
      const salted = await saltedPassword(mechanism, bytes, { salt, iterations });
      return { mechanism, salt, iterations, ...scramKeys(mechanism, salted) };
    }),
  );
}

async function fits({ credential, decoy }: Found, password: Uint8Array): Promise<boolean> {
  const right = await isPasswordOf(credential, password);
  return right && !decoy;
}

function decoy(
  mechanism: ScramMechanism,
  user: string,
  secret: Uint8Array,
  like: ScramCredential | undefined,
): ScramCredential {
  const saltBytes = like?.salt.length ?? FIRST_DECOY.saltBytes;
  const keyBytes = scramBytes(mechanism);
  const made = new Uint8Array(hkdfSync('sha256', secret, '', `${mechanism}/${user}`, saltBytes + 2 * keyBytes));
  return {
    mechanism,
    iterations: like?.iterations ?? FIRST_DECOY.iterations,
    salt: asIn(like?.salt, made.subarray(0, saltBytes)),
    storedKey: made.subarray(saltBytes, saltBytes + keyBytes),
    serverKey: made.subarray(saltBytes + keyBytes),
  };
}

const BASE_36 = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Salts that Kafka's tools make are numbers written to the base of 36; a decoy among them looks like them. */
function asIn(like: Uint8Array | undefined, salt: Uint8Array): Uint8Array {
  const text = like && Buffer.from(like).toString('latin1');
  if (text === undefined || !/^[0-9a-z]+$/.test(text)) return salt;
  return Buffer.from([...salt].map((byte) => BASE_36[byte % BASE_36.length]).join(''), 'latin1');
}
