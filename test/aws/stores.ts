import { inject } from 'vitest';
import { type AwsStoresOptions, openAwsStores, type Stores } from '../../lib/store/index.ts';
import { bucketAt, tableAt } from './empty-stores.ts';

export { bucketAt, tableAt } from './empty-stores.ts';

/** Empty stores, both on MiniStack. */
export async function onMiniStack(options: Partial<AwsStoresOptions> = {}): Promise<Stores> {
  const endpoint = inject('ministack');
  return openAwsStores({ bucket: await bucketAt(endpoint), table: await tableAt(endpoint), endpoint, ...options });
}

/** Empty items on DynamoDB Local, objects on MiniStack. */
export async function onDynamoDbLocal(options: Partial<AwsStoresOptions> = {}): Promise<Stores> {
  const endpoints = { s3: inject('ministack'), dynamodb: inject('dynamodbLocal') };
  const bucket = await bucketAt(endpoints.s3);
  return openAwsStores({ bucket, table: await tableAt(endpoints.dynamodb), endpoints, ...options });
}
