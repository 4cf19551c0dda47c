import { MillraceError } from '../bytes/index.ts';

/**
 * - `rebuild_not_empty`: the store of items holds something; a rebuild would mix with it.
 * - `rebuild_nothing`: there is nothing in the object store that a rebuild could begin with.
 */
export type RecoveryErrorCode = 'rebuild_not_empty' | 'rebuild_nothing';

export class RecoveryError extends MillraceError<RecoveryErrorCode> {}
