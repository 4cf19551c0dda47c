import type { Hono } from 'hono';
import * as z from 'zod';
import type { PartitionOffsets } from '../../log/index.ts';
import type { TopicFetched, TopicInfo } from '../../topic/index.ts';
import { type HttpContext, type HttpEnv, type HttpPolicy, holdAnswer, unlessAborted, waitSignal } from '../context.ts';
import { stableFields } from '../held-back.ts';
import { HttpError } from '../http-error.ts';
import { FETCH_BYTES_DEFAULT } from '../limits.ts';
import { acceptFormat, reply, replyBytes } from '../reply.ts';
import { param, partitionParam, query, queryInt } from '../request.ts';
import type { HttpServices } from '../services.ts';
import { RecordsBody } from './records-body.ts';

/** Records of one `messages` request, unless it says otherwise: REST Proxy's default is 1, ours is of more use. */
const COUNT_DEFAULT = 100;
const COUNT_MAX = 10_000;

/** There are no brokers: to v2's clients, one leads every partition and is in sync. */
const REPLICAS = [{ broker: 0, leader: true, in_sync: true }];

export const messagesQuery = z.strictObject({
  offset: queryInt(0).optional(),
  count: queryInt(1, COUNT_MAX).default(COUNT_DEFAULT),
  max_bytes: queryInt(1).default(FETCH_BYTES_DEFAULT),
  timeout: queryInt(0).default(0),
});

/** Beyond REST Proxy: `timestamp` asks for the first event at or after it, too. */
export const offsetsQuery = z.strictObject({ timestamp: queryInt(0).optional() });

/**
 * REST Proxy v2's topics and partitions: `GET /topics`, `/topics/{topic}`, `…/partitions`, `…/partitions/{partition}`,
 * `…/offsets`; and reading a partition without a consumer: `…/messages?offset=…&count=…` (v1's name) or `…/records`.
 */
export function topicRoutes(app: Hono<HttpEnv>, services: HttpServices, policy: HttpPolicy): void {
  const { topics, events } = services;
  app.get('/topics', async (c) => {
    return reply(c, await policy.access.visible(c, 'TOPIC', await topics.names(), (name) => name));
  });
  app.get('/topics/:topic', async (c) => {
    const topic = await topics.describe(param(c, 'topic'));
    // Who may produce or consume may ask how many partitions there are, without being shown the settings.
    const named = { type: 'TOPIC', name: topic.name } as const;
    const configs = (await policy.access.may(c, 'DESCRIBE_CONFIGS', named)) ? topic.config : {};
    return reply(c, { name: topic.name, configs, partitions: partitionsOf(topic) });
  });
  app.get('/topics/:topic/partitions', async (c) => reply(c, partitionsOf(await topics.describe(param(c, 'topic')))));
  app.get('/topics/:topic/partitions/:partition', async (c) => {
    const topic = await topics.describe(param(c, 'topic'));
    return reply(c, partitionOf(requirePartition(topic, partitionParam(c))));
  });
  app.get('/topics/:topic/partitions/:partition/offsets', async (c) => {
    const topic = await topics.describe(param(c, 'topic'));
    const partition = requirePartition(topic, partitionParam(c));
    const { timestamp } = query(c, offsetsQuery);
    const [range] = await events.offsets(topic.name, [partition]);
    const offsets = await offsetRange(c, services, policy, range!);
    if (timestamp === undefined) return reply(c, offsets);
    const found = await events.offsetForTime(topic.name, partition, timestamp);
    return reply(c, { ...offsets, timestamp_offset: found?.offset ?? null });
  });
  const messages = (c: HttpContext) => read(c, services, policy);
  app.get('/topics/:topic/partitions/:partition/messages', messages);
  app.get('/topics/:topic/partitions/:partition/records', messages);
}

async function read(c: HttpContext, services: HttpServices, policy: HttpPolicy): Promise<Response> {
  const { limits, admission } = policy;
  const format = acceptFormat(c) ?? 'binary';
  const { offset, count, max_bytes, timeout } = query(c, messagesQuery);
  const topic = await services.topics.describe(param(c, 'topic'));
  const partition = requirePartition(topic, partitionParam(c));
  const bytesMax = Math.min(max_bytes, limits.fetchBytesMax);
  const from = offset ?? (await services.events.offsets(topic.name, [partition]))[0]!.logStartOffset;
  const body = new RecordsBody(format, { recordsMax: count, bytesMax }, limits);
  const maxWaitMs = Math.min(timeout, limits.pollMsMax);
  const signal = waitSignal(c, policy);
  const reads = [{ topic: topic.name, partition, offset: from, maxBytes: bytesMax }];
  const options = { maxBytes: bytesMax, minBytes: 1, maxWaitMs, signal };
  const [fetched] = await admission.poll(() =>
    unlessAborted<readonly TopicFetched[]>(signal, [], () => services.events.fetch(reads, options)),
  );
  if (fetched?.error) throw fetched.error;
  body.add(topic.name, partition, from, fetched?.batches ?? []);
  holdAnswer(c, policy, body.sizeBytes);
  return replyBytes(c, body.done(), `application/vnd.kafka.${format}.v2+json`);
}

/** @throws HttpError no_partition */
export function requirePartition(topic: TopicInfo, partition: number): number {
  if (partition < topic.partitions) return partition;
  throw new HttpError(
    'no_partition',
    `Topic "${topic.name}" has the partitions 0 to ${topic.partitions - 1}; there is no partition ${partition}.`,
  );
}

/** Where a partition begins and ends, and how far readers of what is committed get. */
export async function offsetRange(c: HttpContext, services: HttpServices, policy: HttpPolicy, range: PartitionOffsets) {
  const fields = await stableFields(c, services, policy, [range]);
  return { beginning_offset: range.logStartOffset, end_offset: range.highWatermark, ...fields(range) };
}

function partitionsOf(topic: TopicInfo) {
  return Array.from({ length: topic.partitions }, (_, partition) => partitionOf(partition));
}

function partitionOf(partition: number) {
  return { partition, leader: 0, replicas: REPLICAS };
}
