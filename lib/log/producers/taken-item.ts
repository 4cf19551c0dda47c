import { Reader, Writer } from '../../bytes/index.ts';
import type { Item, ItemKey, MetaStore } from '../../store/index.ts';
import type { LedgerRef } from '../model.ts';
import { ledgerPk } from '../page.ts';
import { pairName } from './entry.ts';

/*
 * Who took which producers over: one item per raise of a ledger's fence, pk as the ledger's, sk `taken/<fence>`. Attribute
 * `p`: slots and ids of the producers. Processes whose fence was raised by another read it to know what they keep. Where
 * it is missing they keep nothing, which is always right; so it may be late, or gone after `ttl`.
 */

/** One producer in one partition. */
export interface Pair {
  readonly slot: number;
  readonly producerId: number;
}

/** A process that has not committed for so long knows its producers anew for a read or two. */
const TAKEN_TTL_MS = 60 * 60_000;
const TAKEN_PREFIX = 'taken/';
/** Raises looked up at once; whoever has missed more keeps nothing. */
export const TAKEN_READ_MAX = 500;

function takenKey(ledger: LedgerRef, fence: number): ItemKey {
  return { pk: ledgerPk(ledger), sk: `${TAKEN_PREFIX}${String(fence).padStart(16, '0')}` };
}

/** Tells what was taken by raising the fence to `fence`. May be repeated. */
export async function writeTaken(
  items: MetaStore,
  ledger: LedgerRef,
  fence: number,
  pairs: readonly Pair[],
  nowMs: number,
): Promise<void> {
  const writer = new Writer(16 + pairs.length * 8);
  for (const { slot, producerId } of pairs) {
    writer.uvarint(slot);
    writer.uvarint(producerId);
  }
  const item: Item = { p: writer.view(), ttl: Math.ceil((nowMs + TAKEN_TTL_MS) / 1000) };
  await items.write({ write: 'put', key: takenKey(ledger, fence), item });
}

/** Names of the pairs taken after `after`, up to `upTo`; undefined where not all raises tell what they took. */
export async function readTaken(
  items: MetaStore,
  ledger: LedgerRef,
  after: number,
  upTo: number,
): Promise<Set<string> | undefined> {
  const count = upTo - after;
  if (count < 0 || count > TAKEN_READ_MAX) return undefined;
  const { pk, sk } = takenKey(ledger, after);
  const found = await items.query(pk, { prefix: TAKEN_PREFIX, after: sk, limit: count });
  const expected = takenKey(ledger, upTo).sk;
  if (found.items.length < count || (count > 0 && found.items[count - 1]!.sk !== expected)) return undefined;
  const names = new Set<string>();
  for (const { item } of found.items) {
    const reader = new Reader(item.p as Uint8Array);
    while (reader.remaining > 0) names.add(pairName(reader.uvarint(), reader.uvarint()));
  }
  return names;
}
