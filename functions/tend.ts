/**
 * Upkeep, woken each minute while something happens, once a day otherwise, and on demand: makes what is declared true, starts deliveries that nobody
 * woke for, tends the log (rolls, merges, compacts, retains, collects), measures how routes and groups fare. It may be cut
 * short at any point, and run twice at once.
 */
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import type { TendReport } from '../lib/log/index.ts';
import type { Platform } from '../lib/platform.ts';
import { noteTended, readAwake } from './awake-item.ts';
import type { Environment } from './environment.ts';
import { startDeliveries } from './invoke.ts';
import { logFailure, logger } from './logger.ts';
import { measure } from './measure.ts';
import { open } from './open.ts';
import { reconcileFromParameters } from './reconcile.ts';
import { stopTicking } from './tick.ts';

/** How often the log is tended, and objects that nobody names are looked for. */
const TEND_EVERY_MS = 5 * 60_000;
const COLLECT_EVERY_MS = 60 * 60_000;
/** Small objects are merged after an hour: by then all that a burst left behind is in order. */
const QUIET_MS = 90 * 60_000;
/** Kept of an invocation's time, to end in order. */
const STOP_MS = 5_000;

/** On demand: `{"now": true}` tends and collects whatever was done before. Of other events nothing is looked at. */
const REQUEST = z.object({ now: z.boolean().optional() });

export interface Tended {
  readonly deliveries: number;
  readonly tended: TendReport | undefined;
  readonly quiet: boolean;
}

export async function handler(event: unknown, context: Context): Promise<Tended> {
  const { platform, environment } = await open();
  const { now = false } = REQUEST.catch({}).parse(event);
  const stop = AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - STOP_MS));
  const done = await tendOnce(platform, environment, { now, stop });
  for (const { ledger, error } of done.tended?.failures ?? []) {
    logFailure(error, `Tending ledger ${ledger.topicId}/${ledger.index}`);
  }
  logger.info('Tended', { ...done });
  return done;
}

async function tendOnce(
  platform: Platform,
  environment: Environment,
  { now, stop }: { now: boolean; stop: AbortSignal },
): Promise<Tended> {
  const { declarationPath } = environment;
  if (declarationPath !== undefined) {
    await quietly('Reconciling', () => reconcileDeclared(platform, declarationPath, stop));
  }
  const deliveries = await quietly('Sweeping routes', () => sweep(platform, environment));
  const { items, clock } = platform;
  const { awakeMs, tendedMs, collectedMs } = await readAwake(items);
  const nowMs = clock.nowMs();
  const due = now || nowMs - tendedMs >= TEND_EVERY_MS;
  const collect = now || nowMs - collectedMs >= COLLECT_EVERY_MS;
  const tended = due
    ? await quietly('Tending', async () => {
        await noteTended(items, nowMs, collect);
        return platform.tend({ collect, signal: stop });
      })
    : undefined;
  await quietly('Measuring', () => measure(platform));
  const quiet = !now && deliveries === 0 && nowMs - awakeMs > QUIET_MS;
  if (quiet) await quietly('Going to rest', () => stopTicking(environment));
  return { deliveries: deliveries ?? 0, tended, quiet };
}

/** Tells of what changed, and of what cannot be as it is declared. */
async function reconcileDeclared(platform: Platform, path: string, signal: AbortSignal): Promise<void> {
  const { settled } = await reconcileFromParameters(platform, path, { signal });
  for (const { is, why } of settled) {
    if (is === 'refused') logger.warn(why);
    else if (is !== 'kept') logger.info(why);
  }
}

async function sweep(platform: Platform, { deliverFunction }: Environment): Promise<number> {
  const works = await platform.routes.onDemand.behind();
  await startDeliveries(works, deliverFunction);
  return works.length;
}

/** One duty that fails must not keep the others; the log and the alarm on it tell of it. */
async function quietly<T>(doing: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    logFailure(thrown, doing);
    return undefined;
  }
}
