import type { Clock, Random } from '../../bytes/index.ts';
import { StoreError } from '../port.ts';
import { type Failure, type FailureKind, failureOf } from './failures.ts';

/** Tries of a read, and of a write that was refused: with the pauses below some seconds, within a Lambda's patience. */
const TRIES_MAX = 5;

/** Pauses are drawn between 0 and a bound that doubles ("full jitter"): callers that met a throttle together part. */
const PAUSE_FIRST_MS = 25;
const PAUSE_LAST_MS = 1_000;

/** Makes the calls to a service: each under a time limit, repeated only where a repetition does no harm. */
export class Calls {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #timeoutMs: number;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(on: { clock: Clock; random: Random; timeoutMs: number }) {
    this.#clock = on.clock;
    this.#random = on.random;
    this.#timeoutMs = on.timeoutMs;
  }

  /** @throws store_closed */
  checkOpen(): void {
    if (this.#closed) throw new StoreError('store_closed', 'The store was closed.');
  }

  /** Refuses what comes from now on, and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
  }

  /** Keeps the store from closing under `work`. */
  async track<Result>(work: () => Promise<Result>): Promise<Result> {
    this.checkOpen();
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** A call that changes nothing: repeated whatever failed. Its last failure is store_unavailable. */
  async read<Result>(what: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const failure = await this.#tried(what, work, ['refused', 'unknown']);
    if ('result' in failure) return failure.result;
    if (failure.kind !== 'unknown') throw failure.error;
    throw new StoreError('store_unavailable', failure.error.message, { cause: failure.error });
  }

  /** A call that changes something: repeated only where the service said that it did nothing. */
  async write<Result>(what: string, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const failure = await this.#tried(what, work, ['refused']);
    if ('result' in failure) return failure.result;
    throw failure.error;
  }

  /**
   * A call that the service carries out at most once however often it arrives (it has a token): repeated also where its
   * answer was lost. Once that has happened, only a success is certain: the first request may still be on its way, and
   * take effect after a later one was refused.
   *
   * @param decided whether a result tells for certain what became of the first request too
   */
  async writeOnce<Result>(
    what: string,
    work: (signal: AbortSignal) => Promise<Result>,
    decided: (result: Result) => boolean,
  ): Promise<Result> {
    let lost: Failure | undefined;
    const outcome = await this.#tried(what, work, ['refused', 'unknown'], (failure) => {
      if (failure.kind === 'unknown') lost ??= failure;
    });
    if ('result' in outcome) {
      if (lost !== undefined && !decided(outcome.result)) throw lost.error;
      return outcome.result;
    }
    throw (lost ?? outcome).error;
  }

  async #tried<Result>(
    what: string,
    work: (signal: AbortSignal) => Promise<Result>,
    repeatable: readonly FailureKind[],
    onFailure: (failure: Failure) => void = () => undefined,
  ): Promise<{ result: Result } | Failure> {
    for (let tries = 1; ; tries++) {
      try {
        return { result: await work(AbortSignal.timeout(this.#timeoutMs)) };
      } catch (error) {
        const failure = failureOf(error, what);
        onFailure(failure);
        if (tries >= TRIES_MAX || !repeatable.includes(failure.kind)) return failure;
      }
      await this.pause(tries);
    }
  }

  /** Waits before the next try after `tries` of them. */
  async pause(tries: number): Promise<void> {
    await this.#clock.sleep(this.#random.next() * Math.min(PAUSE_LAST_MS, PAUSE_FIRST_MS * 2 ** tries));
  }
}
