import { MillraceError } from '../bytes/index.ts';

/**
 * - `unauthenticated`: the request does not say who asks, and rights are checked here.
 * - `not_authorized`: who asks has no right to it; the message names principal, operation and resource.
 * - `acl_invalid`: a binding or filter that cannot be.
 * - `acls_full`: there are as many bindings as can be kept.
 */
export type AuthErrorCode = 'unauthenticated' | 'not_authorized' | 'acl_invalid' | 'acls_full';

export class AuthError extends MillraceError<AuthErrorCode> {}
