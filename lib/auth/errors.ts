import { MillraceError } from '../bytes/index.ts';

/**
 * - `unauthenticated`: the request does not say who asks, and rights are checked here.
 * - `not_authorized`: who asks has no right to it; the message names principal, operation and resource.
 * - `acl_invalid`: a binding or filter that cannot be.
 * - `acls_full`: there are as many bindings as can be kept.
 * - `credential_invalid`: a user, a password or what is to be kept of it that cannot be.
 * - `user_unknown`: there is no such user, or no such credential of theirs.
 */
export type AuthErrorCode =
  | 'unauthenticated'
  | 'not_authorized'
  | 'acl_invalid'
  | 'acls_full'
  | 'credential_invalid'
  | 'user_unknown';

export class AuthError extends MillraceError<AuthErrorCode> {}
