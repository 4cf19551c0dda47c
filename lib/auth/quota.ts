/** What can be bounded: bytes a second in and out, and the share of one processor in percent. Source: QuotaConfig. */
export const QUOTA_KEYS = ['producer_byte_rate', 'consumer_byte_rate', 'request_percentage'] as const;
export type QuotaKey = (typeof QUOTA_KEYS)[number];
export type QuotaValues = { readonly [Key in QuotaKey]?: number };

/** Whom a quota is for: a user, a client id, or both together; null is all of the kind that have none of their own. */
export interface Entity {
  readonly user?: string | null;
  readonly clientId?: string | null;
}

/** How much an entity may take of a gateway. */
export interface Quota {
  readonly entity: Entity;
  readonly values: QuotaValues;
}

/** The same for the same entity, and another for any other. */
export function entityText({ user, clientId }: Entity): string {
  const part = (name: string | null | undefined) => (name === undefined ? [] : [name]);
  return JSON.stringify([part(user), part(clientId)]);
}
