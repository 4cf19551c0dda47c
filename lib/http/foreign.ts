import type { Clock } from '../bytes/index.ts';

/** One client that tries again and again must not fill the log. */
const TELL_EVERY_MS = 10 * 60_000;
/** What every Kafka client begins with: ApiVersions, behind a length that is below 64 KiB. */
const KAFKA_GREETING = { length: [0, 0], apiVersions: [0, 18] } as const;

/** Tells the operator of Kafka clients that came to HTTP's port, now and then: they themselves are only disconnected. */
export class ForeignClients {
  readonly #clock: Clock;
  readonly #onNotice: (text: string) => void;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, onNotice: (text: string) => void) {
    this.#clock = clock;
    this.#onNotice = onNotice;
  }

  /** `start` is what a connection began with, and is no HTTP. */
  met(start: Uint8Array | undefined, host: string | undefined): void {
    if (!start || !isKafka(start)) return;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#toldMs < TELL_EVERY_MS) return;
    this.#toldMs = nowMs;
    this.#onNotice(
      `a Kafka client at ${host ?? 'an unknown address'} came to the HTTP port: its bootstrap.servers is to be the Kafka port`,
    );
  }
}

function isKafka(start: Uint8Array): boolean {
  const { length, apiVersions } = KAFKA_GREETING;
  return length.every((byte, i) => start[i] === byte) && apiVersions.every((byte, i) => start[4 + i] === byte);
}
