/**
 * Buffered produce: takes produce requests out of an SQS queue, stores all of one invocation as one segment object, whatever
 * their topics, and reports each message that could not be stored by itself: the queue brings it again, and puts it in its
 * dead-letter queue in the end.
 *
 * A message is a REST Proxy v2 produce body, with the message attributes `topic`, `contentType`, and where wanted `partition`,
 * `idempotencyKey` and `encoding` (`base64`: of the body). `POST /buffered/topics/{topic}` sends them so, and so may everybody
 * with a right to send to the queue.
 *
 * A message lands at least once: when an invocation dies between the log and the queue, its messages come again. A key per
 * message would end that at a price: 99 small messages of one topic cost 1 write unit without keys, 200 write units and 99 read
 * units with them (measured in test/functions/ingest.test.ts), and keyed commits are conditional on offsets, so functions that
 * write at the same time would get in each other's way. A key per batch is cheap and worth nothing, as a queue batches anew what
 * it brings again. So who needs a message to land once says so with the message, by `idempotencyKey`, and pays for that one;
 * it covers what the sender sends twice, too.
 */
import { createHash } from 'node:crypto';
import type { SQSBatchResponse } from 'aws-lambda';
import { MillraceError } from '../lib/bytes/index.ts';
import { parseProduceBody } from '../lib/http/index.ts';
import { type Arrival, fifoGroup, land, SourceError, type SqsMessage, sqsMessages } from '../lib/route/index.ts';
import type { EventIn, Events } from '../lib/topic/index.ts';
import { logger as functionsLogger } from './logger.ts';
import { open } from './open.ts';
import { logLandings, type SourceLogger } from './source.ts';

/** Names of the message attributes. */
export const INGEST_ATTRIBUTES = ['topic', 'contentType', 'partition', 'idempotencyKey', 'encoding'] as const;

export interface IngestParts {
  readonly events: Events;
  readonly logger: SourceLogger;
}

/**
 * The handler of the queue of buffered produce.
 *
 * @throws SourceError `source_event_unknown` for what is no SQS event
 * @example
 * export const handler = ingestHandler({ events: platform.events, logger });
 */
export function ingestHandler({ events, logger }: IngestParts): (event: unknown) => Promise<SQSBatchResponse> {
  return async (event) => {
    const arrivals = sqsMessages(event).map(arrivalOf);
    const landings = await land(events, arrivals, { scope: 'ingest', deduplicate: 'none' });
    logLandings(logger, 'Buffered produce', arrivals, landings);
    const failed = arrivals.filter((_, i) => landings[i]!.is !== 'landed');
    return { batchItemFailures: failed.map(({ id }) => ({ itemIdentifier: id })) };
  };
}

/** A message as what is to land: one that cannot be read lands nowhere, and says why. */
function arrivalOf(message: SqsMessage): Arrival {
  const base = { id: message.messageId, topic: '', lane: fifoGroup(message), events: [] };
  try {
    const topic = required(message, 'topic');
    const body = bodyOf(message);
    const idempotencyKey = text(message, 'idempotencyKey');
    // Before parsing, which takes white space out of the body in place.
    const once = idempotencyKey !== undefined && { key: idempotencyKey, fingerprint: digest(body) };
    return { ...base, topic, events: eventsOf(message, body), ...(once && { once }) };
  } catch (thrown) {
    if (!(thrown instanceof MillraceError)) throw thrown;
    return { ...base, topic: text(message, 'topic') ?? '', refusal: thrown };
  }
}

function eventsOf(message: SqsMessage, body: Uint8Array): EventIn[] {
  const sentMs = Number(message.attributes.SentTimestamp);
  const partition = partitionOf(message);
  return parseProduceBody(body, required(message, 'contentType')).map((event) => ({
    // Of when it was sent, and not of when its turn came.
    timestampMs: sentMs,
    ...event,
    ...(partition !== undefined && { partition }),
  }));
}

function bodyOf(message: SqsMessage): Uint8Array {
  const encoding = text(message, 'encoding');
  if (encoding === undefined) return Buffer.from(message.body);
  if (encoding === 'base64' && /^[A-Za-z0-9+/]*={0,2}$/.test(message.body)) return Buffer.from(message.body, 'base64');
  throw refused('"encoding" is base64, with a body in base64, or absent');
}

function partitionOf(message: SqsMessage): number | undefined {
  const given = text(message, 'partition');
  if (given === undefined) return undefined;
  if (/^(0|[1-9]\d{0,8})$/.test(given)) return Number(given);
  throw refused('"partition" is a whole number from 0');
}

function required(message: SqsMessage, name: (typeof INGEST_ATTRIBUTES)[number]): string {
  const given = text(message, name);
  if (given !== undefined && given !== '') return given;
  throw refused(`"${name}" is missing`);
}

function text({ messageAttributes }: SqsMessage, name: (typeof INGEST_ATTRIBUTES)[number]): string | undefined {
  return Object.hasOwn(messageAttributes, name) ? messageAttributes[name]!.stringValue : undefined;
}

function refused(what: string): SourceError {
  return new SourceError(
    'source_refused',
    `The message attributes are not those of a produce request: ${what}. They are ${INGEST_ATTRIBUTES.join(', ')}; the first two must be there.`,
  );
}

function digest(body: Uint8Array): Uint8Array {
  return createHash('sha256').update(body).digest();
}

export async function handler(event: unknown): Promise<SQSBatchResponse> {
  const { platform } = await open();
  return ingestHandler({ events: platform.events, logger: functionsLogger })(event);
}
