import { MillraceError } from '../bytes/index.ts';

/**
 * - `declaration_conflict`: others reconciled the same thing at the same moment, again and again.
 *
 * @example
 * throw new DeclarationError('declaration_conflict', 'Route "late" was reconciled by others 10 times in a row. Try again.');
 */
export class DeclarationError extends MillraceError<'declaration_conflict'> {}
