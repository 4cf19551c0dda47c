import { holdingClock } from '../lib/bytes/index.ts';
import type { LogSettings } from '../lib/log/index.ts';
import { openBucketStores, openPlatform, type Platform } from '../lib/platform.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { logFailure } from './logger.ts';

/**
 * What a function has in memory is gone with its environment, and shared by nobody: caches are small. Where an environment
 * serves several requests at once (Lambda Managed Instances), their appends share flushes.
 */
export const LOG_SETTINGS: Partial<LogSettings> = {
  flushesInFlightMax: 8,
  hotCacheBytes: 16 << 20,
  coldCacheBytes: 32 << 20,
  pageCacheBytes: 4 << 20,
  // Writers are elsewhere. A waiting poll looks so often: half a read unit each.
  headPollMs: 250,
};

/** Time is paid for: at a few commits a second it pays to wait for the next, at fewer to end (docs/cost.md). */
const LINGER_MS = 100;

export interface Opened {
  readonly platform: Platform;
  readonly environment: Environment;
}

let opened: Promise<Opened> | undefined;

/**
 * The platform of this execution environment: opened once, shared by all its invocations. Nothing runs in the background,
 * as nothing would run between invocations. Never closed: an environment ends without a word.
 */
export function open(): Promise<Opened> {
  opened ??= openOnce().catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

async function openOnce(): Promise<Opened> {
  const environment = readEnvironment(process.env);
  // A worker that waits for nothing but time is still at work.
  const clock = holdingClock;
  const stores = await openBucketStores({ bucket: environment.bucket, table: environment.table, clock });
  const platform = openPlatform({
    stores,
    clock,
    log: LOG_SETTINGS,
    background: false,
    // Whether it may is the role's to say: only what delivers has the right to.
    secret: async (reference) => (await import('./secrets.ts')).readSecret(reference),
    lingerMs: LINGER_MS,
    onError: logFailure,
  });
  return { platform, environment };
}
