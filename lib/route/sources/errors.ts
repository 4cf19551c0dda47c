import { MillraceError } from '../../bytes/index.ts';

/**
 * - `source_settings_invalid`: one or more settings of a source are missing, unknown or wrong; the message names each.
 * - `source_event_unknown`: what the function was given is no event of the source's kind.
 * - `source_refused`: a record that can never be in its topic; reported to where it came from.
 * - `source_failed`: records that could not be stored now; reported, so that they come again.
 */
export type SourceErrorCode = 'source_settings_invalid' | 'source_event_unknown' | 'source_refused' | 'source_failed';

/** Every error that sources raise on purpose. None says anything of a record's content. */
export class SourceError extends MillraceError<SourceErrorCode> {}
