/**
 * Who may do what: Kafka's access rules (KIP-11, KIP-290), stored as items, and the decision over them; and who is who by
 * name and password, and how much each may take of a gateway. It knows no protocol: HTTP asks it with the principal of a request, Kafka's gateway with that of a
 * connection.
 */
export { ACLS_PK } from './acl-item.ts';
export { ACLS_FRESH_MS, ACLS_MAX, ACLS_STALE_MS_MAX, Acls } from './acls.ts';
export { authorize, authorizeAny } from './authorize.ts';
export { Authorizer, notAuthorized } from './authorizer.ts';
export { BindingsIndex } from './bindings-index.ts';
export { checkBinding, checkPrincipal, isPrincipal, OPERATIONS_OF } from './check.ts';
export { USERS_PK } from './credential-item.ts';
export { Credentials, type Found, passwordCredentials, type UserInfo } from './credentials.ts';
export { AuthError, type AuthErrorCode } from './errors.ts';
export { matches } from './filter.ts';
export { hostAddress } from './host.ts';
export * from './model.ts';
export { type Entity, entityText, QUOTA_KEYS, type Quota, type QuotaKey, type QuotaValues } from './quota.ts';
export { changeQuota, QUOTAS_PK, readQuotas } from './quota-item.ts';
export * from './scram.ts';
