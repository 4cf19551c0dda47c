import { AbortedError, type Clock, MillraceError } from '../bytes/index.ts';
import type { Lease, Leases } from './lease.ts';
import { ROUTE_LIMITS } from './limits.ts';
import type { Progress } from './progress.ts';

/**
 * Renews a lease in time, until `ended` fires. Returns where the lease is lost, or could not be renewed before it might
 * have run out: a store that is out of order may be back before that.
 */
export async function keepLease(
  leases: Leases,
  lease: Lease,
  { clock, progress, ended }: { clock: Clock; progress: Progress; ended: AbortSignal },
): Promise<'lost' | 'ended'> {
  let heldUntilMs = clock.monotonicMs() + ROUTE_LIMITS.leaseMs;
  while (await slept(clock, ROUTE_LIMITS.renewMs, ended)) {
    const askedMs = clock.monotonicMs();
    try {
      if (!(await leases.renew(lease, progress.report()))) return 'lost';
      heldUntilMs = askedMs + ROUTE_LIMITS.leaseMs;
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown;
      if (clock.monotonicMs() + ROUTE_LIMITS.renewMs > heldUntilMs) return 'lost';
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
