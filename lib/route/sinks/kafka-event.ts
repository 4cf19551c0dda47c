import type { RouteEvent } from '../envelope.ts';
import { asBuffer } from './bodies.ts';

/**
 * Events as Lambda's event source mappings for Kafka hand them to functions, so that a function written for one runs
 * unchanged. Source: AWS Lambda Developer Guide, "Using Lambda with Amazon MSK" and "with self-managed Apache Kafka".
 */
export interface KafkaEventSource {
  /** Undefined: the source is a self-managed Kafka, whose events have no ARN. */
  readonly arn: string | undefined;
  readonly bootstrapServers: string;
}

/**
 * One record, as JSON. Key and value are base64, and missing where there is none. A header's bytes are signed, as Java has
 * them, and so AWS: `ë` is [-61, -85].
 */
export function recordText(event: RouteEvent): string {
  const { topic, partition, offset, timestampMs, key, value, headers } = event;
  return JSON.stringify({
    topic,
    partition,
    offset,
    timestamp: timestampMs,
    timestampType: 'CREATE_TIME',
    ...(key && { key: asBuffer(key).toString('base64') }),
    ...(value && { value: asBuffer(value).toString('base64') }),
    headers: headers.map(([name, bytes]) => ({ [name]: bytes && [...signed(bytes)] })),
  });
}

function signed({ buffer, byteOffset, byteLength }: Uint8Array): Int8Array {
  return new Int8Array(buffer, byteOffset, byteLength);
}

/** The whole event, of records of one partition. */
export function eventText(source: KafkaEventSource, topicPartition: string, records: readonly string[]): string {
  const { head, tail } = around(source, topicPartition);
  return head + records.join(',') + tail;
}

/** Bytes that an event has beside its records and their commas. */
export function eventOverheadBytes(source: KafkaEventSource, topicPartition: string): number {
  const { head, tail } = around(source, topicPartition);
  return Buffer.byteLength(head) + Buffer.byteLength(tail);
}

function around({ arn, bootstrapServers }: KafkaEventSource, topicPartition: string): { head: string; tail: string } {
  const source =
    arn === undefined ? { eventSource: 'SelfManagedKafka' } : { eventSource: 'aws:kafka', eventSourceArn: arn };
  const json = JSON.stringify({ ...source, bootstrapServers, records: { [topicPartition]: [] } });
  return { head: json.slice(0, -']}}'.length), tail: ']}}' };
}

/** What a function answered: `all` is well, `unclear` what that means, else the lowest offset that failed. */
export type KafkaAnswer = 'all' | 'unclear' | { readonly failedFrom: number };

/**
 * Reads a function's answer. Nothing, or one without `batchItemFailures`, means that all is well. Items are identified by
 * an object with `offset` and the partition (`topic-partition` or `partition` as `orders-0`, or `topic` and `partition`),
 * or by `orders-0-17`. As for all streams, everything from the lowest failed offset on is to come again. What names
 * none of the records fails all of them.
 */
export function readAnswer(
  payload: Uint8Array | undefined,
  topicPartition: string,
  offsets: ReadonlySet<number>,
): KafkaAnswer {
  if (payload === undefined || payload.length === 0) return 'all';
  const answer = parsed(asBuffer(payload).toString('utf8'));
  if (!isObject(answer)) return 'all';
  const failures = answer.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return 'unclear';
  let failedFrom = Number.POSITIVE_INFINITY;
  for (const failure of failures as readonly unknown[]) {
    const offset = isObject(failure) ? offsetOf(failure.itemIdentifier, topicPartition) : undefined;
    if (offset === undefined || !offsets.has(offset)) return 'unclear';
    failedFrom = Math.min(failedFrom, offset);
  }
  return failedFrom === Number.POSITIVE_INFINITY ? 'all' : { failedFrom };
}

/** What is no JSON, as runtimes of one's own may answer, names no failure. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function offsetOf(identifier: unknown, topicPartition: string): number | undefined {
  if (typeof identifier === 'string') {
    const prefix = `${topicPartition}-`;
    return identifier.startsWith(prefix) ? wholeNumber(identifier.slice(prefix.length)) : undefined;
  }
  if (!isObject(identifier)) return undefined;
  const { topic, partition, offset } = identifier;
  const named =
    identifier['topic-partition'] ?? (topic === undefined ? partition : `${String(topic)}-${String(partition)}`);
  return named === topicPartition ? wholeNumber(offset) : undefined;
}

function wholeNumber(value: unknown): number | undefined {
  return (typeof value === 'number' || typeof value === 'string') && /^\d{1,15}$/.test(String(value))
    ? Number(value)
    : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
