import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { type Codec, compress } from '../../../lib/record/index.ts';

/*
 * What other clients' compressors make, and ours never does. An LZ4 frame is its magic, flags, the code of its block size, a
 * check of both (not looked at), blocks with their lengths (the high bit: stored as it is), and an end mark.
 */
const MAGIC = '04224d18';
const VERSION_1 = 0x40;
const STORED = `03000080${Buffer.from('abc').toString('hex')}`;
/** Literals "a", then 11 bytes from one byte before, then literals. */
const MATCHED = `08000000${'17610100'}${'30626364'}`;
const SUM = 'deadbeef';
const END = '00000000';

function lz4(flags: number, blocks: string, { descriptor = '4000', size = '', trailer = '' } = {}): Buffer {
  const flagsHex = (VERSION_1 | flags).toString(16);
  return Buffer.from(
    MAGIC + flagsHex + descriptor.slice(0, 2) + size + descriptor.slice(2) + blocks + END + trailer,
    'hex',
  );
}

const text = Buffer.from('event after event');
const block = compress('snappy', text).subarray(20);
const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };

/** By name: of which codec, and the bytes. */
export const FRAMINGS: Readonly<Record<string, readonly [Codec, Uint8Array]>> = {
  'lz4-stored-block': ['lz4', lz4(0x20, STORED)],
  'lz4-matched-block': ['lz4', lz4(0x20, MATCHED)],
  'lz4-two-dependent-blocks': ['lz4', lz4(0, STORED + MATCHED)],
  'lz4-block-checksums': ['lz4', lz4(0x30, STORED + SUM)],
  'lz4-content-size': ['lz4', lz4(0x28, STORED, { size: '0300000000000000' })],
  'lz4-content-checksum': ['lz4', lz4(0x24, STORED, { trailer: SUM })],
  'lz4-no-blocks': ['lz4', lz4(0x20, '')],
  'refused-lz4-dictionary': ['lz4', lz4(0x21, STORED)],
  'refused-lz4-legacy-frame': ['lz4', Buffer.from(`02214c18${STORED}`, 'hex')],
  'refused-lz4-match-before-data': ['lz4', lz4(0x20, `08000000${'17610200'}${'30626364'}`)],
  'refused-lz4-match-of-no-distance': ['lz4', lz4(0x20, `08000000${'17610000'}${'30626364'}`)],
  'refused-lz4-block-cut-off': ['lz4', lz4(0x20, STORED.replace('03', '30'))],
  'refused-lz4-no-end-mark': ['lz4', lz4(0x20, STORED).subarray(0, -4)],
  'snappy-raw-block': ['snappy', block],
  'snappy-two-blocks': ['snappy', compress('snappy', Buffer.alloc(33 * 1024, 'ab'))],
  'refused-snappy-block-cut-off': ['snappy', compress('snappy', text).subarray(0, -1)],
  'gzip-two-members': ['gzip', Buffer.concat([gzipSync(text), gzipSync(text)])],
  'gzip-stored': ['gzip', gzipSync(text, { level: 0 })],
  'refused-gzip-wrong-crc': ['gzip', Buffer.concat([gzipSync(text).subarray(0, -8), Buffer.alloc(8)])],
  'zstd-checksum': ['zstd', zstdCompressSync(text, checked)],
  'zstd-two-frames': ['zstd', Buffer.concat([zstdCompressSync(text), zstdCompressSync(text)])],
  'refused-zstd-cut-off': ['zstd', zstdCompressSync(text).subarray(0, -1)],
};
