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
import { type invoke, startDeliveries } from './invoke.ts';
import { logFailure, logger } from './logger.ts';
import { measure } from './measure.ts';
import { type Opened, open } from './open.ts';
import { reconcileFromParameters } from './reconcile.ts';
import { type RuleSwitch, stopTicking } from './tick.ts';

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
  const opened = await open();
  const { now = false } = REQUEST.catch({}).parse(event);
  const stop = AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - STOP_MS));
  const done = await tendOnce(opened, { now, stop });
  for (const { ledger, error } of done.tended?.failures ?? []) {
    logFailure(error, `Tending ledger ${ledger.topicId}/${ledger.index}`);
  }
  logger.info('Tended', { ...done });
  return done;
}

/** What tending calls; those of AWS unless given. */
export interface TendCalls {
  readonly start?: typeof invoke;
  readonly rules?: RuleSwitch;
}

/** One round. What fails is logged, and keeps nothing else. @throws StoreError where not even its own notes can be read */
export async function tendOnce(
  { platform, environment }: Opened,
  { now, stop }: { readonly now: boolean; readonly stop: AbortSignal },
  { start, rules }: TendCalls = {},
): Promise<Tended> {
  const { declarationPath } = environment;
  if (declarationPath !== undefined) {
    await quietly('Reconciling', () => reconcileDeclared(platform, declarationPath, stop));
  }
  const swept = await quietly('Sweeping routes', () => sweep({ platform, environment }, start));
  const { items, clock } = platform;
  const awake = await readAwake(items);
  const { awakeMs, tendedMs, collectedMs } = awake;
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
  const quiet = !now && swept?.waiting === false && nowMs - awakeMs > QUIET_MS;
  if (quiet) await quietly('Going to rest', () => stopTicking(platform, environment, awake, rules));
  return { deliveries: swept?.started ?? 0, tended, quiet };
}

/** Tells of what changed, and of what cannot be as it is declared. */
async function reconcileDeclared(platform: Platform, path: string, signal: AbortSignal): Promise<void> {
  const { settled } = await reconcileFromParameters(platform, path, { signal });
  for (const { is, why } of settled) {
    if (is === 'refused') logger.warn(why);
    else if (is !== 'kept') logger.info(why);
  }
}

/** Starts what nobody is at. What somebody is at may be left to us the next time: while anything waits, there is no rest. */
async function sweep(
  { platform, environment }: Opened,
  start?: typeof invoke,
): Promise<{ readonly started: number; readonly waiting: boolean }> {
  const { works, taken, troubles } = await platform.routes.onDemand.behind();
  for (const { route, error } of troubles) logFailure(error, `Looking at route "${route}"`);
  await startDeliveries(works, environment.deliverFunction, start);
  return { started: works.length, waiting: works.length + taken + troubles.length > 0 };
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
