import {
  type CancellationReason,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type Clock, newUlid, type Random, ulidText } from '../../bytes/index.ts';
import { holds } from '../condition.ts';
import { type ItemKey, StoreError, type TransactAnswer, type Write } from '../port.ts';
import { refuse } from '../value.ts';
import { outcomeOfAll, takeTransaction } from '../write.ts';
import { fromItem, keyAttributes, toAttributes } from './attributes.ts';
import { always, conditionExpression, Placeholders, removeNothing, updateExpression } from './expression.ts';
import type { ItemParts } from './items.ts';

/** A key as one text, for maps. */
export function keyName(key: ItemKey): string {
  return `${key.pk.length}:${key.pk}${key.sk}`;
}

/**
 * Transactions over one table. Each has a token, under which DynamoDB carries it out once however often it arrives within
 * ten minutes: where an answer was lost, sending it again finds out what became of it.
 * Source: TransactWriteItems, API reference, ClientRequestToken.
 */
export class Transactions {
  readonly #parts: ItemParts;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(parts: ItemParts, on: { clock: Clock; random: Random }) {
    this.#parts = parts;
    this.#clock = on.clock;
    this.#random = on.random;
  }

  async run(writes: readonly Write[]): Promise<TransactAnswer> {
    const taken = takeTransaction(writes);
    const { client, calls, turns, table } = this.#parts;
    const command = {
      TransactItems: taken.map((write) => transactItem(table, write)),
      ClientRequestToken: ulidText(newUlid(this.#clock.nowMs(), this.#random)),
    };
    const send = async (abortSignal: AbortSignal): Promise<TransactAnswer> => {
      try {
        await client.send(new TransactWriteItemsCommand(command), { abortSignal });
        return { applied: true };
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        return answerOf(taken, error.CancellationReasons ?? [], error);
      }
    };
    return turns.take(
      taken.map((write) => keyName(write.key)),
      () => calls.writeOnce('A transaction', send, (answer) => answer.applied),
    );
  }
}

function transactItem(table: string, write: Write): TransactWriteItem {
  const placeholders = new Placeholders();
  const actions = write.write === 'update' ? write.actions : [];
  const key = keyAttributes(write.key);
  const condition = conditionExpression(placeholders, write.when, actions);
  const update = updateExpression(placeholders, actions);
  const common = () => ({
    TableName: table,
    ...placeholders.maps(),
    ...(condition !== undefined && { ConditionExpression: condition }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  });
  switch (write.write) {
    case 'put':
      return { Put: { ...common(), Item: { ...toAttributes(write.item), ...key } } };
    case 'delete':
      return { Delete: { ...common(), Key: key } };
    case 'update':
      return { Update: { UpdateExpression: update ?? removeNothing(placeholders), Key: key, ...common() } };
    case 'check': {
      const checked = condition ?? always(placeholders);
      return { ConditionCheck: { Key: key, ...common(), ConditionExpression: checked } };
    }
  }
}

/**
 * What a cancelled transaction's reasons come to. A condition that failed is told first; then an update that its item
 * could not take; a conflict or throttling is the service's "later".
 */
function answerOf(writes: readonly Write[], reasons: readonly CancellationReason[], cause: unknown): TransactAnswer {
  const items = reasons.map(({ Item }) => fromItem(Item));
  const failed = writes.map((write, i) =>
    reasons[i]?.Code === 'ConditionalCheckFailed' && write.when !== undefined && !holds(write.when, items[i])
      ? { item: items[i] }
      : undefined,
  );
  if (failed.some((reason) => reason !== undefined)) return { applied: false, failed };
  const wrong = reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed' || Code === 'ValidationError');
  if (wrong < 0) throw cause;
  if (reasons[wrong]!.Code === 'ValidationError')
    return refuse(`A transaction's write was refused: ${reasons[wrong]!.Message}`);
  // A guard failed: carrying the write out here says why.
  outcomeOfAll([writes[wrong]!], [items[wrong]]);
  throw new StoreError(
    'store_corrupt',
    'The table cancelled a transaction for a condition that holds for the item that it answered with.',
  );
}
