import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reader, Writer } from '../../lib/bytes/index.ts';

const truncated = expect.objectContaining({ code: 'bytes_truncated' });

describe('Reader and Writer', () => {
  test('numbers of every width come back as they were', () => {
    const widths = fc.record({
      u8: fc.integer({ min: 0, max: 255 }),
      i16: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
      i32: fc.integer(),
      i64: fc.maxSafeInteger(),
      f64: fc.double(),
      text: fc.string({ unit: 'grapheme' }),
    });
    fc.assert(
      fc.property(widths, ({ u8, i16, i32, i64, f64, text }) => {
        const writer = new Writer(0);
        writer.u8(u8);
        writer.i16(i16);
        writer.i32(i32);
        writer.i64(i64);
        writer.f64(f64);
        const textBytes = writer.utf8(text);
        const reader = new Reader(writer.view());
        expect([reader.u8(), reader.i16(), reader.i32(), reader.i64()]).toEqual([u8, i16, i32, i64]);
        expect(reader.f64()).toBe(f64);
        expect(reader.utf8(textBytes)).toBe(text);
        expect(reader.remaining).toBe(0);
      }),
      { seed: 4 },
    );
  });

  test('64 bits are big-endian two’s complement', () => {
    const writer = new Writer();
    writer.i64(-2);
    writer.i64(2 ** 40 + 3);
    expect(Buffer.from(writer.view()).toString('hex')).toBe('fffffffffffffffe0000010000000003');
  });

  test('a 64-bit number beyond the safe integers overflows', () => {
    const reader = new Reader(Buffer.from('0020000000000000', 'hex'));
    expect(() => reader.i64()).toThrow(expect.objectContaining({ code: 'bytes_overflow' }));
    expect(() => new Writer().i64(2 ** 53)).toThrow(expect.objectContaining({ code: 'bytes_overflow' }));
  });

  test('nothing is read past the end that the reader was given', () => {
    const bytes = Buffer.alloc(16);
    for (const read of ['u8', 'i8', 'u16', 'i16', 'i32', 'u32', 'i64', 'f64', 'uvarint', 'varint'] as const) {
      expect(() => new Reader(bytes, 4, 4)[read]()).toThrow(truncated);
    }
    expect(() => new Reader(bytes, 0, 100).view(17)).toThrow(truncated);
    for (const length of [-1, Number.NaN, 2 ** 40]) expect(() => new Reader(bytes).view(length)).toThrow(truncated);
  });

  test('a count is taken only where so many elements can be there', () => {
    const bytes = Uint8Array.of(3, 1, 2, 3, 4, 5, 6);
    expect(new Reader(bytes).count(2)).toBe(3);
    expect(() => new Reader(bytes).count(3)).toThrow(expect.objectContaining({ code: 'bytes_truncated' }));
    expect(() => new Reader(Buffer.from('ffffffffffffff0f', 'hex')).count()).toThrow('9007199254740991 elements');
  });

  test('signed and unsigned reads see the same bits', () => {
    const bytes = Buffer.from('ffffffff', 'hex');
    expect(new Reader(bytes).i8()).toBe(-1);
    expect(new Reader(bytes).u16()).toBe(65535);
    expect(new Reader(bytes).i32()).toBe(-1);
    expect(new Reader(bytes).u32()).toBe(4_294_967_295);
  });

  test('a view shares the memory it was cut from', () => {
    const bytes = Buffer.from('abcdef');
    const view = new Reader(bytes, 1).view(2);
    bytes[1] = 0x7a;
    expect(Buffer.from(view).toString()).toBe('zc');
  });

  test('a writer grows without losing what was written, and starts over on reset', () => {
    const writer = new Writer(1);
    for (let i = 0; i < 1_000; i++) writer.raw(Buffer.from([i & 255, 1, 2]));
    expect(writer.length).toBe(3_000);
    expect(writer.view()[2_997]).toBe(999 & 255);
    writer.reset();
    expect(writer.view()).toHaveLength(0);
  });
});
