/**
 * Transactions over partitions and consumer groups, by Kafka's rules: who has a transactional id, what its transaction
 * touches, and how it ends, all at once. One item per transactional id, no coordinator; and the ids of producers.
 */
export { TransactionError, type TransactionErrorCode } from './errors.ts';
export { TIMEOUT_MS_MAX } from './limits.ts';
export type { TopicPartition } from './places.ts';
export { ProducerIds } from './producer-ids.ts';
export type { Actor } from './requirements.ts';
export { type Identity, partitionsOf, type Status, type TransactionState } from './state.ts';
export type { TransactionListing } from './store.ts';
export type { SweepReport } from './sweep.ts';
export { Transactions, type TransactionsOptions } from './transactions.ts';
