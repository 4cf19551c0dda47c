/**
 * Brings what SQS, SNS, EventBridge, S3, DynamoDB Streams or Kinesis hand over into a topic. One function per source, whose
 * settings are in MILLRACE_SOURCE as JSON (`SourceConfig`). What could not be stored is reported in the way that its service
 * understands, so that it comes again, or ends in the queue's redrive or the mapping's on-failure destination.
 */
import type { SQSBatchResponse } from 'aws-lambda';
import {
  type Arrival,
  type Landing,
  land,
  parseSource,
  readSource,
  SourceError,
  type SourceSettings,
} from '../lib/route/index.ts';
import type { Events } from '../lib/topic/index.ts';
import { logger as functionsLogger } from './logger.ts';
import { open } from './open.ts';

/** As much of Powertools' Logger as is used here. */
export interface SourceLogger {
  warn(message: string, more: { readonly [name: string]: unknown }): void;
}

export interface SourceParts {
  readonly events: Events;
  readonly logger: SourceLogger;
}

/** Records of one batch that are named in the log; of more, their number says enough. */
const LOGGED_MAX = 10;

/**
 * A source's settings as its function's environment has them.
 *
 * @throws SourceError `source_settings_invalid`
 */
export function readSourceSettings(text: string | undefined): SourceSettings {
  if (text === undefined) throw unreadable('is missing');
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (thrown) {
    throw unreadable('is no JSON', thrown);
  }
  return parseSource(config);
}

function unreadable(what: string, cause?: unknown): SourceError {
  const right = 'it takes a source\'s settings as JSON, such as {"kind":"sqs","topic":"orders"}';
  return new SourceError('source_settings_invalid', `MILLRACE_SOURCE ${what}: ${right}.`, { cause });
}

/**
 * The handler of one source. Resolves with what is to come again (`batchItemFailures`), nothing where invocations stand or
 * fall as a whole.
 *
 * @throws SourceError `source_event_unknown`; `source_failed`, `source_refused` where the whole invocation must come again
 * @example
 * export const handler = sourceHandler({ events, logger }, parseSource({ kind: 'kinesis', topic: 'clicks' }));
 */
export function sourceHandler(
  { events, logger }: SourceParts,
  settings: SourceSettings,
): (event: unknown) => Promise<SQSBatchResponse | undefined> {
  const { kind, topic, deadLetterTopic, deduplicate } = settings;
  const scope = `source/${settings.name}`;
  return async (event) => {
    const { arrivals, reportedAs } = readSource(event, settings);
    const landings = await land(events, arrivals, { scope, deduplicate, deadLetterTopic });
    logLandings(logger, `Source "${settings.name}" (${kind.name}) into topic "${topic}"`, arrivals, landings);
    return reportOf(settings, landings, reportedAs);
  };
}

/** Names what did not land and why, without anything of its content. */
export function logLandings(
  logger: SourceLogger,
  who: string,
  arrivals: readonly Arrival[],
  landings: readonly Landing[],
): void {
  for (const [is, what] of [
    ['deadLettered', 'went to the dead-letter topic'],
    ['refused', 'can never be stored; reported to where they came from'],
    ['failed', 'could not be stored now; reported, so that they come again'],
  ] as const) {
    const found = landings.flatMap((landing, i) => (landing.is === is ? [{ id: arrivals[i]!.id, landing }] : []));
    if (found.length === 0) continue;
    const records = found.slice(0, LOGGED_MAX).map(({ id, landing: { error } }) => ({
      id,
      code: error.code,
      why: error.message,
    }));
    logger.warn(`${who}: ${found.length} of ${arrivals.length} records ${what}`, { records });
  }
}

function reportOf(
  { kind, name }: SourceSettings,
  landings: readonly Landing[],
  reportedAs: readonly string[],
): SQSBatchResponse | undefined {
  const failed = landings.flatMap((landing, i) =>
    landing.is === 'landed' || landing.is === 'deadLettered' ? [] : [{ landing, i }],
  );
  const first = failed[0];
  if (kind.reporting === 'invocation') {
    if (!first) return undefined;
    throw new SourceError(
      first.landing.is === 'refused' ? 'source_refused' : 'source_failed',
      `${failed.length} of ${landings.length} records of source "${name}" were not stored: ${first.landing.error.message}`,
      { cause: first.landing.error },
    );
  }
  if (kind.reporting === 'records') {
    return { batchItemFailures: failed.map(({ i }) => ({ itemIdentifier: reportedAs[i]! })) };
  }
  // At the head of a batch a checkpoint says no more than that all of it failed. Thrown, it makes Lambda cut the batch in
  // two (BisectBatchOnFunctionError), until what can never be stored stands alone and leaves by the on-failure destination.
  if (first?.landing.is === 'refused' && first.i === 0 && landings.length > 1) {
    throw new SourceError(
      'source_refused',
      `The record ${reportedAs[0]} of source "${name}" can never be stored, and holds up those behind it: ${first.landing.error.message}`,
      { cause: first.landing.error },
    );
  }
  return { batchItemFailures: first ? [{ itemIdentifier: reportedAs[first.i]! }] : [] };
}

let handle: Promise<ReturnType<typeof sourceHandler>> | undefined;

async function openSource(): Promise<ReturnType<typeof sourceHandler>> {
  const settings = readSourceSettings(process.env.MILLRACE_SOURCE);
  const { platform } = await open();
  return sourceHandler({ events: platform.events, logger: functionsLogger }, settings);
}

export async function handler(event: unknown): Promise<SQSBatchResponse | undefined> {
  // Opened with the first event: an environment that failed to open its stores tries again with the next one.
  handle ??= openSource().catch((error: unknown) => {
    handle = undefined;
    throw error;
  });
  return (await handle)(event);
}
