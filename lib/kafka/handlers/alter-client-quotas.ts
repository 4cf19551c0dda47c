import { type Entity, QUOTA_KEYS, type QuotaKey } from '../../auth/index.ts';
import type { AlterClientQuotasRequestEntryData } from '../codec/index.ts';
import { KAFKA_ERRORS, refusalOf } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, HandlerContext } from '../handler.ts';
import { checkQuota, isQuotaKey } from '../quotas/index.ts';
import { requireCluster } from '../rights.ts';

/*
 * AlterClientQuotas, versions 0 and 1 (KIP-546): sets and removes quotas of users, client ids, and both together, or with
 * `validateOnly` says whether it would. Needs ALTER_CONFIGS on the cluster.
 * - Rates of mutations and of connections, and quotas of addresses, are refused: they would bound nothing here.
 * - v1 is flexible.
 */
export const alterClientQuotas: Handler<'AlterClientQuotas'> = {
  api: 'AlterClientQuotas',
  handle: async ({ entries, validateOnly }, context) => {
    await requireCluster(context, 'ALTER_CONFIGS');
    const answers = [];
    for (const entry of entries) answers.push({ entity: entry.entity, ...(await alter(entry, validateOnly, context)) });
    return { throttleTimeMs: 0, entries: answers };
  },
  failed: ({ entries }, failure) => ({
    throttleTimeMs: 0,
    entries: entries.map(({ entity }) => ({ entity, ...failure })),
  }),
};

async function alter(entry: AlterClientQuotasRequestEntryData, validateOnly: boolean, { parts }: HandlerContext) {
  try {
    const entity = entityOf(entry);
    const changes = changesOf(entry);
    if (!validateOnly) await parts.quotas.alter(entity, changes);
    return { errorCode: KAFKA_ERRORS.NONE, errorMessage: null };
  } catch (thrown) {
    return refusalOf(thrown);
  }
}

function entityOf({ entity }: AlterClientQuotasRequestEntryData): Entity {
  const names = new Map<string, string | null>();
  for (const { entityType, entityName } of entity) {
    if (entityType !== 'user' && entityType !== 'client-id') {
      throw invalid(`There are no quotas of "${entityType}" here; of user, client-id, and both together there are.`);
    }
    if (names.has(entityType)) throw invalid(`"${entityType}" is in the entity twice.`);
    if (entityName === '') throw invalid(`The ${entityType} has no name; null means all others.`);
    names.set(entityType, entityName);
  }
  const [user, clientId] = [names.get('user'), names.get('client-id')];
  if (user === undefined && clientId === undefined) throw invalid('The entity is empty: name a user or a client-id.');
  return { ...(user !== undefined && { user }), ...(clientId !== undefined && { clientId }) };
}

function changesOf({ ops }: AlterClientQuotasRequestEntryData): Map<QuotaKey, number | undefined> {
  const changes = new Map<QuotaKey, number | undefined>();
  for (const { key, value, remove } of ops) {
    if (!isQuotaKey(key)) throw invalid(`There is no quota "${key}" here; there is ${QUOTA_KEYS.join(', ')}.`);
    if (changes.has(key)) throw invalid(`"${key}" is given twice.`);
    if (!remove) checkQuota(key, value);
    changes.set(key, remove ? undefined : value);
  }
  return changes;
}

function invalid(message: string): KafkaError {
  return new KafkaError('INVALID_REQUEST', message);
}
