import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BytesError,
  Reader,
  uvarintBytes,
  VARINT_BYTES_MAX,
  varintBytes,
  Writer,
  writeUvarint,
  writeVarint,
} from '../../lib/bytes/index.ts';

const EDGES = [0, 1, 63, 64, 127, 128, 8191, 8192, 16383, 16384, 2 ** 21 - 1, 2 ** 21, 2 ** 31 - 1, 2 ** 31, 2 ** 32];
const safe = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -200, max: 200 }), fc.integer());

function written(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  write(writer);
  return writer.view();
}

describe('varints', () => {
  test('an unsigned varint comes back as it was, in as many bytes as were foretold', () => {
    const check = (value: number) => {
      const bytes = written((w) => w.uvarint(value));
      const reader = new Reader(bytes);
      expect([reader.uvarint(), reader.remaining, bytes.length]).toEqual([value, 0, uvarintBytes(value)]);
    };
    for (const value of [...EDGES, 2 ** 35, Number.MAX_SAFE_INTEGER]) check(value);
    fc.assert(fc.property(safe.map(Math.abs), check), { seed: 1 });
  });

  test('a zigzag varint comes back as it was, in as many bytes as were foretold', () => {
    const check = (value: number) => {
      const bytes = written((w) => w.varint(value));
      const reader = new Reader(bytes);
      expect([reader.varint(), reader.remaining, bytes.length]).toEqual([value, 0, varintBytes(value)]);
    };
    for (const value of [...EDGES, ...EDGES.slice(1).map((edge) => -edge)]) check(value);
    for (const value of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) check(value);
    fc.assert(fc.property(safe, check), { seed: 2 });
  });

  test.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [-64, '7f'],
    [64, '8001'],
    [-65, '8101'],
    [2_147_483_647, 'feffffff0f'],
    [-2_147_483_648, 'ffffffff0f'],
  ])('zigzag %i is written as Protocol Buffers has it', (value, hex) => {
    expect(Buffer.from(written((w) => w.varint(value))).toString('hex')).toBe(hex);
  });

  test('zigzag follows its definition over 64 bits', () => {
    fc.assert(
      fc.property(safe, (value) => {
        expect(Buffer.from(written((w) => w.varint(value))).toString('hex')).toBe(protobufZigzag(value));
      }),
      { seed: 3 },
    );
  });

  test('what is no safe integer is refused', () => {
    const bytes = new Uint8Array(VARINT_BYTES_MAX);
    for (const value of [2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => writeVarint(bytes, 0, value)).toThrow(BytesError);
      expect(() => writeUvarint(bytes, 0, value)).toThrow(BytesError);
    }
    expect(() => writeUvarint(bytes, 0, -1)).toThrow(BytesError);
  });

  test.each([
    ['unsigned, 2^53', 'uvarint', '8080808080808010'],
    ['zigzag, 2^53', 'varint', '8080808080808020'],
    ['zigzag, the least of 64 bits', 'varint', 'ffffffffffffffffff01'],
    ['longer than ten bytes', 'uvarint', '8080808080808080808080'],
    ['longer than ten bytes', 'varint', '8080808080808080808080'],
  ] as const)('%s overflows on reading', (_, kind, hex) => {
    const reader = new Reader(Buffer.from(hex, 'hex'));
    expect(() => reader[kind]()).toThrow(expect.objectContaining({ code: 'bytes_overflow' }));
  });

  test.each(['uvarint', 'varint'] as const)('a cut-off %s is truncated', (kind) => {
    for (const hex of ['', '80', 'ffff']) {
      const reader = new Reader(Buffer.from(hex, 'hex'));
      expect(() => reader[kind]()).toThrow(expect.objectContaining({ code: 'bytes_truncated' }));
    }
  });
});

/** The definition, by BigInt: independent of the arithmetic under test. */
function protobufZigzag(value: number): string {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]).toString('hex');
}
