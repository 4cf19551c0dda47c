import { holds, takeCondition } from './condition.ts';
import {
  ITEM_BYTES_MAX,
  type Item,
  type ItemKey,
  TRANSACT_WRITES_MAX,
  type TransactAnswer,
  type Write,
} from './port.ts';
import { itemSizeBytes } from './size.ts';
import { takeActions, update } from './update.ts';
import { checkKey, refuse, takeItem } from './value.ts';

/** DynamoDB's largest transaction, over all its items. Source: "TransactWriteItems", API reference. */
const TRANSACT_BYTES_MAX = 4 * 1024 * 1024;

/** What a write comes to on the item as it is: whether its condition held, and the item afterwards (undefined: none). */
export interface Outcome {
  readonly applied: boolean;
  readonly after: Item | undefined;
}

/**
 * Checks what can be checked of a write without its item and copies everything in it, so that it is the store's own.
 *
 * @throws store_invalid
 */
export function takeWrite(write: Write): Write {
  checkKey(write.key);
  const key = { pk: write.key.pk, sk: write.key.sk };
  const when = write.when === undefined ? undefined : { when: takeCondition(write.when) };
  switch (write.write) {
    case 'put': {
      const item = takeItem(write.item);
      checkSize(key, item);
      return { write: 'put', key, item, ...when };
    }
    case 'update':
      return { write: 'update', key, actions: takeActions(write.actions), ...when };
    case 'delete':
      return { write: 'delete', key, ...when };
    case 'check':
      return { write: 'check', key, when: takeCondition(write.when) };
    default:
      return refuse(`There is no write "${(write as Write).write}".`);
  }
}

/** As `takeWrite`, for a write that stands alone, where a `check` makes no sense. */
export function takeSingle(write: Write): Write {
  return (write.write as string) === 'check' ? refuse('A check stands in transactions alone.') : takeWrite(write);
}

/** As `takeWrite`, for a transaction: 1 to 100 writes to distinct items. */
export function takeTransaction(writes: readonly Write[]): Write[] {
  if (writes.length === 0) refuse('A transaction has no writes.');
  if (writes.length > TRANSACT_WRITES_MAX) {
    refuse(`A transaction has ${writes.length} writes; at most ${TRANSACT_WRITES_MAX} are allowed.`);
  }
  const taken = writes.map((write) => takeWrite(write));
  const seen = new Set<string>();
  for (const { key } of taken) {
    const name = `${key.pk.length}:${key.pk}${key.sk}`;
    if (seen.has(name)) refuse(`A transaction names the item ${keyText(key)} twice.`);
    seen.add(name);
  }
  return taken;
}

/**
 * What a taken write comes to on `before`. Pure; neither `before` nor the write is changed.
 *
 * @throws store_invalid where the condition holds and the item cannot take the update
 */
export function outcomeOf(write: Write, before: Item | undefined): Outcome {
  if (write.when !== undefined && !holds(write.when, before)) return { applied: false, after: before };
  switch (write.write) {
    case 'put':
      return { applied: true, after: write.item };
    case 'update': {
      const after = update(before ?? {}, write.actions);
      checkSize(write.key, after);
      return { applied: true, after };
    }
    case 'delete':
      return { applied: true, after: undefined };
    case 'check':
      return { applied: true, after: before };
  }
}

/**
 * What a taken transaction comes to on its items as they are. A condition that failed is told before an update that
 * could not be carried out, since whoever lost a race must learn just that.
 *
 * @throws store_invalid
 */
export function outcomeOfAll(
  writes: readonly Write[],
  before: readonly (Item | undefined)[],
): { readonly answer: TransactAnswer; readonly after: readonly (Item | undefined)[] } {
  const failed = writes.map((write, i) =>
    write.when === undefined || holds(write.when, before[i]) ? undefined : { item: before[i] },
  );
  if (failed.some((reason) => reason !== undefined)) return { answer: { applied: false, failed }, after: before };
  const after = writes.map((write, i) => outcomeOf(write, before[i]).after);
  const bytes = after.reduce((sum, item, i) => sum + (item === undefined ? 0 : itemSizeBytes(writes[i]!.key, item)), 0);
  if (bytes > TRANSACT_BYTES_MAX)
    refuse(`A transaction's items have ${bytes} bytes; at most ${TRANSACT_BYTES_MAX} are allowed.`);
  return { answer: { applied: true }, after };
}

function checkSize(key: ItemKey, item: Item): void {
  const bytes = itemSizeBytes(key, item);
  if (bytes > ITEM_BYTES_MAX)
    refuse(`The item ${keyText(key)} would have ${bytes} bytes; at most ${ITEM_BYTES_MAX} are allowed.`);
}

function keyText(key: ItemKey): string {
  return `${JSON.stringify(key.pk)} ${JSON.stringify(key.sk)}`;
}
