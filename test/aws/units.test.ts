import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, inject, test } from 'vitest';
import { keyAttributes, toAttributes } from '../../lib/store/aws/attributes.ts';
import { type Item, itemSizeBytes, readUnits, writeUnits } from '../../lib/store/index.ts';
import { tableAt } from './stores.ts';

const key = { pk: 'pk', sk: 'sk' };

/** An item of exactly this many bytes, with values of every kind in it. */
function itemOf(bytes: number): Item {
  const kinds: Item = { n: -12.5, big: 9_007_199_254_740_991, l: [1, null, 'é', [true]], m: { a: {}, b: 'x' } };
  const padding = bytes - itemSizeBytes(key, { ...kinds, b: new Uint8Array(0) });
  return { ...kinds, b: new Uint8Array(padding) };
}

test('the units that we count are those that DynamoDB bills', async () => {
  const endpoint = inject('dynamodbLocal');
  const TableName = await tableAt(endpoint);
  const client = new DynamoDBClient({ endpoint });
  const common = { TableName, ReturnConsumedCapacity: 'TOTAL' } as const;
  let before = 0;
  for (const bytes of [1_024, 1_025, 4_096, 4_097, 2_048, 200]) {
    const Item = { ...toAttributes(itemOf(bytes)), ...keyAttributes(key) };
    const put = await client.send(new PutItemCommand({ ...common, Item }));
    expect(put.ConsumedCapacity?.CapacityUnits).toBe(writeUnits(before, bytes));
    const Key = keyAttributes(key);
    const get = await client.send(new GetItemCommand({ ...common, Key, ConsistentRead: true }));
    expect(get.ConsumedCapacity?.CapacityUnits).toBe(readUnits(bytes));
    before = bytes;
  }
  const update = await client.send(
    new UpdateItemCommand({
      ...common,
      Key: keyAttributes(key),
      UpdateExpression: 'SET c = :c',
      ExpressionAttributeValues: { ':c': { B: new Uint8Array(1_024 - before - 'c'.length + 1) } },
    }),
  );
  expect(update.ConsumedCapacity?.CapacityUnits).toBe(2);
  client.destroy();
});
