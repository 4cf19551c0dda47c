/**
 * For the day on which the store of items is lost: a catalog in the object store, kept while all is well (catalog.ts), and
 * the rebuild of items from it and from the segment objects (rebuild.ts). What that can and cannot prove: docs/decisions.
 */
export { Catalogs } from './catalog.ts';
export { RecoveryError, type RecoveryErrorCode } from './errors.ts';
export { type RebuildProgress, type RebuiltTopic, type RecoveryReport, rebuildItems } from './rebuild.ts';
