import { decidedByAttribute, openAttribute, type TransactionRef, transactionName } from '../log/index.ts';
import { type Condition, eachItem, type ItemKey, type Value, type Write } from '../store/index.ts';
import { type GroupParts, REGISTRY_PK } from './group-store.ts';
import { readStored } from './offsets.ts';
import { offsetsKey, type StoredOffsets } from './offsets-item.ts';

/** What a transaction has in the item of a group's offsets of one ledger, as it was read. */
export interface WaitingOffsets {
  readonly group: string;
  readonly topic: string;
  readonly key: ItemKey;
  readonly transaction: TransactionRef;
  /** Attribute → what it says. An offset's is never the same again: it has the version of its transactional id. */
  readonly attributes: ReadonlyMap<string, Value>;
}

/**
 * All that waits for transactions, in any group. Units: a read of the registry, and half a unit or more per group, twice that
 * where offsets weigh more than 4 KB.
 * @param failed is told of groups whose offsets cannot be read, which are left out
 */
export async function* allWaiting(
  parts: GroupParts,
  failed: (error: unknown, group: string) => void,
): AsyncGenerator<WaitingOffsets> {
  for await (const { sk: group } of eachItem(parts.items, REGISTRY_PK)) {
    let stored: readonly StoredOffsets[] = [];
    try {
      stored = await readStored(parts, group);
    } catch (error) {
      failed(error, group);
    }
    for (const offsets of stored) yield* waitingIn(group, offsets);
  }
}

function waitingIn(group: string, { topic, topicId, ledger, pending, open }: StoredOffsets): WaitingOffsets[] {
  const found = new Map<string, WaitingOffsets & { attributes: Map<string, Value> }>();
  const add = (transaction: TransactionRef, attribute: string, value: Value) => {
    const name = transactionName(transaction);
    const key = offsetsKey(group, topicId, ledger);
    const one = found.get(name) ?? { group, topic, key, transaction, attributes: new Map<string, Value>() };
    found.set(name, one);
    one.attributes.set(attribute, value);
  };
  for (const { producerId, epoch, slot, stored } of pending) {
    const transaction = { producerId, epoch };
    add(transaction, openAttribute(transaction, slot), stored);
  }
  for (const [name, decidedBy] of open.decidedBy) {
    const [producerId, epoch] = name.split('.').map((part) => Number.parseInt(part, 36));
    const transaction = { producerId: producerId!, epoch: epoch! };
    add(transaction, decidedByAttribute(transaction), decidedBy);
  }
  return [...found.values()];
}

/** The write that drops what waits, as it was read: it fails where anything of that has changed. */
export function dropWaiting({ key, attributes }: WaitingOffsets): Extract<Write, { write: 'update' }> {
  const same = [...attributes].map(([name, value]): Condition => ({ if: 'is', path: [name], value }));
  const actions = [...attributes.keys()].map((name) => ({ do: 'remove', path: [name] }) as const);
  return { write: 'update', key, actions, when: { if: 'all', of: same } };
}
