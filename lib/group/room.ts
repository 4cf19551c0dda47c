import { ITEM_BYTES_MAX, type Item, itemSizeBytes, StoreError, update, type Write } from '../store/index.ts';
import { GroupError } from './errors.ts';
import type { GroupParts } from './group-store.ts';
import { type LedgerOffsets, offsetsKey } from './offsets-item.ts';

/*
 * How much of offsets goes into an item and into one transaction of the store. As a rule an offset takes some 30 bytes, but
 * with each may go 4 KB of metadata, and transactions have theirs beside what is committed.
 */

/**
 * Of the 4 MiB that DynamoDB takes in one transaction, over all its items: the rest is for a group's item, and for that of a
 * transactional id or the heads of ledgers.
 */
export const OFFSETS_BYTES_MAX = 3 * 1024 * 1024;
/** So many items of offsets, each as large as it can be, are below that: nobody need look how large they are. */
const LEDGERS_UNREAD_MAX = 7;
/** An offset without its metadata: names and numbers, as a transaction has it. */
const SLOT_BYTES = 100;

/** An update of a group's offsets of one ledger. */
export type OffsetsUpdate = Write & { readonly write: 'update' };

/**
 * Offsets in parts that one transaction of the store takes each.
 *
 * Units: from the eighth ledger on a stale read of each item.
 */
export async function partsOf(
  { items }: GroupParts,
  group: string,
  offsets: readonly LedgerOffsets[],
  ledgersMax: number,
): Promise<LedgerOffsets[][]> {
  const keys = offsets.map(({ topicId, ledger }) => offsetsKey(group, topicId, ledger));
  const isFew = offsets.length <= Math.min(ledgersMax, LEDGERS_UNREAD_MAX);
  const stored = isFew ? [] : await items.getMany(keys, { stale: true });
  const parts: LedgerOffsets[][] = [];
  let sizeBytes = 0;
  for (const [i, ledger] of offsets.entries()) {
    const item = stored[i];
    const ledgerBytes = isFew ? 0 : (item ? itemSizeBytes(keys[i]!, item) : 0) + givenBytes(ledger);
    const last = parts.at(-1);
    if (last && last.length < ledgersMax && sizeBytes + ledgerBytes <= OFFSETS_BYTES_MAX) {
      last.push(ledger);
      sizeBytes += ledgerBytes;
    } else {
      parts.push([ledger]);
      sizeBytes = ledgerBytes;
    }
  }
  return parts;
}

function givenBytes({ topic, slots }: LedgerOffsets): number {
  let bytes = Buffer.byteLength(topic);
  for (const { metadata } of slots.values()) bytes += SLOT_BYTES + Buffer.byteLength(metadata ?? '');
  return bytes;
}

/**
 * How large an item is once it is written to.
 * @throws GroupError offsets_too_large
 */
export function sizeAfter(group: string, { key, actions }: OffsetsUpdate, item: Item | undefined): number {
  const sizeBytes = itemSizeBytes(key, update(item ?? {}, actions));
  if (sizeBytes <= ITEM_BYTES_MAX) return sizeBytes;
  throw new GroupError(
    'offsets_too_large',
    `The offsets of group "${group}" in one ledger would have ${sizeBytes} bytes, with those that open transactions have there; at most ${ITEM_BYTES_MAX} are allowed. Commit less metadata, or wait for the transactions.`,
  );
}

/** @throws GroupError offsets_too_large where offsets are more than one transaction of the store takes */
export function requireRoom(sizeBytes: number): void {
  if (sizeBytes <= OFFSETS_BYTES_MAX) return;
  throw new GroupError(
    'offsets_too_large',
    `The offsets of this transaction, with what is committed beside them, have ${sizeBytes} bytes; at most ${OFFSETS_BYTES_MAX} are allowed. Commit less metadata, or fewer partitions at once.`,
  );
}

/**
 * The error of a write of offsets: one that the store would not take is looked into.
 * @returns GroupError offsets_too_large where that is why; else the error itself
 */
export async function explained(
  { items }: GroupParts,
  group: string,
  writes: readonly OffsetsUpdate[],
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof StoreError) || error.code !== 'store_invalid') return error;
  const found = await items.getMany(writes.map(({ key }) => key));
  try {
    for (const [i, write] of writes.entries()) sizeAfter(group, write, found[i]);
    return error;
  } catch (tooLarge) {
    return tooLarge instanceof GroupError ? tooLarge : error;
  }
}
