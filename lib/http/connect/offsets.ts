import type { Hono } from 'hono';
import * as z from 'zod';
import type { Routes } from '../../route/index.ts';
import type { HttpEnv, HttpPolicy } from '../context.ts';
import { reply } from '../reply.ts';
import { jsonBody, param, timeMs } from '../request.ts';

const count = z.int().min(0);
export const offsetsBody = z.strictObject({
  offsets: z
    .array(
      z.strictObject({
        partition: z.strictObject({ kafka_topic: z.string(), kafka_partition: count }),
        // null begins where a new connector would.
        offset: z.strictObject({ kafka_offset: count }).nullable(),
      }),
    )
    .min(1),
});
export const replayBody = z
  .strictObject({
    from: z.enum(['earliest', 'latest']).optional(),
    offset: count.optional(),
    time: timeMs.optional(),
    topic: z.string().optional(),
    partitions: z.array(count).min(1).optional(),
  })
  .refine((body) => [body.from, body.offset, body.time].filter((one) => one !== undefined).length === 1, {
    error: 'exactly one of "from" (earliest or latest), "offset" and "time" (ISO 8601, or milliseconds) is needed',
  });

interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** `GET`, `PATCH` and `DELETE /connectors/{name}/offsets` (KIP-875), and `POST /connectors/{name}/replay`. */
export function offsetRoutes(app: Hono<HttpEnv>, at: string, routes: Routes, policy: HttpPolicy): void {
  app.get(`${at}/offsets`, async (c) => reply(c, shown(await routes.offsets(param(c, 'name')))));
  app.patch(`${at}/offsets`, async (c) => {
    const name = param(c, 'name');
    const { offsets } = await jsonBody(c, policy, offsetsBody);
    const moves = offsets.map(({ partition, offset }) => ({
      topic: partition.kafka_topic,
      partition: partition.kafka_partition,
      offset: offset?.kafka_offset ?? null,
    }));
    await routes.alterOffsets(name, moves);
    return reply(c, { message: `The offsets for connector "${name}" have been altered.` });
  });
  app.delete(`${at}/offsets`, async (c) => {
    const name = param(c, 'name');
    await routes.resetOffsets(name);
    return reply(c, { message: `The offsets for connector "${name}" have been reset.` });
  });
  app.post(`${at}/replay`, async (c) => {
    const { from, offset, time, topic, partitions } = await jsonBody(c, policy, replayBody);
    const to = from ?? (offset === undefined ? { timeMs: time! } : { offset });
    const where = { ...(topic !== undefined && { topic }), ...(partitions && { partitions }) };
    return reply(c, shown(await routes.replay(param(c, 'name'), to, where)));
  });
}

function shown(positions: readonly Position[]) {
  const offsets = positions.map(({ topic, partition, offset }) => ({
    partition: { kafka_topic: topic, kafka_partition: partition },
    offset: { kafka_offset: offset },
  }));
  return { offsets };
}
