import type * as z from 'zod';
import { SourceError } from './errors.ts';
import type { SourceSettings } from './settings.ts';

/**
 * How a source hears of what could not be stored:
 * - `records`: of each record by itself, in `batchItemFailures`.
 * - `checkpoint`: of the first one in `batchItemFailures`; it and all behind it come again.
 * - `invocation`: the invocation fails, and comes again as a whole.
 */
export type Reporting = 'records' | 'checkpoint' | 'invocation';

/**
 * What makes a record land once though it is delivered twice:
 * - `batch`: an idempotency key made of the batch's ids: a batch delivered again as it was lands once.
 * - `record`: a key for each record, however it is batched again. Two to four write units each.
 * - `none`: what is delivered again lands again.
 */
export type Deduplication = 'batch' | 'record' | 'none';

/** One record of a Lambda event, as its kind has read it. */
export interface SourceRecord {
  /** Names the record in its source, unchanged when it is delivered again. Goes into the header `source.id`. */
  readonly id: string;
  /** What `batchItemFailures` calls it. */
  readonly reportedAs: string;
  /** Records of one lane keep their order: a shard, a FIFO group. Undefined where the source promises none. */
  readonly lane: string | undefined;
  /** By the source's own clock, in milliseconds since 1970. */
  readonly timestampMs: number;
  /** Its key, unless the setting `key` says otherwise. */
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** What the source says beside the value: headers of the event, and what the key may be taken from. */
  readonly attributes: readonly Attribute[];
}

export type Attribute = readonly [name: string, value: Uint8Array];

/** A kind of source: how its Lambda events become records, and how it hears of failures. */
export interface SourceKind {
  readonly name: string;
  /** What AWS calls it, for errors. */
  readonly service: string;
  readonly reporting: Reporting;
  /** What holds where the setting `deduplicate` is not given. */
  readonly deduplicate: Deduplication;
  /** @throws SourceError `source_event_unknown` */
  read(event: unknown, settings: SourceSettings): SourceRecord[];
}

const SHOWN_ISSUES = 3;

/**
 * A Lambda event as the kind's schema has it.
 *
 * @throws SourceError `source_event_unknown` naming the kind and the places that are wrong, never what stands there
 */
export function parseEvent<T>(kind: Pick<SourceKind, 'name' | 'service'>, schema: z.ZodType<T>, event: unknown): T {
  const result = schema.safeParse(event);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, SHOWN_ISSUES).map(({ path, message }) => {
    const at = path.map(String).join('.');
    return at === '' ? message : `${at}: ${message}`;
  });
  throw new SourceError(
    'source_event_unknown',
    `A source of the kind "${kind.name}" takes events of ${kind.service}; this is none. ${issues.join('; ')}.`,
  );
}

export function attribute(name: string, text: string): Attribute {
  return [name, Buffer.from(text)];
}
