/**
 * What the handlers of transactions share: whom a transactional id is allowed to, what errors are called in which versions,
 * and Kafka's names for what transactions are at.
 */

export { transactionError } from './errors.ts';
export { requireTransactionalId, transactionalIdNamed } from './rights.ts';
export { STATE_NAMES, transactionStateName } from './states.ts';
