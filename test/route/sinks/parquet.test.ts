import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { parquetOf } from '../../../lib/route/sinks/parquet.ts';
import { eventAt } from './events.ts';

const read = (file: Uint8Array) => parquetReadObjects({ file: bufferOf(file), utf8: false });
const bufferOf = (bytes: Uint8Array) => new Uint8Array(bytes).buffer;

describe('a Parquet file of events', () => {
  test('has each event as it is: bytes, nulls, repeated headers, any offset and time', async () => {
    const headers: [string, Uint8Array | null][] = [
      ['h', Buffer.from([0, 255])],
      ['h', null],
    ];
    const events = [
      eventAt(0, { key: Buffer.from([255]), value: Buffer.from('{"a":1}'), headers }),
      eventAt(Number.MAX_SAFE_INTEGER, { key: null, value: null, timestampMs: -1 }),
      eventAt(7, { key: Buffer.alloc(0), value: Buffer.alloc(0) }),
    ];
    const rows = await read(await parquetOf(events));
    expect(rows).toEqual([
      {
        topic: 'orders',
        partition: 0,
        offset: 0n,
        timestamp: new Date(1_790_000_000_000),
        key: new Uint8Array([255]),
        value: new Uint8Array(Buffer.from('{"a":1}')),
        headers: [
          { key: 'h', value: new Uint8Array([0, 255]) },
          { key: 'h', value: null },
        ],
      },
      {
        topic: 'orders',
        partition: 0,
        offset: BigInt(Number.MAX_SAFE_INTEGER),
        timestamp: new Date(-1),
        key: null,
        value: null,
        headers: [],
      },
      {
        topic: 'orders',
        partition: 0,
        offset: 7n,
        timestamp: new Date(1_790_000_000_000),
        key: new Uint8Array(0),
        value: new Uint8Array(0),
        headers: [],
      },
    ]);
  });

  test('of a whole batch is one row group, compressed, the same each time', async () => {
    const events = Array.from({ length: 3_000 }, (_, offset) =>
      eventAt(offset, { value: Buffer.from('x'.repeat(200)) }),
    );
    const file = await parquetOf(events);
    const again = await parquetOf(events.map((event) => ({ ...event })));
    expect(Buffer.compare(file, again)).toBe(0);
    expect(file.length).toBeLessThan(100_000);
    const { num_rows, row_groups } = parquetMetadata(bufferOf(file));
    expect([num_rows, row_groups.length]).toEqual([3_000n, 1]);
    expect((await read(file)).map(({ offset }) => Number(offset as bigint))).toEqual(
      events.map(({ offset }) => offset),
    );
  });
});
