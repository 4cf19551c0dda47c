import { createHash } from 'node:crypto';
import { type Action, eachItem, type Item, type ItemKey, type MetaStore } from '../store/index.ts';
import { type Entity, entityText, QUOTA_KEYS, type Quota, type QuotaKey } from './quota.ts';

/*
 * A quota: pk `quotas`, sk the digest of whom it is for. Attributes: u user, c client id (null: all others; absent: the
 * entity has none), and p producer_byte_rate, f consumer_byte_rate (fetch), r request_percentage, where they are set.
 */
export const QUOTAS_PK = 'quotas';
const ATTRIBUTES: Readonly<Record<QuotaKey, string>> = {
  producer_byte_rate: 'p',
  consumer_byte_rate: 'f',
  request_percentage: 'r',
};

/** All quotas, in no order that means anything. */
export async function readQuotas(items: MetaStore): Promise<Quota[]> {
  const quotas: Quota[] = [];
  for await (const { item } of eachItem(items, QUOTAS_PK)) {
    const quota = parseQuota(item);
    if (Object.keys(quota.values).length > 0) quotas.push(quota);
  }
  return quotas;
}

/** Sets and removes (undefined) numbers of an entity; those that are not named stay. */
export async function changeQuota(
  items: MetaStore,
  entity: Entity,
  changes: ReadonlyMap<QuotaKey, number | undefined>,
): Promise<void> {
  const key = quotaKey(entity);
  const { user, clientId } = entity;
  const actions: Action[] = [...changes].map(([name, to]) => {
    const path = [ATTRIBUTES[name]] as const;
    return to === undefined ? { do: 'remove', path } : { do: 'set', path, to };
  });
  if (user !== undefined) actions.push({ do: 'set', path: ['u'], to: user });
  if (clientId !== undefined) actions.push({ do: 'set', path: ['c'], to: clientId });
  await items.write({ write: 'update', key, actions });
  const empty = Object.values(ATTRIBUTES).map((name) => ({ if: 'absent', path: [name] }) as const);
  if ([...changes.values()].includes(undefined)) {
    await items.write({ write: 'delete', key, when: { if: 'all', of: empty } });
  }
}

function quotaKey(entity: Entity): ItemKey {
  return { pk: QUOTAS_PK, sk: createHash('sha256').update(entityText(entity)).digest('base64url') };
}

function parseQuota(item: Item): Quota {
  const values: { [Key in QuotaKey]?: number } = {};
  for (const key of QUOTA_KEYS) {
    const value = item[ATTRIBUTES[key]];
    if (value !== undefined) values[key] = value as number;
  }
  return {
    entity: {
      ...(item.u !== undefined && { user: item.u as string | null }),
      ...(item.c !== undefined && { clientId: item.c as string | null }),
    },
    values,
  };
}
