import { setTimeout as sleep } from 'node:timers/promises';
import { AbortedError } from '../lib/bytes/index.ts';
import { CliError, ServerError } from './errors.ts';

/** The first wait between two tries, and the longest. */
const WAIT_MIN_MS = 100;
const WAIT_MAX_MS = 5_000;

export interface Patience {
  /** How long one thing is tried again. */
  readonly forMs: number;
  readonly signal?: AbortSignal;
  /** Told before each wait, once per streak of failures. */
  readonly onTrouble?: (error: CliError) => void;
  /** Which of the failures that pass are waited out; all, unless given. */
  readonly when?: (error: CliError) => boolean;
}

/**
 * Does `work`, and again with growing, jittered waits while it fails in a way that passes: the server is overloaded or
 * restarts, or the connection broke. The work must be safe to do twice.
 *
 * @throws the last error when the time is up, and any other error at once
 */
export async function patiently<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + patience.forMs;
  for (let wait = WAIT_MIN_MS, told = false; ; wait = Math.min(wait * 2, WAIT_MAX_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CliError) || !passes(error) || patience.when?.(error) === false) throw error;
      const asked = error instanceof ServerError ? (error.retryAfterMs ?? 0) : 0;
      const restMs = Math.max(asked, wait * (0.5 + Math.random() / 2));
      if (performance.now() + restMs > untilMs) throw error;
      if (!told) patience.onTrouble?.(error);
      told = true;
      await rest(restMs, patience.signal);
    }
  }
}

/** Sleeps, and keeps the process alive meanwhile. @throws AbortedError */
export async function rest(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal && { signal });
  } catch (error) {
    if (signal?.aborted) throw new AbortedError();
    throw error;
  }
}

/** Whether the same request may well succeed later. */
export function passes(error: CliError): boolean {
  if (error instanceof ServerError)
    return error.status === 429 || error.status === 503 || error.status === 502 || error.status === 504;
  return error.code === 'server_unreachable' || error.code === 'server_lost' || error.code === 'server_silent';
}
