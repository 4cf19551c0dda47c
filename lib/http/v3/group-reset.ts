import type { Hono } from 'hono';
import * as z from 'zod';
import type { HttpEnv, HttpPolicy } from '../context.ts';
import { reply } from '../reply.ts';
import { jsonBody, param, timeMs } from '../request.ts';
import type { HttpServices } from '../services.ts';

const count = z.int().min(0);
export const resetBody = z
  .strictObject({
    topic: z.string(),
    partitions: z.array(count).min(1).optional(),
    to: z.enum(['earliest', 'latest']).optional(),
    offset: count.optional(),
    time: timeMs.optional(),
    by: z.int().optional(),
    dry_run: z.boolean().default(false),
  })
  .refine(({ to, offset, time, by }) => [to, offset, time, by].filter((one) => one !== undefined).length === 1, {
    error: 'exactly one of "to" (earliest or latest), "offset", "time" (ISO 8601, or milliseconds) and "by" is needed',
  });

/**
 * Beyond REST Proxy: `POST /v3/clusters/{cluster}/consumer-groups/{group}/reset` moves what a group without members reads
 * next in a topic, to where the body says. Answers where each partition was, and where it is.
 *
 * @example
 * POST …/consumer-groups/billing/reset {"topic":"orders","time":"2026-01-31T08:00:00Z"}
 * // {"data":[{"partition":0,"from":17,"to":4}]}
 */
export function groupResetRoutes(app: Hono<HttpEnv>, { groups }: HttpServices, policy: HttpPolicy): void {
  app.post('/v3/clusters/:cluster/consumer-groups/:group/reset', async (c) => {
    const { topic, partitions, to, offset, time, by, dry_run } = await jsonBody(c, policy, resetBody);
    await policy.access.requireTopics(c, 'READ', [topic]);
    const target = to ?? (offset !== undefined ? { offset } : time !== undefined ? { timeMs: time } : { by: by! });
    const moved = await groups.reset(param(c, 'group'), topic, target, { partitions, dryRun: dry_run });
    return reply(c, { data: moved.map(({ partition, from, to }) => ({ partition, from: from ?? null, to })) });
  });
}
