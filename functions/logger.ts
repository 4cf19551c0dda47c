import { Logger } from '@aws-lambda-powertools/logger';
import { MillraceError } from '../lib/bytes/index.ts';

/** The functions' log: JSON lines with the request's id, the level from POWERTOOLS_LOG_LEVEL. No event's content goes here. */
export const logger = new Logger();

/** Logs what failed while nobody waited for it. Of an error of our own, what it says is all there is to know. */
export function logFailure(error: unknown, doing: string): void {
  if (error instanceof MillraceError) logger.warn(`${doing}: ${error.message}`, { code: error.code });
  else logger.error(doing, error instanceof Error ? error : new Error(String(error)));
}
