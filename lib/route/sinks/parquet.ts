import type { SchemaElement } from 'hyparquet-writer';
import type { RouteEvent } from '../envelope.ts';

/**
 * Events as a Parquet file with the columns of Spark's Kafka source, so that what reads Kafka there reads this: keys,
 * values and headers are bytes as they came. Source: Structured Streaming + Kafka Integration Guide, "schema".
 */
const COLUMNS: readonly SchemaElement[] = [
  { name: 'topic', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'partition', type: 'INT32', repetition_type: 'REQUIRED' },
  { name: 'offset', type: 'INT64', repetition_type: 'REQUIRED' },
  { name: 'timestamp', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'REQUIRED' },
  { name: 'key', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
  { name: 'value', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
  { name: 'headers', converted_type: 'LIST', repetition_type: 'REQUIRED', num_children: 1 },
];
/** What a list of pairs looks like below its column. Source: parquet-format, LogicalTypes, "Lists". */
const HEADERS: readonly SchemaElement[] = [
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'REQUIRED', num_children: 2 },
  { name: 'key', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  { name: 'value', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
];

/** All events of a batch belong together, and are read together. */
const ROW_GROUP_ROWS = 1_000_000;

/**
 * The bytes of a Parquet file; the same events give the same bytes.
 *
 * @example
 * await parquetOf(batch.events); // columns topic, partition, offset, timestamp, key, value, headers
 */
export async function parquetOf(events: readonly RouteEvent[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const data = {
    topic: events.map(({ topic }) => topic),
    partition: events.map(({ partition }) => partition),
    offset: events.map(({ offset }) => BigInt(offset)),
    timestamp: events.map(({ timestampMs }) => BigInt(timestampMs)),
    key: events.map(({ key }) => key),
    value: events.map(({ value }) => value),
    headers: events.map(({ headers }) => headers.map(([key, value]) => ({ key, value }))),
  };
  const file = parquetWriteBuffer({
    schema: [{ name: 'root', num_children: COLUMNS.length }, ...COLUMNS, ...HEADERS],
    columnData: Object.entries(data).map(([name, values]) => ({ name, data: values })),
    rowGroupSize: ROW_GROUP_ROWS,
    createdBy: 'millrace',
  });
  return new Uint8Array(file);
}
