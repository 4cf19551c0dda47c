/**
 * Delivers for a route: one invocation works on one ledger until nothing is left, then ends. When its time runs out it
 * starts itself anew. The events' positions and the lease are in the table, so it may be killed at any point.
 */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import type { OnDemand, Work, WorkDone } from '../lib/route/index.ts';
import { invoke } from './invoke.ts';
import { logger } from './logger.ts';
import { onlyWhere, writeMetrics } from './metrics.ts';
import { open } from './open.ts';

const WORK = z.object({ route: z.string(), topicId: z.string(), ledger: z.int().min(0) });

/** Of the time that an invocation has, what is kept to finish what was begun, and at the very end to say so. */
const ENOUGH_MS = 20_000;
const STOP_MS = 5_000;

export type DeliverContext = Pick<Context, 'getRemainingTimeInMillis' | 'invokedFunctionArn'>;

/** Delivers, and goes on elsewhere when time runs out. */
export async function deliver(
  work: Work,
  context: DeliverContext,
  routes: OnDemand,
  goOn: (functionName: string, work: Work) => Promise<void>,
): Promise<WorkDone> {
  const leftMs = context.getRemainingTimeInMillis();
  const stop = AbortSignal.timeout(Math.max(1, leftMs - STOP_MS));
  const enough = AbortSignal.timeout(Math.max(1, leftMs - ENOUGH_MS));
  const done = await routes.deliver(work, { stop, enough });
  // The route may have got another function meanwhile: this one might not have the rights that it needs now.
  if (done.end === 'stopped') await goOn(done.worker ?? context.invokedFunctionArn, work);
  return done;
}

export async function handler(event: unknown, context: Context): Promise<WorkDone> {
  const work = WORK.parse(event);
  const { platform } = await open();
  const done = await deliver(work, context, platform.routes.onDemand, invoke);
  logger.info('Delivered', { ...work, ...done });
  const givenUp = onlyWhere(done.givenUp, ['RouteDeadLetters', MetricUnit.Count, done.givenUp] as const);
  if (givenUp.length > 0) writeMetrics('route', work.route, givenUp);
  return done;
}
