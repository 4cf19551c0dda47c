import type { Hono } from 'hono';
import * as z from 'zod';
import { checkSubscription, SESSION_TIMEOUT_MS, type Subscription } from '../../group/index.ts';
import { parseJson, withBody } from '../body.ts';
import { type HttpContext, type HttpEnv, type HttpPolicy, holdAnswer, waitSignal } from '../context.ts';
import { HttpError } from '../http-error.ts';
import { FETCH_BYTES_DEFAULT, POLL_MS_DEFAULT } from '../limits.ts';
import { acceptFormat, reply, replyBytes } from '../reply.ts';
import { instanceOf, jsonBody, param, parse, query, queryInt } from '../request.ts';
import type { HttpServices } from '../services.ts';
import { origin } from '../v3/resource.ts';
import type { InstanceConfig } from './instance-item.ts';
import { INSTANCE_NAME, Instances, listPlaces, placesOf } from './instances.ts';
import { Membership } from './membership.ts';
import { Poller } from './poll.ts';
import { pollRights, SubscribableTopics } from './poll-rights.ts';
import { positionRoutes } from './positions-routes.ts';

const MIN_BYTES_MAX = 8 * 1024 * 1024;
const ASSIGNED_MAX = 10_000;

/** Java clients send settings as strings, people as numbers and booleans: both are taken. */
const whole = (min: number, max: number) => z.coerce.number().pipe(z.int().min(min).max(max));
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

export const createInstanceBody = z.strictObject({
  name: z.string().regex(INSTANCE_NAME, 'must be 1 to 200 of the characters A-Z a-z 0-9 . _ -').optional(),
  format: z.enum(['binary', 'json']).default('binary'),
  'auto.offset.reset': z.enum(['earliest', 'latest', 'none']).default('latest'),
  'auto.commit.enable': flag.default(true),
  'fetch.min.bytes': whole(-1, MIN_BYTES_MAX).default(1),
  'consumer.request.timeout.ms': whole(0, 600_000).default(POLL_MS_DEFAULT),
  'session.timeout.ms': whole(SESSION_TIMEOUT_MS.min, SESSION_TIMEOUT_MS.max).default(SESSION_TIMEOUT_MS.default),
});

export const subscriptionBody = z
  .strictObject({ topics: z.array(z.string().min(1)).min(1).optional(), topic_pattern: z.string().min(1).optional() })
  .refine((body) => (body.topics === undefined) !== (body.topic_pattern === undefined), {
    error: 'exactly one of "topics" and "topic_pattern" is needed',
  });

const partition = z.int().min(0);
export const assignmentsBody = z.strictObject({
  partitions: z.array(z.strictObject({ topic: z.string().min(1), partition })).max(ASSIGNED_MAX),
});

export const recordsQuery = z.strictObject({
  timeout: queryInt(0).optional(),
  max_bytes: queryInt(1).default(FETCH_BYTES_DEFAULT),
});

/**
 * REST Proxy v2's consumers: `POST /consumers/{group}` makes an instance; below `/consumers/{group}/instances/{instance}`
 * lie `subscription`, `assignments`, `records`, `offsets` and `positions`. Unlike REST Proxy's, an instance is bound to no
 * process: its state is in the store.
 */
export function consumerRoutes(app: Hono<HttpEnv>, services: HttpServices, policy: HttpPolicy): void {
  const instances = new Instances(services);
  const membership = new Membership(services);
  const poller = new Poller(services, instances, policy);
  const subscribable = new SubscribableTopics(services);
  const at = '/consumers/:group/instances/:instance';

  app.post('/consumers/:group', (c) => create(c, instances, policy));
  app.delete(at, async (c) => {
    const [group, id] = instanceOf(c);
    const { instance } = await instances.load(group, id);
    const mayCommit = () => policy.access.mayTopics(c, 'READ', instance.places.keys());
    const commits = instance.config.autoCommit && instance.memberEpoch > 0 && (await mayCommit());
    if (commits) await membership.commitLast(group, instance);
    await membership.leave(group, instance);
    await instances.remove(group, id);
    return c.body(null, 204);
  });

  app.get(`${at}/records`, async (c) => {
    const [group, id] = instanceOf(c);
    const asked = query(c, recordsQuery);
    const format = acceptFormat(c);
    const bytesMax = Math.min(asked.max_bytes, policy.limits.fetchBytesMax);
    const request = {
      group,
      id,
      format,
      timeoutMs: asked.timeout,
      bytesMax,
      signal: c.req.raw.signal,
      waiting: waitSignal(c, policy),
      rights: pollRights(c, policy, subscribable),
      hold: (sizeBytes: number) => holdAnswer(c, policy, sizeBytes),
    };
    const answer = await policy.admission.poll(() => poller.poll(request));
    return replyBytes(c, answer.body, `application/vnd.kafka.${answer.format}.v2+json`);
  });

  subscriptionRoutes(app, at, instances, membership, policy);
  positionRoutes(app, at, services, instances, policy);
}

function subscriptionRoutes(
  app: Hono<HttpEnv>,
  at: string,
  instances: Instances,
  membership: Membership,
  policy: HttpPolicy,
): void {
  app.post(`${at}/subscription`, async (c) => {
    const [group, id] = instanceOf(c);
    const body = await jsonBody(c, policy, subscriptionBody);
    const wanted: Subscription = body.topics ? { topics: [...new Set(body.topics)] } : { pattern: body.topic_pattern! };
    checkSubscription(wanted);
    await policy.access.requireTopics(c, 'READ', body.topics ?? []);
    await instances.change(group, id, (instance) => {
      if (instance.wanted !== 'assigned') return { ...instance, wanted };
      throw new HttpError('instance_state', `The consumer instance "${id}" has an assignment; it can't subscribe too.`);
    });
    return c.body(null, 204);
  });
  app.get(`${at}/subscription`, async (c) => {
    const [group, id] = instanceOf(c);
    const { wanted } = (await instances.load(group, id)).instance;
    if (wanted === undefined || wanted === 'assigned') return reply(c, { topics: [] });
    return reply(c, 'topics' in wanted ? { topics: wanted.topics } : { topics: [], topic_pattern: wanted.pattern });
  });
  app.delete(`${at}/subscription`, async (c) => {
    const [group, id] = instanceOf(c);
    await instances.change(group, id, async (instance) => {
      return { ...(await membership.leave(group, instance)), wanted: undefined, places: new Map() };
    });
    return c.body(null, 204);
  });
  app.post(`${at}/assignments`, async (c) => {
    const [group, id] = instanceOf(c);
    const { partitions } = await jsonBody(c, policy, assignmentsBody);
    await policy.access.requireTopics(
      c,
      'READ',
      partitions.map(({ topic }) => topic),
    );
    await instances.change(group, id, (instance) => {
      if (instance.wanted !== undefined && instance.wanted !== 'assigned') {
        throw new HttpError('instance_state', `The consumer instance "${id}" is subscribed; it can't be assigned too.`);
      }
      const places = placesOf(
        partitions.map((one) => {
          const known = instance.places.get(one.topic)?.get(one.partition);
          return { ...one, position: known?.position ?? -1, committed: known?.committed ?? -1 };
        }),
      );
      return { ...instance, wanted: 'assigned' as const, places };
    });
    return c.body(null, 204);
  });
  app.get(`${at}/assignments`, async (c) => {
    const [group, id] = instanceOf(c);
    const { places } = (await instances.load(group, id)).instance;
    return reply(c, { partitions: listPlaces(places).map(({ topic, partition }) => ({ topic, partition })) });
  });
}

async function create(c: HttpContext, instances: Instances, policy: HttpPolicy): Promise<Response> {
  const group = param(c, 'group');
  const { name, ...body } = await withBody(c, policy, (bytes) => {
    return parse(
      createInstanceBody,
      bytes.length === 0 ? {} : parseJson(bytes, policy.limits),
      'consumer_config_invalid',
    );
  });
  const config: InstanceConfig = {
    format: body.format,
    reset: body['auto.offset.reset'],
    autoCommit: body['auto.commit.enable'],
    minBytes: Math.max(1, body['fetch.min.bytes']), // REST Proxy's -1 means its default
    pollMs: body['consumer.request.timeout.ms'],
    sessionTimeoutMs: body['session.timeout.ms'],
  };
  const id = await instances.create(group, name, config);
  const base = `${origin(c)}/consumers/${encodeURIComponent(group)}/instances/${encodeURIComponent(id)}`;
  return reply(c, { instance_id: id, base_uri: base });
}
