/** What the trace keeps of a run: a hash over every line, and the lines themselves where somebody wants to read them. */
export class Trace {
  /** Undefined: only hashed. */
  readonly lines: string[] | undefined;
  count = 0;
  #high = 0x811c9dc5;
  #low = 0x1b873593;

  constructor({ keep = false } = {}) {
    this.lines = keep ? [] : undefined;
  }

  /** One store call, message or decision, with the simulated moment in it. */
  note(line: string): void {
    this.count++;
    this.lines?.push(line);
    let high = this.#high;
    let low = this.#low;
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i);
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code, 0x85ebca6b) ^ (low >>> 13);
    }
    this.#high = Math.imul(high ^ 10, 0x01000193);
    this.#low = Math.imul(low ^ (low >>> 16), 0xc2b2ae35);
  }

  /** 16 hexadecimal digits. Two runs that differ anywhere differ here, but for one chance in 2^64. */
  get hash(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

/** A short name for bytes, so that two messages that differ make different lines. */
export function bytesName(parts: readonly Uint8Array[]): string {
  let hash = 0x811c9dc5;
  let length = 0;
  for (const part of parts) {
    length += part.length;
    for (let i = 0; i < part.length; i++) hash = Math.imul(hash ^ part[i]!, 0x01000193);
  }
  return `${length}:${(hash >>> 0).toString(36)}`;
}
