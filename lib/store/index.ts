/**
 * Where bytes and items are: the ports ObjectStore and MetaStore, and what implements them. Everything that touches a
 * disk (or, later, AWS) is in here; the rules that all stores share are the pure functions beside the ports.
 */
export { type AwsStoresOptions, openAwsStores } from './aws/index.ts';
export { openDiskStores } from './disk/index.ts';
export { memoryStores } from './memory/index.ts';
export * from './port.ts';
export { itemSizeBytes, readUnits, valueSizeBytes, writeUnits } from './size.ts';
export { UPDATE_EXPRESSION_BYTES_MAX } from './update.ts';
export { TRANSACT_BYTES_MAX } from './write.ts';
