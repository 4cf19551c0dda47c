/**
 * Where bytes and items are: the ports ObjectStore and MetaStore, and what implements them. Everything that touches a
 * disk (or, later, AWS) is in here; the rules that all stores share are the pure functions beside the ports.
 */
export { openDiskStores } from './disk/index.ts';
export { memoryStores } from './memory/index.ts';
export * from './port.ts';
export { itemSizeBytes, readUnits, valueSizeBytes, writeUnits } from './size.ts';
export { eachItem, eachObject } from './walk.ts';
