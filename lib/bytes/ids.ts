import { randomFillSync } from 'node:crypto';

/** Randomness as a parameter: a seeded source gives the same run again. */
export interface Random {
  /** Fills all of `bytes` and returns it. */
  fill(bytes: Uint8Array): Uint8Array;
  /** A number in [0, 1). */
  next(): number;
}

/** The operating system's randomness. */
export const systemRandom: Random = {
  fill: (bytes) => randomFillSync(bytes),
  next: () => Math.random(),
};

/** Crockford's base 32: no I, L, O, U; sorts as its bytes do. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const DECODED = new Map([...ALPHABET].map((char, value) => [char, value]));

/** 48 bits of milliseconds, 80 bits of randomness. */
export const ULID_BYTES = 16;
const ULID_CHARS = 26;

/**
 * Makes a ULID as 16 bytes: 48 bits of milliseconds, then 80 random bits, so that ids sort by their time.
 * Source: the ULID specification, version 1.
 *
 * @example
 * ulidText(newUlid(systemClock.nowMs(), systemRandom)); // '01JD9N5Q6T3M8W0Z4R7XKE2BCF'
 */
export function newUlid(timeMs: number, random: Random): Uint8Array {
  const bytes = random.fill(new Uint8Array(ULID_BYTES));
  let rest = timeMs;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return bytes;
}

/**
 * A ULID of that time that sorts behind `last`: where both are of one millisecond, the random bits are those of `last` and
 * one. Source: the ULID specification, "Monotonicity".
 */
export function newUlidAfter(last: Uint8Array | undefined, timeMs: number, random: Random): Uint8Array {
  const bytes = newUlid(timeMs, random);
  if (!last || ulidTimeMs(last) < timeMs) return bytes;
  bytes.set(last);
  for (let i = ULID_BYTES - 1; i >= 0; i--) {
    bytes[i] = (bytes[i]! + 1) & 255;
    if (bytes[i] !== 0) break;
  }
  return bytes;
}

/** The milliseconds that a ULID begins with. */
export function ulidTimeMs(bytes: Uint8Array): number {
  let ms = 0;
  for (let i = 0; i < 6; i++) ms = ms * 256 + bytes[i]!;
  return ms;
}

/** A ULID as its 26 characters. */
export function ulidText(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 2; // 130 bits in 26 characters of 5: the first character carries two leading zero bits
  for (let i = 0; i < ULID_BYTES; i++) {
    bits = (bits << 8) | bytes[i]!;
    held += 8;
    while (held >= 5) {
      held -= 5;
      text += ALPHABET[(bits >>> held) & 31];
    }
    bits &= (1 << held) - 1;
  }
  return text;
}

/** The bytes of a ULID's 26 characters, or undefined where the text is not one. */
export function parseUlid(text: string): Uint8Array | undefined {
  if (text.length !== ULID_CHARS) return undefined;
  const bytes = new Uint8Array(ULID_BYTES);
  let bits = 0;
  let held = -2;
  let at = 0;
  for (const char of text) {
    const value = DECODED.get(char);
    if (value === undefined) return undefined;
    bits = (bits << 5) | value;
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = (bits >>> held) & 255;
      bits &= (1 << held) - 1;
    }
  }
  return bytes;
}
