import snappyjs from 'snappyjs';
import { writeI32 } from '../bytes/index.ts';
import { corrupt, tooLarge } from './compression-errors.ts';
import { loadNative } from './native.ts';

/** The two operations on raw snappy blocks that both packages offer under different names. */
export interface RawSnappy {
  compress(bytes: Uint8Array): Uint8Array;
  uncompress(bytes: Uint8Array): Uint8Array;
}

/** 0x82 "SNAPPY" 0x00, then version 1, compatible since version 1: xerial's snappy-java, which Java clients use. */
const XERIAL_HEADER = Buffer.from('82534e41505059000000000100000001', 'hex');
const XERIAL_MAGIC_BYTES = 8;
/** What snappy-java cuts its input into. */
const XERIAL_BLOCK_BYTES = 32 * 1024;
/** A block's uncompressed length is a varint of 32 bits. */
const LENGTH_BYTES_MAX = 5;
/** Three bytes copy 64 at most: a block that claims to grow more than this lies, and gets no memory for it. */
const GROWTH_MAX = 22;

/** Compresses in xerial's framing, as the Java client does. */
export function compressSnappy(records: Uint8Array, raw: RawSnappy = RAW): Uint8Array {
  const parts: Uint8Array[] = [XERIAL_HEADER];
  for (let at = 0; at < records.length; at += XERIAL_BLOCK_BYTES) {
    const block = raw.compress(records.subarray(at, at + XERIAL_BLOCK_BYTES));
    const length = Buffer.allocUnsafe(4);
    writeI32(length, 0, block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** Decompresses one raw block or xerial's framing, whichever stands there. */
export function decompressSnappy(compressed: Uint8Array, outputBytesMax: number, raw: RawSnappy = RAW): Uint8Array {
  if (!isXerial(compressed)) {
    requireRoom(blockLength(compressed), outputBytesMax);
    return uncompressBlock(compressed, raw);
  }
  const blocks = xerialBlocks(compressed);
  let total = 0;
  for (const block of blocks) total += blockLength(block);
  requireRoom(total, outputBytesMax);
  const [only] = blocks;
  if (blocks.length === 1 && only !== undefined) return uncompressBlock(only, raw);
  const records = Buffer.allocUnsafe(total);
  let at = 0;
  for (const block of blocks) {
    const part = uncompressBlock(block, raw);
    records.set(part, at);
    at += part.length;
  }
  return records;
}

function isXerial(bytes: Uint8Array): boolean {
  if (bytes.length < XERIAL_HEADER.length) return false;
  for (let i = 0; i < XERIAL_MAGIC_BYTES; i++) if (bytes[i] !== XERIAL_HEADER[i]) return false;
  return true;
}

function xerialBlocks(framed: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = XERIAL_HEADER.length; at < framed.length; ) {
    const start = at + 4;
    const length = (framed[at]! << 24) | (framed[at + 1]! << 16) | (framed[at + 2]! << 8) | framed[at + 3]!;
    if (start > framed.length || length <= 0 || length > framed.length - start) {
      throw corrupt('snappy', new Error(`a block of ${length} bytes is announced, ${framed.length - start} are left`));
    }
    blocks.push(framed.subarray(start, start + length));
    at = start + length;
  }
  return blocks;
}

/** What a raw block says it takes when uncompressed: the varint that it begins with. */
function blockLength(block: Uint8Array): number {
  let length = 0;
  for (let at = 0; at < LENGTH_BYTES_MAX && at < block.length; at++) {
    length += (block[at]! & 0x7f) * 128 ** at;
    if (block[at]! >= 0x80) continue;
    if (length > block.length * GROWTH_MAX) break;
    return length;
  }
  throw corrupt('snappy', new Error('a block does not begin with a length that it can have'));
}

function requireRoom(length: number, outputBytesMax: number): void {
  if (length > outputBytesMax) throw tooLarge('snappy', outputBytesMax);
}

function uncompressBlock(block: Uint8Array, raw: RawSnappy): Uint8Array {
  try {
    const part = raw.uncompress(block);
    if (part.length === blockLength(block)) return part;
  } catch (error) {
    throw corrupt('snappy', error);
  }
  throw corrupt('snappy', new Error('a block is shorter than it says'));
}

function nativeSnappy(): RawSnappy | undefined {
  const native = loadNative<{ compressSync(b: Uint8Array): Buffer; uncompressSync(b: Uint8Array): Buffer }>('snappy');
  return native && { compress: native.compressSync, uncompress: native.uncompressSync };
}

/** Where there is no native part for the platform. */
export const SCRIPT_SNAPPY: RawSnappy = { compress: snappyjs.compress, uncompress: snappyjs.uncompress };

const RAW = nativeSnappy() ?? SCRIPT_SNAPPY;
