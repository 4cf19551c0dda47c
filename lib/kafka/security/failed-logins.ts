import type { Clock } from '../../bytes/index.ts';

/** The least that a refusal waits for. Source: Kafka's connection.failed.authentication.delay.ms. */
export const FAILED_DELAY_MS = 100;
/** Clients wait 30 s for an answer; beyond this, they would come again before they are answered. */
export const FAILED_DELAY_MS_MAX = 10_000;
/** An address that has been quiet for so long begins anew. */
const FORGET_AFTER_MS = 60_000;
/** Addresses that are remembered, the latest ones: some 100 bytes each. */
const HOSTS_MAX = 10_000;

export interface FailedLoginsParts {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onNotice: (text: string) => void;
}

interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

/**
 * How long refusals wait, by the address that they go to: Kafka's delay at first, and twice as long each time, so that
 * guessing stays slow however many connections there are. Who gives the right password never waits.
 */
export class FailedLogins {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #onNotice: (text: string) => void;
  readonly #byHost = new Map<string, Failures>();

  constructor({ clock, onNotice }: FailedLoginsParts) {
    this.#clock = clock;
    this.#onNotice = onNotice;
  }

  /** Notes a failure, and tells how long its answer waits, in ms. `mechanism` is for the operator. */
  note(host: string, mechanism: string): number {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#byHost.get(host);
    const count = before && nowMs - before.lastMs < FORGET_AFTER_MS ? before.count + 1 : 1;
    this.#byHost.delete(host);
    this.#byHost.set(host, { count, lastMs: nowMs });
    for (const oldest of this.#byHost.keys()) {
      if (this.#byHost.size <= HOSTS_MAX) break;
      this.#byHost.delete(oldest);
    }
    if (isToldAt(count)) {
      const times = count === 1 ? '' : `, ${count} times now`;
      this.#onNotice(`a Kafka client at ${host} failed to log in: wrong name or password, by ${mechanism}${times}`);
    }
    return Math.min(FAILED_DELAY_MS * 2 ** (count - 1), FAILED_DELAY_MS_MAX);
  }
}

/** At the first failure, the tenth, the hundredth …: guessing must not fill the log. */
function isToldAt(count: number): boolean {
  return /^10*$/.test(String(count));
}
