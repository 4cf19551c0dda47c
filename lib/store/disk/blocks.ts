/** What is written past the system's cache begins, ends and lies in memory at multiples of this: no device has larger blocks. */
export const BLOCK_BYTES = 4096;

/** What we use of it; Node has it, its types do not. */
declare const WebAssembly: { Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer } };

const WASM_PAGE_BYTES = 64 * 1024;

/** Memory that begins at a block: that of WebAssembly begins at a page of the system. Pages never touched take no room. */
export function alignedBytes(sizeBytes: number): Uint8Array {
  return new Uint8Array(new WebAssembly.Memory({ initial: Math.ceil(sizeBytes / WASM_PAGE_BYTES) }).buffer);
}

/** `bytes` rounded up to whole blocks. */
export function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}
