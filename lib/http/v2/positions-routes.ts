import type { Hono } from 'hono';
import * as z from 'zod';
import { parseJson, withBody } from '../body.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from '../context.ts';
import { HttpError } from '../http-error.ts';
import { reply } from '../reply.ts';
import { instanceOf, jsonBody, parse } from '../request.ts';
import type { HttpServices } from '../services.ts';
import type { Instance, OffsetReset } from './instance-item.ts';
import { type Instances, listPlaces, type PlaceAt, withPlaces } from './instances.ts';
import { committer, Membership } from './membership.ts';
import { resetPlaces } from './positions.ts';

const PARTITIONS_MAX = 10_000;

const topicPartition = { topic: z.string().min(1), partition: z.int().min(0) };
/** The offset behind it is committed, and stored one higher: see `placesBytes`. */
const OFFSET_MAX = Number.MAX_SAFE_INTEGER - 2;
const offset = z.int().min(0).max(OFFSET_MAX);
export const positionsBody = z.strictObject({
  offsets: z.array(z.strictObject({ ...topicPartition, offset, metadata: z.string().nullish() })).max(PARTITIONS_MAX),
});
export const partitionsBody = z.strictObject({
  partitions: z.array(z.strictObject(topicPartition)).max(PARTITIONS_MAX),
});

/** `offsets` (what is committed) and `positions` (what is read next) of a consumer instance. */
export function positionRoutes(
  app: Hono<HttpEnv>,
  at: string,
  services: HttpServices,
  instances: Instances,
  policy: HttpPolicy,
): void {
  app.post(`${at}/offsets`, (c) => commit(c, services, instances, policy));
  app.get(`${at}/offsets`, (c) => committed(c, services, instances, policy));
  app.post(`${at}/positions`, async (c) => {
    const { offsets } = await jsonBody(c, policy, positionsBody);
    await policy.access.requireTopics(c, 'READ', topicsOf(offsets));
    const asked = offsets.map((one) => ({ ...one, position: one.offset }));
    return move(c, instances, asked, (places) =>
      places.map((place, i) => ({ ...place, position: asked[i]!.position })),
    );
  });
  for (const [path, to] of [
    ['beginning', 'earliest'],
    ['end', 'latest'],
  ] as const) {
    app.post(`${at}/positions/${path}`, async (c) => {
      const { partitions } = await jsonBody(c, policy, partitionsBody);
      await policy.access.requireTopics(c, 'READ', topicsOf(partitions));
      return move(c, instances, partitions, (places) => resetEach(services, places, to));
    });
  }
}

/**
 * Commits what the instance was given so far (no body), or the offsets in the body. As in REST Proxy, an offset there is
 * that of the last record that was worked on: what is committed is the one behind it.
 */
async function commit(
  c: HttpContext,
  services: HttpServices,
  instances: Instances,
  policy: HttpPolicy,
): Promise<Response> {
  const [group, id] = instanceOf(c);
  const offsets = await withBody(c, policy, (bytes) => {
    return bytes.length === 0 ? undefined : parse(positionsBody, parseJson(bytes, policy.limits)).offsets;
  });
  await policy.access.requireTopics(c, 'READ', topicsOf(offsets ?? []));
  const membership = new Membership(services);
  await instances.change(group, id, async (instance) => {
    if (instance.memberEpoch === 0 && instance.wanted !== 'assigned') {
      throw new HttpError(
        'instance_state',
        `The consumer instance "${id}" has no partitions yet: ask for records first.`,
      );
    }
    if (offsets === undefined) {
      await policy.access.requireTopics(c, 'READ', instance.places.keys());
      return membership.commit(group, instance);
    }
    const next = offsets.map(({ topic, partition, offset, metadata }) => ({
      topic,
      partition,
      offset: offset + 1,
      ...(metadata != null && { metadata }),
    }));
    await services.groups.commit(group, next, committer(instance));
    const places = new Map(listPlaces(instance.places).map((place) => [`${place.topic}/${place.partition}`, place]));
    const noted = next.flatMap((one): PlaceAt[] => {
      const place = places.get(`${one.topic}/${one.partition}`);
      return place ? [{ ...place, committed: one.offset }] : [];
    });
    return { ...instance, places: withPlaces(instance.places, noted) };
  });
  return reply(c, []);
}

/** What the group has committed: of the partitions named (in the body, as REST Proxy has it, or the query), or of its own. */
async function committed(
  c: HttpContext,
  services: HttpServices,
  instances: Instances,
  policy: HttpPolicy,
): Promise<Response> {
  const [group, id] = instanceOf(c);
  const { instance } = await instances.load(group, id);
  const named = await withBody(c, policy, (bytes) => {
    return bytes.length === 0 ? queried(c) : parse(partitionsBody, parseJson(bytes, policy.limits)).partitions;
  });
  const asked = named ?? listPlaces(instance.places);
  await policy.access.requireTopics(c, 'DESCRIBE', topicsOf(asked));
  const offsets: object[] = [];
  for (const [topic, partitions] of Map.groupBy(asked, (one) => one.topic)) {
    const wanted = new Set(partitions.map((one) => one.partition));
    for (const { partition, offset, metadata } of await services.groups.committed(group, topic)) {
      if (wanted.has(partition)) offsets.push({ topic, partition, offset, metadata: metadata ?? '' });
    }
  }
  return reply(c, { offsets });
}

function topicsOf(places: readonly { readonly topic: string }[]): string[] {
  return places.map(({ topic }) => topic);
}

/** `?topic=orders&partition=0&partition=1`: for clients that can't send a body with GET. */
function queried(c: HttpContext): { topic: string; partition: number }[] | undefined {
  const topic = c.req.query('topic');
  if (topic === undefined) return undefined;
  const partitions = (c.req.queries('partition') ?? []).map((text) => ({ topic, partition: Number(text) }));
  return parse(partitionsBody, { partitions }).partitions;
}

async function move(
  c: HttpContext,
  instances: Instances,
  asked: readonly { topic: string; partition: number }[],
  to: (places: PlaceAt[]) => PlaceAt[] | Promise<PlaceAt[]>,
): Promise<Response> {
  const [group, id] = instanceOf(c);
  await instances.change(group, id, async (instance) => {
    const places = asked.map(({ topic, partition }) => placeOf(instance, id, topic, partition));
    return { ...instance, places: withPlaces(instance.places, await to(places)) };
  });
  return c.body(null, 204);
}

function placeOf(instance: Instance, id: string, topic: string, partition: number): PlaceAt {
  const place = instance.places.get(topic)?.get(partition);
  if (place) return { topic, partition, ...place };
  throw new HttpError(
    'instance_state',
    `Partition ${partition} of topic "${topic}" is not assigned to the consumer instance "${id}" (a subscriber is assigned partitions when it asks for records).`,
  );
}

async function resetEach(services: HttpServices, places: PlaceAt[], to: OffsetReset): Promise<PlaceAt[]> {
  const moved: PlaceAt[] = [];
  for (const some of Map.groupBy(places, (place) => place.topic).values()) {
    moved.push(...(await resetPlaces(services, some, to)));
  }
  return moved;
}
