/**
 * Where bytes and items are: the ports ObjectStore and MetaStore, and what implements them. Everything that touches a
 * disk or AWS is in here; the rules that all stores share are the pure functions beside the ports.
 */
export { type AwsStoresOptions, openAwsStores } from './aws/index.ts';
export { openDiskStores } from './disk/index.ts';
export { memoryStores } from './memory/index.ts';
export { type Meter, type MeteredStores, type MeterKind, type Meters, meteredStores } from './metered.ts';
export * from './port.ts';
export { itemSizeBytes, readUnits, valueSizeBytes, writeUnits } from './size.ts';
export { SMALL_OBJECT_BYTES_MAX, tieredStores } from './tiered.ts';
export { UPDATE_EXPRESSION_BYTES_MAX } from './update.ts';
export { TRANSACT_BYTES_MAX } from './write.ts';
