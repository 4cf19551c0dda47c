import { crc32c } from '../../../record/index.ts';
import { BLOCK_BYTES, wholeBlocks } from '../blocks.ts';

/**
 * A volume: a file of blocks to which objects are appended one after the other. Blocks 0 and 1 are two places for its state,
 * written by turns, so that one that was torn leaves the other; objects follow from block 2, each at a block of its own:
 *
 *     head: magic, CRC of the head and key, nonce of the state, block, first block of its write, length of the key, size,
 *           CRC of the bytes
 *     key, bytes, zeros to the end of the block
 *
 * A volume that is full has an index of its objects behind them. One that holds nothing any more is written anew from its
 * beginning, under another nonce: what is left of its former life belongs to no head that counts.
 */
export const FIRST_BLOCK = 2;

/** Beyond it a volume gets no more objects. Larger ones die later, smaller ones make more files. */
export const VOLUME_BYTES_MAX = 64 << 20;
const BLOCKS_MAX = VOLUME_BYTES_MAX / BLOCK_BYTES;

/** Nor does it beyond an index of this size. Of segment objects, whose keys are short, 64 MiB never have a longer one. */
export const INDEX_BYTES_MAX = 1 << 20;

export const NONCE_BYTES = 8;
const STATE_MAGIC = 0x4d4c5631; // "MLV1"
const ENTRY_MAGIC = 0x4d4c4f31; // "MLO1"
const STATE_HEAD_BYTES = 64;
const ENTRY_HEAD_BYTES = 36;
/** Checksums stand behind the magic, and cover what follows them. */
const CRC_AT = 4;
const AFTER_CRC = 8;
const INDEX_ENTRY_BYTES = 10;

/** What a volume's state says; it changes as a whole. */
export interface VolumeState {
  /** Raised with every state that is written: the higher of the two counts. */
  readonly sequence: number;
  /** Volumes are numbered as they are begun: of two objects of one key, that of the later volume counts. */
  readonly generation: number;
  /** Names this life of the volume: random, so that no bytes of an event can pretend to be an object. */
  readonly nonce: Uint8Array;
  /** Where the index is, once the volume is full. */
  readonly index: { readonly block: number; readonly sizeBytes: number; readonly crc: number } | undefined;
  /** A bit for each block at which a deleted object begins. */
  readonly dead: Uint8Array;
}

/** Where an object lies in its volume. */
export interface Placed {
  readonly key: string;
  readonly block: number;
  readonly sizeBytes: number;
}

export function noneDead(): Uint8Array {
  return new Uint8Array(BLOCKS_MAX / 8);
}

export function isDead(dead: Uint8Array, block: number): boolean {
  return (dead[block >> 3]! & (1 << (block & 7))) !== 0;
}

export function markDead(dead: Uint8Array, block: number): void {
  dead[block >> 3]! |= 1 << (block & 7);
}

/** Bytes that an object takes of its volume. */
export function entryBytes(key: string, sizeBytes: number): number {
  return wholeBlocks(ENTRY_HEAD_BYTES + key.length + sizeBytes);
}

/** Where the object's own bytes begin in the volume. */
export function bodyPosition(key: string, block: number): number {
  return block * BLOCK_BYTES + ENTRY_HEAD_BYTES + key.length;
}

/** Fills one block with the state. */
export function encodeState(state: VolumeState, into: Uint8Array): void {
  const block = Buffer.from(into.buffer, into.byteOffset, BLOCK_BYTES).fill(0);
  block.writeUInt32BE(STATE_MAGIC, 0);
  block.writeUInt32BE(state.sequence, 8);
  block.writeUInt32BE(state.generation, 12);
  block.set(state.nonce, 16);
  if (state.index) {
    block.writeUInt32BE(state.index.block, 24);
    block.writeUInt32BE(state.index.sizeBytes, 28);
    block.writeUInt32BE(state.index.crc, 32);
  }
  block.set(state.dead, STATE_HEAD_BYTES);
  block.writeUInt32BE(crc32c(block.subarray(AFTER_CRC)), CRC_AT);
}

/** The newer of the states in a volume's first two blocks; undefined where neither is one. */
export function decodeStates(blocks: Uint8Array): VolumeState | undefined {
  const first = decodeState(blocks.subarray(0, BLOCK_BYTES));
  const second = decodeState(blocks.subarray(BLOCK_BYTES, 2 * BLOCK_BYTES));
  if (!first || !second) return first ?? second;
  return first.sequence > second.sequence ? first : second;
}

function decodeState(bytes: Uint8Array): VolumeState | undefined {
  if (bytes.length < BLOCK_BYTES) return undefined;
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, BLOCK_BYTES);
  if (block.readUInt32BE(0) !== STATE_MAGIC) return undefined;
  if (block.readUInt32BE(CRC_AT) !== crc32c(block.subarray(AFTER_CRC))) return undefined;
  const at = block.readUInt32BE(24);
  return {
    sequence: block.readUInt32BE(8),
    generation: block.readUInt32BE(12),
    nonce: new Uint8Array(block.subarray(16, 16 + NONCE_BYTES)),
    index: at === 0 ? undefined : { block: at, sizeBytes: block.readUInt32BE(28), crc: block.readUInt32BE(32) },
    dead: new Uint8Array(block.subarray(STATE_HEAD_BYTES, STATE_HEAD_BYTES + BLOCKS_MAX / 8)),
  };
}

/**
 * Lays an object out at `at`, ready to be written once `sealHead` has said where; returns the bytes that it takes. Its bytes
 * are copied: the caller's are the caller's again.
 */
export function layEntry(into: Uint8Array, at: number, key: string, parts: readonly Uint8Array[]): number {
  const view = Buffer.from(into.buffer, into.byteOffset, into.length);
  view.writeUInt32BE(ENTRY_MAGIC, at);
  view.write(key, at + ENTRY_HEAD_BYTES, 'latin1');
  const from = at + ENTRY_HEAD_BYTES + key.length;
  let end = from;
  for (const part of parts) {
    into.set(part, end);
    end += part.length;
  }
  const bytes = entryBytes(key, end - from);
  into.fill(0, end, at + bytes);
  view.writeUInt16BE(key.length, at + 24);
  view.writeUInt16BE(0, at + 26);
  view.writeUInt32BE(end - from, at + 28);
  view.writeUInt32BE(crc32c(into.subarray(from, end)), at + 32);
  return bytes;
}

/** Makes the object at `at` one of block `block` of the volume that has the nonce, written with those from `writeBlock` on. */
export function sealHead(into: Uint8Array, at: number, nonce: Uint8Array, block: number, writeBlock: number): void {
  const view = Buffer.from(into.buffer, into.byteOffset, into.length);
  into.set(nonce, at + 8);
  view.writeUInt32BE(block, at + 16);
  view.writeUInt32BE(writeBlock, at + 20);
  const end = at + ENTRY_HEAD_BYTES + view.readUInt16BE(at + 24);
  view.writeUInt32BE(crc32c(into.subarray(at + AFTER_CRC, end)), at + CRC_AT);
}

/**
 * Reads a volume that has no index, from its first block on. It is written one write after the other, so where an object is
 * not whole, it and what follows were never acknowledged: unless a later write had begun. Then all before that was durable
 * once, and has been damaged since: what is left counts, and a damaged object whose head is right is told of, so that
 * its reader finds out.
 */
export function scanEntries(bytes: Uint8Array, nonce: Uint8Array): { placed: Placed[]; endBlock: number } {
  const volume = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const placed: Placed[] = [];
  let block = FIRST_BLOCK;
  for (;;) {
    const head = headAt(volume, block, nonce);
    if (head && isWhole(volume, head)) {
      placed.push(head.placed);
      block = head.endBlock;
      continue;
    }
    const next = nextDurable(volume, block, nonce);
    if (next === undefined) return { placed, endBlock: block };
    if (head) placed.push(head.placed);
    block = next;
  }
}

interface EntryHead {
  readonly placed: Placed;
  readonly writeBlock: number;
  /** Where the next object begins. */
  readonly endBlock: number;
  readonly crc: number;
}

/** The head at a block, where there is one of this life of the volume. */
function headAt(volume: Buffer, block: number, nonce: Uint8Array): EntryHead | undefined {
  const at = block * BLOCK_BYTES;
  if (at + ENTRY_HEAD_BYTES > volume.length || volume.readUInt32BE(at) !== ENTRY_MAGIC) return undefined;
  if (Buffer.compare(volume.subarray(at + 8, at + 8 + NONCE_BYTES), nonce) !== 0) return undefined;
  if (volume.readUInt32BE(at + 16) !== block) return undefined;
  const from = at + ENTRY_HEAD_BYTES + volume.readUInt16BE(at + 24);
  if (from > volume.length) return undefined;
  if (volume.readUInt32BE(at + CRC_AT) !== crc32c(volume.subarray(at + AFTER_CRC, from))) return undefined;
  const key = volume.toString('latin1', at + ENTRY_HEAD_BYTES, from);
  const sizeBytes = volume.readUInt32BE(at + 28);
  return {
    placed: { key, block, sizeBytes },
    writeBlock: volume.readUInt32BE(at + 20),
    endBlock: block + entryBytes(key, sizeBytes) / BLOCK_BYTES,
    crc: volume.readUInt32BE(at + 32),
  };
}

function isWhole(volume: Buffer, { placed, crc }: EntryHead): boolean {
  const from = bodyPosition(placed.key, placed.block);
  const body = volume.subarray(from, from + placed.sizeBytes);
  return body.length === placed.sizeBytes && crc32c(body) === crc;
}

/** Where the next object behind `block` begins, if a write follows that began when all of that was durable. */
function nextDurable(volume: Buffer, block: number, nonce: Uint8Array): number | undefined {
  let next: number | undefined;
  for (let later = block + 1; later * BLOCK_BYTES < volume.length; later++) {
    const head = headAt(volume, later, nonce);
    if (!head) continue;
    next ??= later;
    if (head.writeBlock > block) return next;
  }
  return undefined;
}

/** Bytes that an object takes of its volume's index. */
export function indexEntryBytes(key: string): number {
  return INDEX_ENTRY_BYTES + key.length;
}

/** Writes the index at the beginning of `into`; returns its length. */
export function encodeIndex(placed: readonly Placed[], into: Uint8Array): number {
  const view = Buffer.from(into.buffer, into.byteOffset, into.length);
  let at = 0;
  for (const { key, block, sizeBytes } of placed) {
    view.writeUInt32BE(block, at);
    view.writeUInt32BE(sizeBytes, at + 4);
    view.writeUInt16BE(key.length, at + 8);
    at += INDEX_ENTRY_BYTES + view.write(key, at + INDEX_ENTRY_BYTES, 'latin1');
  }
  return at;
}

/** Of an index whose CRC was found right. */
export function decodeIndex(index: Uint8Array): Placed[] {
  const view = Buffer.from(index.buffer, index.byteOffset, index.length);
  const placed: Placed[] = [];
  for (let at = 0; at < view.length; ) {
    const end = at + INDEX_ENTRY_BYTES + view.readUInt16BE(at + 8);
    const key = view.toString('latin1', at + INDEX_ENTRY_BYTES, end);
    placed.push({ key, block: view.readUInt32BE(at), sizeBytes: view.readUInt32BE(at + 4) });
    at = end;
  }
  return placed;
}
