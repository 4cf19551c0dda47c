import type { Clock } from '../../bytes/index.ts';
import { type CallTarget, callFailure } from './aws-calls.ts';
import type { Named } from './named.ts';

/**
 * How long a bus that was there is taken to be there still. Short, as what is put on a deleted bus is lost; not shorter,
 * as an account has 50 calls a second for the control plane of EventBridge, and a ledger of a route makes a tenth of one.
 */
const SEEN_MS = 10_000;

/** The bus that is always there, and that nobody can delete. */
const DEFAULT_BUS = 'default';

/**
 * Looks whether an event bus is there before events are put on it. PutEvents takes events for a bus that does not exist,
 * answers 200 with an id for each, and drops them (EventBridge user guide, "Handling failures with PutEvents"): without a look, a
 * deleted bus would cost every event from then on. What is put in the seconds between its deletion and the next look
 * is lost, which nobody outside of EventBridge can prevent.
 */
export class BusWatch {
  readonly #bus: Named;
  readonly #describe: (signal: AbortSignal) => Promise<unknown>;
  readonly #clock: Clock;
  readonly #target: CallTarget;
  #seenMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(bus: Named, describe: (signal: AbortSignal) => Promise<unknown>, clock: Clock, target: CallTarget) {
    this.#bus = bus;
    this.#describe = describe;
    this.#clock = clock;
    this.#target = target;
  }

  /** @throws what the service said where the bus is not there, or nobody can tell */
  async require(signal: AbortSignal): Promise<void> {
    if (this.#bus.name === DEFAULT_BUS || this.#clock.monotonicMs() - this.#seenMs < SEEN_MS) return;
    this.#looking ??= this.#look(signal).finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #look(signal: AbortSignal): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    try {
      await this.#describe(signal);
    } catch (thrown) {
      // Who may put but not look goes without: a bus of another account often allows no more.
      if (signal.aborted || callFailure(thrown, this.#target).kind !== 'denied') throw thrown;
    }
    this.#seenMs = beganMs;
  }
}
