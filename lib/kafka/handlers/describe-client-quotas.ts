import { type Entity, QUOTA_KEYS, type Quota } from '../../auth/index.ts';
import type { DescribeClientQuotasRequest, DescribeClientQuotasRequestComponentData } from '../codec/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { KafkaError } from '../errors.ts';
import type { Handler } from '../handler.ts';
import { requireCluster } from '../rights.ts';

/** What a component asks for: that very name, the default of its kind, or any name of it and the default. */
const EXACT = 0;
const DEFAULT = 1;
const ANY = 2;

/*
 * DescribeClientQuotas, versions 0 and 1 (KIP-546): the quotas that a filter means. Needs DESCRIBE_CONFIGS on the cluster.
 * - Without components all of them; `strict` leaves out those of entities that have a part which is not asked about.
 * - v1 is flexible.
 */
export const describeClientQuotas: Handler<'DescribeClientQuotas'> = {
  api: 'DescribeClientQuotas',
  handle: async (request, context) => {
    await requireCluster(context, 'DESCRIBE_CONFIGS');
    checkFilter(request);
    const found = (await context.parts.quotas.list()).filter(({ entity }) => matches(entity, request));
    return { throttleTimeMs: 0, errorCode: KAFKA_ERRORS.NONE, errorMessage: null, entries: found.map(described) };
  },
  failed: (_request, failure) => ({ throttleTimeMs: 0, ...failure, entries: null }),
};

function checkFilter({ components }: DescribeClientQuotasRequest): void {
  for (const [i, { entityType, matchType, match }] of components.entries()) {
    if (components.findIndex((other) => other.entityType === entityType) !== i) {
      throw new KafkaError('INVALID_REQUEST', `"${entityType}" is in the filter twice.`);
    }
    if (entityType !== 'user' && entityType !== 'client-id' && entityType !== 'ip') {
      throw new KafkaError('UNSUPPORTED_VERSION', `There are no quotas of "${entityType}".`);
    }
    if (![EXACT, DEFAULT, ANY].includes(matchType) || (matchType === EXACT) !== (match !== null)) {
      throw new KafkaError('INVALID_REQUEST', `Match type ${matchType} of "${entityType}" does not go with its name.`);
    }
  }
}

function matches(entity: Entity, { components, strict }: DescribeClientQuotasRequest): boolean {
  if (strict && Object.keys(entity).length !== components.length) return false;
  return components.every((component) => matchesPart(entity, component));
}

function matchesPart(
  entity: Entity,
  { entityType, matchType, match }: DescribeClientQuotasRequestComponentData,
): boolean {
  const name = entityType === 'user' ? entity.user : entityType === 'client-id' ? entity.clientId : undefined;
  if (name === undefined) return false;
  return matchType === ANY || name === match;
}

function described({ entity: { user, clientId }, values }: Quota) {
  return {
    entity: [
      ...(user === undefined ? [] : [{ entityType: 'user', entityName: user }]),
      ...(clientId === undefined ? [] : [{ entityType: 'client-id', entityName: clientId }]),
    ],
    values: QUOTA_KEYS.flatMap((key) => (values[key] === undefined ? [] : [{ key, value: values[key] }])),
  };
}
