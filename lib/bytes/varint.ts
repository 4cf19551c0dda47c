import { MillraceError } from './errors.ts';

/** What is wrong with a value or with the bytes it should come from. */
export class BytesError extends MillraceError<'bytes_truncated' | 'bytes_overflow'> {}

/** Seven bits a byte: a 64-bit value never takes more than ten. */
export const VARINT_BYTES_MAX = 10;

/** Bytes that `value` takes as an unsigned varint. */
export function uvarintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  let count = 3;
  for (let rest = Math.floor(value / 0x200000); rest > 0; rest = Math.floor(rest / 128)) count++;
  return count;
}

/** Bytes that `value` takes as a zigzag varint. */
export function varintBytes(value: number): number {
  const magnitude = value < 0 ? -value - 1 : value;
  return magnitude < 64 ? 1 : 1 + uvarintBytes(Math.floor(magnitude / 64));
}

/**
 * Writes an unsigned varint (LEB128, as Protocol Buffers and Kafka's UNSIGNED_VARINT have it) at `at`; the caller has
 * made room for up to ten bytes. Returns the position behind it.
 *
 * @throws BytesError `bytes_overflow` for a negative number, a fraction, or one beyond 2^53 - 1.
 */
export function writeUvarint(bytes: Uint8Array, at: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw notAnInteger(value, '0');
  return writeGroups(bytes, at, value);
}

/**
 * Writes a zigzag varint (Kafka's VARINT and VARLONG, the same bytes) at `at`; the caller has made room for up to
 * ten bytes. Returns the position behind it.
 *
 * @throws BytesError `bytes_overflow` for a fraction or a number beyond ±(2^53 - 1).
 */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  if (value >= -64 && value < 64 && Number.isInteger(value)) {
    bytes[at] = (value << 1) ^ (value >> 31);
    return at + 1;
  }
  if (!Number.isSafeInteger(value)) throw notAnInteger(value, '-(2^53 - 1)');
  // 2 × magnitude + sign would leave the safe integers, so the lowest group is cut off before doubling.
  const magnitude = value < 0 ? -value - 1 : value;
  const low = ((magnitude % 64) << 1) | (value < 0 ? 1 : 0);
  if (magnitude < 64) {
    bytes[at] = low;
    return at + 1;
  }
  bytes[at] = low | 0x80;
  return writeGroups(bytes, at + 1, Math.floor(magnitude / 64));
}

function writeGroups(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let to = at;
  while (rest >= 0x80000000) {
    bytes[to++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 0x80) {
    bytes[to++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[to++] = rest;
  return to;
}

function notAnInteger(value: number, least: string): BytesError {
  return new BytesError('bytes_overflow', `${value} cannot be a varint: an integer from ${least} to 2^53 - 1 can.`);
}
