import { HttpError } from './http-error.ts';
import type { HttpLimits } from './limits.ts';

/**
 * What one process has taken on: bytes of bodies held, and polls that wait. Both are refused over their limit, at once,
 * so that overload costs the clients a second and the process nothing.
 */
export class Admission {
  readonly #limits: HttpLimits;
  #bodyBytes = 0;
  #polls = 0;

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  get polls(): number {
    return this.#polls;
  }

  /** @throws HttpError memory_exhausted */
  takeBytes(count: number): void {
    if (this.#bodyBytes + count > this.#limits.bodyBytesInFlightMax) {
      const max = this.#limits.bodyBytesInFlightMax;
      throw new HttpError('memory_exhausted', `Bodies of ${max} bytes are being worked on already. Try again.`);
    }
    this.#bodyBytes += count;
  }

  giveBytes(count: number): void {
    this.#bodyBytes -= count;
  }

  /** @throws HttpError polls_exhausted */
  async poll<T>(run: () => Promise<T>): Promise<T> {
    if (this.#polls >= this.#limits.pollsMax) {
      throw new HttpError('polls_exhausted', `${this.#limits.pollsMax} polls wait already. Try again.`);
    }
    this.#polls++;
    try {
      return await run();
    } finally {
      this.#polls--;
    }
  }
}
