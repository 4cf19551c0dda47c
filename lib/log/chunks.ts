import { baseOffset, batchHeader, batchLength, patchBaseOffset } from '../record/index.ts';
import { CHUNK_BYTES, WHOLE_RUN_BYTES } from './limits.ts';
import type { ObjectRef, Run } from './model.ts';
import type { FooterBatch } from './segment.ts';

/** A stretch of whole batches of one partition in one object: the unit that is read and cached. */
export interface Chunk {
  object: ObjectRef;
  position: number;
  lengthBytes: number;
  /** Offset of the first batch, where the stored bytes do not hold it. */
  baseOffset: number;
  /** Behind the last record. */
  endOffset: number;
  absolute: boolean;
}

/** The bytes of a chunk, base offsets patched: one view, or, where it was just written, the views it was written from. */
export type ChunkBytes = readonly Uint8Array[];

/** A chunk's name: an object's position belongs to one partition at one offset, for ever. */
export function chunkName(chunk: { object: ObjectRef; position: number }): string {
  return `${chunk.object.id}/${chunk.position}`;
}

/** Whether the run is one chunk, so that nobody needs its batches' lengths. */
export function isWhole(run: Run): boolean {
  return run.lengthBytes <= WHOLE_RUN_BYTES;
}

/**
 * Where chunks of a run end, in number of batches: writer and readers cut alike, so that what the writer keeps in the
 * cache is what readers ask for.
 */
export function cutBatches(lengths: readonly { lengthBytes: number }[], run: Run): number[] {
  if (isWhole(run)) return [lengths.length];
  const ends: number[] = [];
  let bytes = 0;
  lengths.forEach((batch, i) => {
    bytes += batch.lengthBytes;
    if (bytes >= CHUNK_BYTES || i === lengths.length - 1) {
      ends.push(i + 1);
      bytes = 0;
    }
  });
  return ends;
}

/** The chunks of a run whose batches are known from its object's footer. */
export function chunksOf(
  object: ObjectRef,
  run: Run,
  batches: readonly FooterBatch[],
  firstOffset: number,
  absolute: boolean,
): Chunk[] {
  const chunks: Chunk[] = [];
  let position = run.position;
  let offset = firstOffset;
  let from = 0;
  for (const end of cutBatches(batches, run)) {
    const chunk: Chunk = { object, position, lengthBytes: 0, baseOffset: offset, endOffset: offset, absolute };
    for (; from < end; from++) {
      chunk.lengthBytes += batches[from]!.lengthBytes;
      chunk.endOffset += batches[from]!.span;
    }
    chunks.push(chunk);
    position += chunk.lengthBytes;
    offset = chunk.endOffset;
  }
  return chunks;
}

/** Sets the base offsets of the batches in `bytes`, the first one's given. Returns the offset behind the last. */
export function patchOffsets(bytes: Uint8Array, firstOffset: number): number {
  let offset = firstOffset;
  for (let at = 0; at < bytes.length; ) {
    const header = batchHeader(bytes, at);
    patchBaseOffset(bytes, at, offset);
    offset += header.offsetSpan;
    at += header.lengthBytes;
  }
  return offset;
}

/**
 * The whole batches of a chunk from the one that holds `offset` (or, where it is gone, the next one) on, up to
 * `maxBytes` and before the offset `until`; at least one where `atLeastOne` is set. Nothing is copied.
 *
 * @returns the views, and the offset behind the last batch taken (`offset` where none was).
 */
export function takeBatches(
  bytes: ChunkBytes,
  offset: number,
  maxBytes: number,
  atLeastOne: boolean,
  until = Number.POSITIVE_INFINITY,
): { views: Uint8Array[]; bytes: number; nextOffset: number; full: boolean } {
  const views: Uint8Array[] = [];
  let taken = 0;
  let nextOffset = offset;
  for (const part of bytes) {
    let start = -1;
    let at = 0;
    let full = false;
    while (at < part.length) {
      const length = batchLength(part, at);
      const base = baseOffset(part, at);
      const end = base + batchHeader(part, at).offsetSpan;
      if (end > offset) {
        if (base >= until || (taken + length > maxBytes && !(atLeastOne && taken === 0))) {
          full = true;
          break;
        }
        if (start < 0) start = at;
        taken += length;
        nextOffset = end;
      }
      at += length;
    }
    if (start >= 0) views.push(start === 0 && at === part.length ? part : part.subarray(start, at));
    if (full) return { views, bytes: taken, nextOffset, full };
  }
  return { views, bytes: taken, nextOffset, full: false };
}
