import { corrupt } from './compress.ts';
import { loadNative } from './native.ts';

const native = loadNative<{ compressFrameSync(b: Uint8Array): Buffer; decompressFrameSync(b: Uint8Array): Buffer }>(
  'lz4-napi',
);
export function compressLz4(records: Uint8Array): Uint8Array {
  return native!.compressFrameSync(Buffer.from(records));
}
export function decompressLz4(compressed: Uint8Array, _outputBytesMax: number): Uint8Array {
  try {
    return native!.decompressFrameSync(Buffer.from(compressed));
  } catch (error) {
    throw corrupt('lz4', error);
  }
}
