/**
 * Where bytes and items are: the ports ObjectStore and MetaStore, and what implements them. Everything that touches a
 * disk or AWS is in here; the rules that all stores share are the pure functions beside the ports.
 */
import type { AwsStoresOptions } from './aws/index.ts';
import type { Stores } from './port.ts';

export type { AwsStoresOptions } from './aws/index.ts';
export { makeFolders, openDiskStores } from './disk/index.ts';
export { decodeItems, encodeItems, type KeyedItem } from './item-lines.ts';
export { memoryStores } from './memory/index.ts';
export { type Meter, type MeteredStores, type MeterKind, type Meters, meteredStores } from './metered.ts';
export * from './port.ts';
export { itemSizeBytes, readUnits, valueSizeBytes, writeUnits } from './size.ts';
export {
  formerlyTieredStores,
  SMALL_OBJECT_BYTES_MAX,
  tieredStores,
} from './tiered.ts';
export { update } from './update.ts';
export { eachItem, eachObject } from './walk.ts';

/**
 * The stores on AWS: objects in an S3 bucket, items in a DynamoDB table. Nothing is sent until the first call; credentials
 * come from where the SDK finds them. The SDK is loaded here, not with this folder: it takes 150 ms, which only those wait
 * for who use it.
 *
 * @example
 * const stores = await openAwsStores({ bucket: 'events', table: 'events', region: 'eu-central-1' });
 * await stores.items.write({ write: 'put', key: { pk: 'a', sk: 'b' }, item: { n: 1 } }); // durable
 * await stores.close();
 */
export async function openAwsStores(options: AwsStoresOptions): Promise<Stores> {
  const aws = await import('./aws/index.ts');
  return aws.awsStores(options);
}
