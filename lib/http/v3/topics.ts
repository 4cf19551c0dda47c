import type { Hono } from 'hono';
import * as z from 'zod';
import type { TopicInfo } from '../../topic/index.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from '../context.ts';
import { HttpError } from '../http-error.ts';
import { reply } from '../reply.ts';
import { jsonBody, param, partitionParam } from '../request.ts';
import type { HttpServices } from '../services.ts';
import { offsetRange, requirePartition } from '../v2/topics.ts';
import { clusterUrl, list, related, resource } from './resource.ts';

export const createTopicBody = z.strictObject({
  topic_name: z.string(),
  partitions_count: z.int().min(1).optional(),
  // There are no replicas to place; clients send it out of habit, so any number is taken.
  replication_factor: z.int().min(-1).optional(),
  configs: z.array(z.strictObject({ name: z.string(), value: z.string().nullish() })).default([]),
  validate_only: z.boolean().default(false),
});

export const growBody = z.strictObject({ partitions_count: z.int().min(1) });

/**
 * REST Proxy v3's topics: list, create, describe, delete, more partitions (`PATCH` with `partitions_count`), and their
 * partitions. Below `/v3/clusters/{cluster}`.
 */
export function v3TopicRoutes(app: Hono<HttpEnv>, services: HttpServices, policy: HttpPolicy, clusterId: string): void {
  const { topics, events } = services;
  const at = '/v3/clusters/:cluster/topics';
  const shown = (c: HttpContext, topic: TopicInfo) => topicResource(clusterUrl(c, clusterId), clusterId, topic);

  app.get(at, async (c) => {
    const seen = await policy.access.visible(c, 'TOPIC', await topics.list(), ({ name }) => name);
    const all = seen.map((topic) => shown(c, topic));
    return reply(c, list('KafkaTopicList', `${clusterUrl(c, clusterId)}/topics`, all));
  });
  app.post(at, async (c) => {
    const body = await jsonBody(c, policy, createTopicBody);
    await policy.access.requireTopicOrCluster(c, 'CREATE', body.topic_name);
    if (body.validate_only) throw new HttpError('request_invalid', '"validate_only" is not supported.');
    const set = body.configs.flatMap(({ name, value }): [string, string][] => (value == null ? [] : [[name, value]]));
    const config = Object.fromEntries(set); // an assignment would lose "__proto__", which is to be refused
    const options = body.partitions_count === undefined ? { config } : { config, partitions: body.partitions_count };
    return reply(c, shown(c, await topics.create(body.topic_name, options)), 201);
  });
  app.get(`${at}/:topic`, async (c) => reply(c, shown(c, await topics.describe(param(c, 'topic')))));
  app.patch(`${at}/:topic`, async (c) => {
    const { partitions_count } = await jsonBody(c, policy, growBody);
    return reply(c, shown(c, await topics.addPartitions(param(c, 'topic'), partitions_count)));
  });
  app.delete(`${at}/:topic`, async (c) => {
    await topics.delete(param(c, 'topic'));
    return c.body(null, 204);
  });

  app.get(`${at}/:topic/partitions`, async (c) => {
    const topic = await topics.describe(param(c, 'topic'));
    const base = `${clusterUrl(c, clusterId)}/topics/${topic.name}/partitions`;
    const all = Array.from({ length: topic.partitions }, (_, partition) =>
      partitionResource(base, clusterId, topic.name, partition),
    );
    return reply(c, list('KafkaPartitionList', base, all));
  });
  app.get(`${at}/:topic/partitions/:partition`, async (c) => {
    const topic = await topics.describe(param(c, 'topic'));
    const partition = requirePartition(topic, partitionParam(c));
    const base = `${clusterUrl(c, clusterId)}/topics/${topic.name}/partitions`;
    return reply(c, partitionResource(base, clusterId, topic.name, partition));
  });
  // Beyond REST Proxy: v3 has no way to ask for offsets.
  app.get(`${at}/:topic/partitions/:partition/offsets`, async (c) => {
    const topic = await topics.describe(param(c, 'topic'));
    const [range] = await events.offsets(topic.name, [requirePartition(topic, partitionParam(c))]);
    return reply(c, await offsetRange(c, services, policy, range!));
  });
}

function topicResource(cluster: string, clusterId: string, topic: TopicInfo) {
  const self = `${cluster}/topics/${topic.name}`;
  return resource('KafkaTopic', self, {
    cluster_id: clusterId,
    topic_name: topic.name,
    is_internal: false,
    // What one object store or disk keeps is one copy, to those who ask for brokers.
    replication_factor: 1,
    partitions_count: topic.partitions,
    partitions: related(`${self}/partitions`),
    configs: related(`${self}/configs`),
    authorized_operations: [],
  });
}

function partitionResource(base: string, clusterId: string, topic: string, partition: number) {
  return resource('KafkaPartition', `${base}/${partition}`, {
    cluster_id: clusterId,
    topic_name: topic,
    partition_id: partition,
  });
}
