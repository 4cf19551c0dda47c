import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Item, ItemKey, MetaStore, Write, WriteAnswer } from '../port.ts';
import { StoreError } from '../port.ts';
import { checkLimit } from '../request.ts';
import { checkKey, checkKeyPart, compareText } from '../value.ts';
import { outcomeOf, takeSingle } from '../write.ts';
import { type Attributes, fromItem, keyAttributes, toAttributes } from './attributes.ts';
import type { Calls } from './calls.ts';
import { conditionExpression, Placeholders, updateExpression } from './expression.ts';
import { keyName, type Transactions } from './transact.ts';
import type { Turns } from './turns.ts';

/** DynamoDB's most keys of one BatchGetItem. Source: its API reference. */
const BATCH_KEYS_MAX = 100;

/** Batches of one getMany under way at once: each may hold 16 MB. */
const BATCHES_MAX = 4;

/** Rounds in which the service may leave keys unread, before that counts as a refusal. Each round has its own retries. */
const BATCH_ROUNDS_MAX = 20;

/** What the items of one table are reached with. */
export interface ItemParts {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly calls: Calls;
  readonly turns: Turns;
}

type Single = Exclude<Write, { write: 'check' }>;

/** Items in a DynamoDB table with the string keys `pk` and `sk`. */
export function dynamoItems(parts: ItemParts, transactions: Transactions): MetaStore {
  const { client, table, calls, turns } = parts;
  return {
    get: (key, { stale = false } = {}) =>
      calls.track(async () => {
        checkKey(key);
        const command = { TableName: table, Key: keyAttributes(key), ConsistentRead: !stale };
        const answer = await calls.read('Reading an item', (abortSignal) =>
          client.send(new GetItemCommand(command), { abortSignal }),
        );
        return fromItem(answer.Item);
      }),

    getMany: (keys, { stale = false } = {}) =>
      calls.track(async () => {
        keys.forEach(checkKey);
        const found = new Map<string, Item>();
        // The service refuses a key that is named twice.
        const left = [...new Map(keys.map((key) => [keyName(key), key])).values()];
        const work = async () => {
          while (left.length > 0) await readBatch(parts, left.splice(0, BATCH_KEYS_MAX), stale, found);
        };
        await Promise.all(Array.from({ length: BATCHES_MAX }, work));
        const seen = new Set<string>();
        return keys.map((key) => {
          const name = keyName(key);
          const item = found.get(name);
          // A second mention gets an item of its own, which its reader may change.
          const again = seen.has(name);
          seen.add(name);
          return again && item !== undefined ? structuredClone(item) : item;
        });
      }),

    query: (pk, { prefix = '', after = '', limit, reverse = false, stale = false } = {}) =>
      calls.track(async () => {
        checkKeyPart('pk', pk);
        const most = checkLimit(limit);
        const start = startKey(pk, prefix, after, reverse);
        if (start === 'behind') return { items: [] };
        const placeholders = new Placeholders();
        const ofPk = `${placeholders.path(['pk'])} = ${placeholders.value(pk)}`;
        const command = new QueryCommand({
          TableName: table,
          KeyConditionExpression:
            prefix === ''
              ? ofPk
              : `${ofPk} AND begins_with(${placeholders.path(['sk'])}, ${placeholders.value(prefix)})`,
          ...placeholders.maps(),
          ...(start !== undefined && { ExclusiveStartKey: start }),
          Limit: most,
          ScanIndexForward: !reverse,
          ConsistentRead: !stale,
        });
        const answer = await calls.read('A query', (abortSignal) => client.send(command, { abortSignal }));
        const items = (answer.Items ?? []).map((item) => ({ sk: item.sk!.S!, item: fromItem(item)! }));
        const next = answer.LastEvaluatedKey?.sk?.S;
        return next === undefined ? { items } : { items, next };
      }),

    write: (write) =>
      calls.track(() => {
        const taken = takeSingle(write) as Single;
        return turns.take([keyName(taken.key)], () => writeOne(parts, taken));
      }),

    transact: (writes) => calls.track(() => transactions.run(writes)),
  };
}

async function readBatch(
  { client, table, calls }: ItemParts,
  keys: readonly ItemKey[],
  stale: boolean,
  found: Map<string, Item>,
): Promise<void> {
  let left: Attributes[] = keys.map(keyAttributes);
  for (let rounds = 1; left.length > 0; rounds++) {
    if (rounds > BATCH_ROUNDS_MAX) {
      throw new StoreError('store_unavailable', `Reading items: ${left.length} were left unread ${rounds - 1} times.`);
    }
    const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: left, ConsistentRead: !stale } } });
    const answer = await calls.read('Reading items', (abortSignal) => client.send(command, { abortSignal }));
    const items = answer.Responses?.[table] ?? [];
    for (const item of items) found.set(keyName({ pk: item.pk!.S!, sk: item.sk!.S! }), fromItem(item)!);
    left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    // Part of an answer is the service's limit of 16 MB; none at all is throttling.
    if (left.length > 0 && items.length === 0) await calls.pause(rounds);
  }
}

/**
 * Where a query begins: DynamoDB refuses a start outside of the prefix, where the port means all of it, or nothing
 * ("behind").
 */
function startKey(pk: string, prefix: string, after: string, reverse: boolean): Attributes | 'behind' | undefined {
  if (after === '') return undefined;
  if (after.startsWith(prefix)) return keyAttributes({ pk, sk: after });
  const behind = compareText(after, prefix) > 0;
  return behind === reverse ? undefined : 'behind';
}

async function writeOne(parts: ItemParts, write: Single): Promise<WriteAnswer> {
  return parts.calls.write('Writing an item', async (abortSignal) => {
    try {
      const { Attributes: old } = await send(parts, write, abortSignal);
      return { applied: true, old: fromItem(old) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const before = fromItem(error.Item);
      // Either the write's own condition failed, or a guard did, and then carrying it out here says why it is refused.
      if (!outcomeOf(write, before).applied) return { applied: false, old: before };
      throw contradiction(write.key);
    }
  });
}

/** The table says no where the same rules say yes: something is wrong with one of them. */
export function contradiction(key: ItemKey): StoreError {
  return new StoreError(
    'store_corrupt',
    `The table refused a write to the item ${JSON.stringify(key.pk)} ${JSON.stringify(key.sk)} whose condition holds for the item that it answered with.`,
  );
}

function send({ client, table }: ItemParts, write: Single, abortSignal: AbortSignal) {
  const placeholders = new Placeholders();
  const actions = write.write === 'update' ? write.actions : [];
  const update = updateExpression(placeholders, actions);
  const condition = conditionExpression(placeholders, write.when, actions);
  const common = {
    TableName: table,
    ...placeholders.maps(),
    ...(condition !== undefined && { ConditionExpression: condition }),
    ReturnValues: 'ALL_OLD' as const,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
  const key = keyAttributes(write.key);
  switch (write.write) {
    case 'put':
      return client.send(new PutItemCommand({ ...common, Item: { ...toAttributes(write.item), ...key } }), {
        abortSignal,
      });
    case 'delete':
      return client.send(new DeleteItemCommand({ ...common, Key: key }), { abortSignal });
    case 'update':
      return client.send(
        new UpdateItemCommand({ ...common, Key: key, ...(update !== undefined && { UpdateExpression: update }) }),
        { abortSignal },
      );
  }
}
