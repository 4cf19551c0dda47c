import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';

/** Parts shorter than this are joined on their way: a write to a socket costs more than copying so few bytes. */
const CHUNK_BYTES = 64 * 1024;

/** Bytes that are sent in one request: views of the caller's memory, their length, and their CRC-32 as S3 wants it. */
export interface Body {
  readonly parts: readonly Uint8Array[];
  readonly sizeBytes: number;
  /** Base 64 of the CRC-32 in big endian. S3 refuses what does not match: bytes that changed on the way, or under us. */
  readonly crc32: string;
}

export function bodyOf(parts: readonly Uint8Array[]): Body {
  let sizeBytes = 0;
  let crc = 0;
  for (const part of parts) {
    sizeBytes += part.length;
    crc = crc32(part, crc);
  }
  const crcBytes = Buffer.alloc(4);
  crcBytes.writeUInt32BE(crc);
  return { parts, sizeBytes, crc32: crcBytes.toString('base64') };
}

/** A stream of the body, for one try. Large parts pass as they are, small neighbours joined. */
export function streamOf(body: Body): Readable {
  return Readable.from(chunksOf(body.parts), { objectMode: false });
}

function* chunksOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = [];
  let bytes = 0;
  for (const part of parts) {
    if (part.length === 0) continue;
    if (bytes > 0 && bytes + part.length > CHUNK_BYTES) {
      yield joined(small, bytes);
      small = [];
      bytes = 0;
    }
    if (part.length >= CHUNK_BYTES) yield part;
    else {
      small.push(part);
      bytes += part.length;
    }
  }
  if (bytes > 0) yield joined(small, bytes);
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes);
}

/** Cuts parts into groups of `most` bytes (the last may be shorter), as views. */
export function groupsOf(parts: readonly Uint8Array[], most: number): Uint8Array[][] {
  const groups: Uint8Array[][] = [];
  let group: Uint8Array[] = [];
  let room = most;
  for (let part of parts) {
    while (part.length > 0) {
      const piece = part.subarray(0, room);
      group.push(piece);
      room -= piece.length;
      part = part.subarray(piece.length);
      if (room > 0) continue;
      groups.push(group);
      group = [];
      room = most;
    }
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
