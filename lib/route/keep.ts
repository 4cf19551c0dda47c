import { AbortedError, type Clock, MillraceError } from '../bytes/index.ts';
import type { Lease, Leases } from './lease.ts';
import { ROUTE_LIMITS } from './limits.ts';
import type { Progress } from './progress.ts';

/**
 * Until when a lease certainly is its holder's: by both clocks, as one may be set back, and the other stand still while a
 * Lambda is frozen.
 */
export class Tenure {
  readonly #clock: Clock;
  #from: { readonly wallMs: number; readonly monotonicMs: number };

  /** Begins now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#from = this.now();
  }

  now(): { readonly wallMs: number; readonly monotonicMs: number } {
    return { wallMs: this.#clock.nowMs(), monotonicMs: this.#clock.monotonicMs() };
  }

  /** The lease was renewed, by what was asked at this moment. */
  renewed(askedAt: { readonly wallMs: number; readonly monotonicMs: number }): void {
    this.#from = askedAt;
  }

  /** Whether others may have taken the lease, now or in so many ms. */
  overIn(ms: number): boolean {
    const { wallMs, monotonicMs } = this.now();
    const passedMs = Math.max(wallMs - this.#from.wallMs, monotonicMs - this.#from.monotonicMs);
    return passedMs + ms > ROUTE_LIMITS.leaseMs;
  }
}

/**
 * Renews a lease in time, until `ended` fires. Returns where the lease is lost, or could not be renewed before it might
 * have run out: a store that is out of order may be back before that.
 */
export async function keepLease(
  leases: Leases,
  lease: Lease,
  { clock, tenure, progress, ended }: { clock: Clock; tenure: Tenure; progress: Progress; ended: AbortSignal },
): Promise<'lost' | 'ended'> {
  while (await slept(clock, ROUTE_LIMITS.renewMs, ended)) {
    const askedAt = tenure.now();
    try {
      if (!(await leases.renew(lease, progress.report()))) return 'lost';
      tenure.renewed(askedAt);
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown;
      if (tenure.overIn(ROUTE_LIMITS.renewMs)) return 'lost';
    }
  }
  return 'ended';
}

/** False where `signal` ended the sleep. */
export async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (thrown) {
    if (thrown instanceof AbortedError) return false;
    throw thrown;
  }
}
