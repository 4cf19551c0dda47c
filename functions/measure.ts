import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { MillraceError } from '../lib/bytes/index.ts';
import type { Platform } from '../lib/platform.ts';
import { batchHeader } from '../lib/record/index.ts';
import type { RouteStatus } from '../lib/route/index.ts';
import { logFailure } from './logger.ts';
import { onlyWhere, writeMetrics } from './metrics.ts';

/** What one route shows of itself. Age in ms, 0 where nothing waits. */
export interface RouteMeasures {
  readonly lag: number;
  readonly oldestMs: number;
  readonly failedTasks: number;
}

/** Partitions of a route whose oldest waiting event is looked at: a read of S3 each, of a route that is behind. */
const AGES_MAX = 16;

/** Measures all routes and groups, and writes what it finds to the log. One that cannot be measured keeps no other. */
export async function measure(platform: Platform): Promise<void> {
  for (const route of await platform.routes.list())
    await quietly(`route "${route}"`, () => measureRoute(platform, route));
  for (const { group } of await platform.groups.list()) {
    if (!group.startsWith('route.')) await quietly(`group "${group}"`, () => measureGroup(platform, group));
  }
}

async function measureRoute(platform: Platform, route: string): Promise<void> {
  const status = await platform.routes.status(route);
  const found = measuresOf(status, await oldestMs(platform, status));
  writeMetrics('route', route, [
    ['RouteLag', MetricUnit.Count, found.lag],
    ...onlyWhere(found.oldestMs, ['RouteOldestUndelivered', MetricUnit.Milliseconds, found.oldestMs] as const),
    ...onlyWhere(found.failedTasks, ['RouteFailedTasks', MetricUnit.Count, found.failedTasks] as const),
  ]);
}

async function measureGroup({ groups }: Platform, group: string): Promise<void> {
  const { total } = await groups.lag(group);
  writeMetrics('group', group, [['GroupLag', MetricUnit.Count, total]]);
}

/** It may have been deleted since it was listed, or its config be one that this version refuses. */
async function quietly(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof MillraceError)) throw thrown;
    logFailure(thrown, `Measuring ${what}`);
  }
}

/** The sums over a route's tasks. */
export function measuresOf({ tasks }: RouteStatus, oldestMs: number): RouteMeasures {
  const sum = (of: (task: RouteStatus['tasks'][number]) => number) =>
    tasks.reduce((total, task) => total + of(task), 0);
  return {
    lag: sum(({ partitions }) => partitions.reduce((total, { lag }) => total + lag, 0)),
    oldestMs,
    failedTasks: sum(({ state }) => (state === 'FAILED' ? 1 : 0)),
  };
}

/** How long the route's oldest waiting event has been waiting, by its own timestamp. */
async function oldestMs({ events, clock }: Platform, { tasks }: RouteStatus): Promise<number> {
  const waiting = tasks.flatMap(({ topic, partitions }) =>
    partitions.filter(({ lag }) => lag > 0).map(({ partition, position }) => ({ topic, partition, position })),
  );
  let oldest = 0;
  for (const { topic, partition, position } of waiting.slice(0, AGES_MAX)) {
    const [range] = await events.offsets(topic, [partition]);
    const offset = Math.max(position ?? 0, range?.logStartOffset ?? 0);
    const [answer] = await events.fetch([{ topic, partition, offset, maxBytes: 1 }], {
      maxBytes: 1,
      minBytes: 0,
      maxWaitMs: 0,
    });
    const first = answer?.batches[0];
    if (first) oldest = Math.max(oldest, clock.nowMs() - batchHeader(first).baseTimestampMs);
  }
  return oldest;
}
