/**
 * Who a client is, and what it may do and how much: SASL from the server's side, rights through lib/auth, quotas, and the
 * names that certificates stand for. It knows no sockets.
 */
export { aclBinding, aclCodes, aclFilter } from './acl-codes.ts';
export { Authentication, type Handshake, type SaslSettings, type TokenAnswer } from './authentication.ts';
export { SASL_MECHANISMS, type SaslMechanism } from './exchange.ts';
export { FAILED_DELAY_MS, FAILED_DELAY_MS_MAX } from './failed-logins.ts';
export { distinguishedName, type PrincipalMapping, principalMapping } from './principal-mapping.ts';
export { scramCode, scramMechanismOf } from './scram-codes.ts';
export { type SecuredPeer, Security, type SecurityOptions } from './security.ts';
