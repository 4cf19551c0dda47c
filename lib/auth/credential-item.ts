import type { Item, ItemKey } from '../store/index.ts';
import { SCRAM_MECHANISMS, type ScramCredential, type ScramMechanism } from './scram.ts';

/*
 * A user's credential for one mechanism: pk `users`, sk `<mechanism>/<user>`. Attributes: s salt, i iterations, k stored
 * key, v server key (what the server proves itself with). About 200 bytes. Beside them, sk `secret`: k, what the salts of
 * users that do not exist are made of.
 */
export const USERS_PK = 'users';
export const SECRET_KEY: ItemKey = { pk: USERS_PK, sk: 'secret' };

export function credentialKey(user: string, mechanism: ScramMechanism): ItemKey {
  return { pk: USERS_PK, sk: `${mechanism}/${user}` };
}

export function credentialItem({ salt, iterations, storedKey, serverKey }: ScramCredential): Item {
  return { s: salt, i: iterations, k: storedKey, v: serverKey };
}

export function parseCredential(mechanism: ScramMechanism, item: Item): ScramCredential {
  return {
    mechanism,
    salt: item.s as Uint8Array,
    iterations: item.i as number,
    storedKey: item.k as Uint8Array,
    serverKey: item.v as Uint8Array,
  };
}

/** Whose credential it is, or undefined where the item is none. */
export function parseCredentialKey(sk: string): { user: string; mechanism: ScramMechanism } | undefined {
  const mechanism = SCRAM_MECHANISMS.find((one) => sk.startsWith(`${one}/`));
  return mechanism && { user: sk.slice(mechanism.length + 1), mechanism };
}
