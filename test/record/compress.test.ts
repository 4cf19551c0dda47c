import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sealCrc } from '../../lib/record/header.ts';
import {
  CODECS,
  type Codec,
  checkBatches,
  checkRecords,
  compress,
  decompress,
  encodeBatch,
} from '../../lib/record/index.ts';
import { decompressLz4, storeLz4 } from '../../lib/record/lz4.ts';
import { compressSnappy, decompressSnappy, SCRIPT_SNAPPY } from '../../lib/record/snappy.ts';

const require = createRequire(import.meta.url);
const snappy = require('snappy') as { compressSync(b: Buffer): Buffer };
const lz4 = require('lz4-napi') as {
  compressFrameSync(b: Buffer, options?: { contentChecksum?: boolean; blockChecksums?: boolean }): Buffer;
  decompressFrameSync(b: Buffer): Buffer;
};

const MIB = 1024 * 1024;
const COMPRESSED: Codec[] = CODECS.filter((codec) => codec !== 'none');
const INPUTS: [string, Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from([7])],
  [
    'text',
    Buffer.from(Array.from({ length: 9_000 }, (_, i) => `flight ${i % 313} of ${(i * 7919) % 1009}`).join('\n')),
  ],
  ['runs', Buffer.alloc(300_000, 'abc')],
  ['zeros', Buffer.alloc(200_000)],
  ['noise', Buffer.from(Array.from({ length: 150_000 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 13) & 255))],
];
const corrupt = expect.objectContaining({ code: 'record_corrupt' });
const tooLarge = expect.objectContaining({ code: 'record_too_large' });

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

describe.each(COMPRESSED)('%s', (codec) => {
  test.each(INPUTS)('gives %s back', (_, input) => {
    expect(same(decompress(codec, compress(codec, input), MIB), input)).toBe(true);
  });

  test('its limit is exact', () => {
    const input = Buffer.alloc(100_000, 'abcdefg');
    const compressed = compress(codec, input);
    expect(decompress(codec, compressed, 100_000)).toHaveLength(100_000);
    expect(() => decompress(codec, compressed, 99_999)).toThrow(tooLarge);
  });

  test('a bomb is refused at the cost of its limit, not of its content', () => {
    const bomb = compress(codec, Buffer.alloc(128 * MIB));
    const before = process.memoryUsage().rss;
    expect(() => decompress(codec, bomb, MIB)).toThrow(tooLarge);
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * MIB);
  });

  test('a batch of a bomb passes the check of batches, and fails where its records are read', () => {
    const batch = encodeBatch([{ key: null, value: Buffer.alloc(20 * MIB), timestampMs: 0 }], { codec });
    expect(checkBatches(batch)).toHaveLength(1);
    expect(() => checkRecords(batch, { decompressedBytesMax: MIB })).toThrow(tooLarge);
  });

  test('garbage is corrupt', () => {
    for (const length of [0, 1, 4, 15, 16, 100]) {
      expect(() => decompress(codec, Buffer.alloc(length, 0xa5), MIB)).toThrow(corrupt);
    }
  });

  test('what is cut off never passes for whole', () => {
    const batch = encodeBatch([{ key: null, value: Buffer.from('some text '.repeat(50)), timestampMs: 0 }], { codec });
    for (let length = 61; length < batch.length; length++) {
      const cut = Buffer.from(batch.subarray(0, length));
      cut.writeInt32BE(length - 12, 8);
      sealCrc(cut, 0, length);
      expect(() => checkRecords(cut), `${length} of ${batch.length}`).toThrow(
        expect.objectContaining({ name: 'RecordError' }),
      );
    }
  });
});

describe('snappy', () => {
  const input = INPUTS[2]![1];

  test('a raw block is read as well as xerial’s framing', () => {
    expect(same(decompressSnappy(snappy.compressSync(input), MIB), input)).toBe(true);
  });

  test('framing begins as snappy-java’s does, with blocks of 32 KiB', () => {
    const framed = Buffer.from(compressSnappy(Buffer.alloc(70_000)));
    expect(framed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001');
    let blocks = 0;
    for (let at = 16; at < framed.length; at += 4 + framed.readInt32BE(at)) blocks++;
    expect(blocks).toBe(3);
  });

  test('the script does the same work where the native part does not load', () => {
    expect(same(decompressSnappy(compressSnappy(input), MIB, SCRIPT_SNAPPY), input)).toBe(true);
    expect(same(decompressSnappy(compressSnappy(input, SCRIPT_SNAPPY), MIB), input)).toBe(true);
    expect(() => decompressSnappy(Buffer.alloc(40, 0xa5), MIB, SCRIPT_SNAPPY)).toThrow(corrupt);
  });

  test('a block that claims more than its bytes can hold gets no memory for it', () => {
    const claim = Buffer.from('80808040', 'hex'); // 128 MiB in four bytes
    expect(() => decompressSnappy(claim, 1024 * MIB)).toThrow(corrupt);
  });
});

describe('lz4', () => {
  const input = INPUTS[2]![1];

  test('frames with checksums are read', () => {
    for (const options of [
      { contentChecksum: true },
      { blockChecksums: true },
      { contentChecksum: true, blockChecksums: true },
    ]) {
      expect(same(decompressLz4(lz4.compressFrameSync(input, options), MIB), input)).toBe(true);
    }
  });

  test('frames of stored blocks, made where the native part does not load, are valid for others', () => {
    for (const [, bytes] of INPUTS) {
      expect(same(lz4.decompressFrameSync(Buffer.from(storeLz4(bytes))), bytes)).toBe(true);
      expect(same(decompressLz4(storeLz4(bytes), MIB), bytes)).toBe(true);
    }
  });

  test('bytes behind the frame are corrupt', () => {
    expect(() => decompressLz4(Buffer.concat([storeLz4(input), Buffer.from([0])]), MIB)).toThrow(corrupt);
  });

  test('a match that begins before the data is corrupt', () => {
    const block = Buffer.from('1061ff00' + '50' + '6262626262', 'hex'); // one literal, then 255 bytes back
    const frame = Buffer.concat([storeLz4(Buffer.alloc(0)).subarray(0, 7), Buffer.alloc(4), block, Buffer.alloc(4)]);
    frame.writeUInt32LE(block.length, 7);
    expect(() => decompressLz4(frame, MIB)).toThrow(corrupt);
  });
});

test('gzip of several members is read as one', () => {
  const members = Buffer.concat([gzipSync('one '), gzipSync('two')]);
  expect(Buffer.from(decompress('gzip', members, MIB)).toString()).toBe('one two');
});

test('a zstd frame that does not state its content’s size is limited too', () => {
  const frame = zstdCompressSync(Buffer.alloc(4 * MIB));
  expect(() => decompress('zstd', frame, MIB)).toThrow(tooLarge);
});
