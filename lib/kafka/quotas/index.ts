/**
 * How much a user or a client may take of a gateway: Kafka's client quotas (KIP-13, KIP-55, KIP-124, KIP-546), kept as
 * items (lib/auth), and the rates that are measured against them. Each gateway measures what comes to it, as each broker of Kafka's.
 */
export { checkQuota, isQuotaKey } from './quota.ts';
export { type Asker, QUOTAS_FRESH_MS, Quotas, type Usage } from './quotas.ts';
