import type { ItemKey } from '../store/index.ts';

/*
 * The transactional ids that a sweep looks at: pk `txn/open`, sk the id, no attributes. An id is put here in the write that
 * opens a transaction of it, unless it is here already, which its own item says (`i`); it stays when that ends, and goes
 * once the id has rested for a while. So one that is in use all the time costs no write here, and one that rests no read.
 */
export const OPEN_PK = 'txn/open';

export function openKey(id: string): ItemKey {
  return { pk: OPEN_PK, sk: id };
}
