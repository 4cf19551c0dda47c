import type { Random } from '../bytes/index.ts';
import { ROUTE_LIMITS } from './limits.ts';

/**
 * The pause before try `attempt` (1 is the first retry): doubling from 100 ms up to `delayMaxMs`, then a random part
 * between half and all of it, so that those who failed together do not come back together.
 *
 * @example
 * backoffMs(3, 60_000, random); // 200 to 400
 */
export function backoffMs(attempt: number, delayMaxMs: number, random: Random): number {
  const fullMs = Math.min(delayMaxMs, ROUTE_LIMITS.retryFirstMs * 2 ** Math.min(attempt - 1, 40));
  return fullMs * (0.5 + random.next() / 2);
}

/**
 * How long a `Retry-After` asks to wait: seconds, or the time until an HTTP date; undefined where it says neither.
 * Source: RFC 9110, section 10.2.3.
 */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
