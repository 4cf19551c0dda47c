/**
 * Ids of idempotent producers, unique over all gateways that share the stores. What their batches' numbers mean, and that
 * each lands once, is `lib/log`'s.
 */
export { ProducerIds } from './producer-ids.ts';
