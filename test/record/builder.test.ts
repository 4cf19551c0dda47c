import { describe, expect, test } from 'vitest';
import { sealCrc } from '../../lib/record/header.ts';
import {
  BATCH_HEADER_BYTES,
  BatchBuilder,
  CODECS,
  checkBatches,
  checkRecords,
  encodeBatch,
  forEachRecord,
  RecordCursor,
  readRecords,
  stampLogAppendTime,
} from '../../lib/record/index.ts';

const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString());

describe('BatchBuilder', () => {
  test('its size without compression is exact at every step', () => {
    const builder = new BatchBuilder();
    expect(builder.sizeBytes).toBe(BATCH_HEADER_BYTES);
    for (let i = 0; i < 300; i++) {
      builder.append(i % 3 ? Buffer.from(`k${i}`) : null, Buffer.alloc(i, 1), i * 40_000, i % 5 ? [] : [['h', null]]);
    }
    expect(builder.recordCount).toBe(300);
    const size = builder.sizeBytes;
    expect(builder.build()).toHaveLength(size);
  });

  test('is empty after a build, and the batch it gave stays as it was', () => {
    const builder = new BatchBuilder();
    builder.append(null, Buffer.from('first'), 1);
    const first = builder.build();
    const copy = Buffer.from(first);
    builder.append(null, Buffer.from('again'), 900);
    const second = builder.build();
    expect(Buffer.compare(first, copy)).toBe(0);
    expect(checkBatches(second)[0]).toMatchObject({ recordCount: 1, baseTimestampMs: 900, maxTimestampMs: 900 });
  });

  test('copies what it is given: the caller may reuse its buffers', () => {
    const builder = new BatchBuilder();
    const buffer = Buffer.from('aaaa');
    builder.append(buffer, buffer, 0);
    buffer.fill('z');
    const [record] = [...readRecords(builder.build())];
    expect([text(record!.key), text(record!.value)]).toEqual(['aaaa', 'aaaa']);
  });

  test('keeps explicit offsets, up to an explicit end', () => {
    const builder = new BatchBuilder({ baseOffset: 100 });
    builder.appendAt(3, Buffer.from('a'), null, 7);
    builder.appendAt(11, Buffer.from('b'), null, 5);
    const batch = builder.build(40);
    expect(checkBatches(batch, { sparse: true })[0]).toMatchObject({
      recordCount: 2,
      offsetSpan: 41,
      maxTimestampMs: 7,
    });
    checkRecords(batch);
    expect([...readRecords(batch)].map(({ offset }) => offset)).toEqual([103, 111]);
  });

  test('a batch may keep its offsets without any record', () => {
    const batch = new BatchBuilder({ producerId: 1, producerEpoch: 0, baseSequence: 0 }).build(9);
    expect(checkBatches(batch, { sparse: true })[0]).toMatchObject({ recordCount: 0, offsetSpan: 10 });
    expect([...readRecords(batch)]).toEqual([]);
  });

  test('refuses what cannot be in a batch', () => {
    const invalid = expect.objectContaining({ code: 'record_invalid' });
    const builder = new BatchBuilder();
    expect(() => builder.build()).toThrow(invalid);
    builder.appendAt(5, null, null, 0);
    expect(() => builder.appendAt(5, null, null, 0)).toThrow(invalid);
    expect(() => builder.appendAt(2 ** 31, null, null, 0)).toThrow(invalid);
    expect(() => builder.append(null, null, 0.5)).toThrow(invalid);
    expect(() => builder.append(null, null, Number.NaN)).toThrow(invalid);
    expect(() => builder.build(4)).toThrow(invalid);
    expect(builder.recordCount).toBe(1);
    expect(checkBatches(builder.build(), { sparse: true })).toHaveLength(1);
  });

  test.each(CODECS)('copies records from a %s batch byte for byte, whatever their headers hold', (codec) => {
    const source = Buffer.from(
      encodeBatch(
        [
          { key: Buffer.from('a'), value: Buffer.from('x'.repeat(100)), timestampMs: 10, headers: [['?', null]] },
          { key: Buffer.from('b'), value: null, timestampMs: 2_000_000 },
          { key: null, value: Buffer.alloc(0), timestampMs: -5 },
        ],
        { codec },
      ),
    );
    if (codec === 'none') {
      source[source.indexOf('?')] = 0xff; // a header key that is not UTF-8
      sealCrc(source, 0, source.length);
    }
    const builder = new BatchBuilder();
    forEachRecord(source, {}, (record) => {
      if (record.offsetDelta !== 1) builder.copy(record.offsetDelta + 7, record);
    });
    const kept = [...readRecords(builder.build())];
    const expected = [...readRecords(source)].filter(({ offset }) => offset !== 1);
    expect(kept).toEqual(expected.map((record) => ({ ...record, offset: record.offset + 7 })));
  });
});

describe('reading records', () => {
  const batch = encodeBatch(
    ['a', 'b', 'c'].map((letter, i) => ({ key: Buffer.from(letter), value: null, timestampMs: 100 - i })),
    { codec: 'snappy', baseOffset: 50 },
  );

  test('offsets are the batch’s own, or those of the base offset that is given', () => {
    expect([...readRecords(batch)].map(({ offset }) => offset)).toEqual([50, 51, 52]);
    expect([...readRecords(batch, { baseOffset: 7 })].map(({ offset }) => offset)).toEqual([7, 8, 9]);
  });

  test('a batch among others is read where it stands', () => {
    const both = Buffer.concat([encodeBatch([{ key: null, value: null, timestampMs: 0 }]), batch]);
    expect([...readRecords(both, { at: both.length - batch.length })].map(({ key }) => text(key))).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  test('log-append time is the time of every record', () => {
    const stamped = Buffer.from(batch);
    stampLogAppendTime(stamped, 0, 12_345);
    expect([...readRecords(stamped)].map(({ timestampMs }) => timestampMs)).toEqual([12_345, 12_345, 12_345]);
  });

  test('a callback sees one window move, and ends the walk with false', () => {
    const seen = new Set<object>();
    const keys: (string | null)[] = [];
    const visited = forEachRecord(batch, {}, (record) => {
      seen.add(record);
      keys.push(text(record.key));
      return record.offset < 51;
    });
    expect([visited, keys, seen.size]).toEqual([2, ['a', 'b'], 1]);
  });

  test('keys and values of an uncompressed batch are views on it', () => {
    const plain = encodeBatch([{ key: Buffer.from('k'), value: Buffer.from('v'), timestampMs: 0 }]);
    const [record] = [...readRecords(plain)];
    expect(record!.key!.buffer).toBe(plain.buffer);
    expect(record!.value!.buffer).toBe(plain.buffer);
  });

  test('checkRecords tells what a topic may refuse', () => {
    const events = [
      { key: null, value: Buffer.from('v'), timestampMs: 0 },
      {
        key: Buffer.from('abc'),
        value: null,
        timestampMs: 0,
        headers: [
          ['a', null],
          ['b', null],
        ] as const,
      },
    ];
    expect(checkRecords(encodeBatch(events, { codec: 'gzip' }))).toEqual({
      nullKeys: 1,
      keyBytesMax: 3,
      headerCountMax: 2,
      sizeBytes: encodeBatch(events).length - BATCH_HEADER_BYTES,
    });
  });
});

describe('a batch whose CRC is right and whose records are not', () => {
  const plain = () =>
    Buffer.from(encodeBatch([1, 2, 3].map((i) => ({ key: null, value: Buffer.alloc(i), timestampMs: i }))));
  const walk = (batch: Buffer) => () => checkRecords(batch);
  const invalid = expect.objectContaining({ code: 'record_invalid' });

  test.each<[string, (batch: Buffer) => void]>([
    ['a record longer than the batch', (b) => b.writeUInt8(0x7e, BATCH_HEADER_BYTES)],
    ['a record of negative length', (b) => b.writeUInt8(1, BATCH_HEADER_BYTES)],
    ['a record shorter than its fields', (b) => b.writeUInt8(6 << 1, BATCH_HEADER_BYTES)],
    ['a key of length -2', (b) => b.writeUInt8(3, BATCH_HEADER_BYTES + 4)],
    ['a value beyond its record', (b) => b.writeUInt8(4, BATCH_HEADER_BYTES + 5)],
    ['more headers than there is room for', (b) => b.writeUInt8(2, BATCH_HEADER_BYTES + 7)],
    ['fewer records than it holds', (b) => b.writeInt32BE(2, 57)],
    ['more records than it holds', (b) => b.writeInt32BE(4, 57)],
    ['an offset that does not rise', (b) => b.writeUInt8(2, BATCH_HEADER_BYTES + 3)],
    ['an offset beyond its span', (b) => b.writeInt32BE(1, 23)],
    ['a record later than its max timestamp', (b) => b.writeBigInt64BE(2n, 35)],
  ])('%s is invalid', (_, change) => {
    const batch = plain();
    expect(walk(batch)).not.toThrow();
    change(batch);
    expect(walk(batch)).toThrow(invalid);
  });

  test('records that are cut off are truncated', () => {
    expect(() => new RecordCursor(plain().subarray(0, -1))).toThrow(
      expect.objectContaining({ code: 'record_truncated' }),
    );
  });
});
