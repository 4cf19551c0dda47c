import { corrupt, tooLarge } from './compression-errors.ts';
import { decodeLz4, lz4ContentBytes, parseLz4Frame } from './lz4-frame.ts';
import { loadNative } from './native.ts';

/** Frame of independent blocks of at most 64 KiB without checksums: magic, flags, size code, the header's checksum. */
const STORED_FRAME_HEADER = Buffer.from('04224d18604082', 'hex');
const STORED_BLOCK_BYTES = 64 * 1024;
const END_MARK_BYTES = 4;

const native = loadNative<{ compressFrameSync(bytes: Buffer): Buffer }>('lz4-napi');

/** Compresses into one LZ4 frame. Without the native part the frame's blocks hold the bytes as they are. */
export function compressLz4(records: Uint8Array): Uint8Array {
  return native === undefined ? storeLz4(records) : native.compressFrameSync(asBuffer(records));
}

/** Decompresses one LZ4 frame; its blocks are measured before memory is set aside. */
export function decompressLz4(compressed: Uint8Array, outputBytesMax: number): Uint8Array {
  try {
    const frame = parseLz4Frame(compressed);
    const contentBytes = lz4ContentBytes(compressed, frame);
    if (contentBytes > outputBytesMax) throw tooLarge('lz4', outputBytesMax);
    return decodeLz4(compressed, frame, contentBytes);
  } catch (error) {
    throw corrupt('lz4', error);
  }
}

/** A frame whose blocks are stored: valid for every reader, and no smaller. */
export function storeLz4(records: Uint8Array): Uint8Array {
  const blocks = Math.ceil(records.length / STORED_BLOCK_BYTES);
  const frame = Buffer.alloc(STORED_FRAME_HEADER.length + blocks * 4 + records.length + END_MARK_BYTES);
  let to = STORED_FRAME_HEADER.copy(frame);
  for (let at = 0; at < records.length; at += STORED_BLOCK_BYTES) {
    const block = records.subarray(at, at + STORED_BLOCK_BYTES);
    to = frame.writeUInt32LE((block.length | 0x80000000) >>> 0, to);
    frame.set(block, to);
    to += block.length;
  }
  return frame;
}

/** The native part insists on Buffer; this is the same memory. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
