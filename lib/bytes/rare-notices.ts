import type { Clock } from './clock.ts';

/** What repeats must not fill the log. */
const TELL_EVERY_MS = 10 * 60_000;

/**
 * Tells the operator of what clients do wrong, and may do again and again: of each kind once in ten minutes.
 *
 * @example
 * const notices = new RareNotices(clock, (text) => log('warn', text));
 * notices.tell('http', 'a client at 10.0.0.7 speaks HTTP to the Kafka port');
 */
export class RareNotices {
  readonly #clock: Clock;
  readonly #onNotice: (text: string) => void;
  /** By kind, of which there are few. */
  readonly #toldMs = new Map<string, number>();

  constructor(clock: Clock, onNotice: (text: string) => void) {
    this.#clock = clock;
    this.#onNotice = onNotice;
  }

  tell(kind: string, text: string): void {
    const nowMs = this.#clock.monotonicMs();
    const toldMs = this.#toldMs.get(kind);
    if (toldMs !== undefined && nowMs - toldMs < TELL_EVERY_MS) return;
    this.#toldMs.set(kind, nowMs);
    this.#onNotice(text);
  }
}
