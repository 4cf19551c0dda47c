import type { Hono } from 'hono';
import type { Committer, Consumed } from '../../group/index.ts';
import { withBody } from '../body.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from '../context.ts';
import { HttpError } from '../http-error.ts';
import { reply } from '../reply.ts';
import { idempotencyKey } from '../request.ts';
import type { HttpServices } from '../services.ts';
import { Instances } from '../v2/instances.ts';
import { committer } from '../v2/membership.ts';
import { idempotent } from '../v2/produce.ts';
import { clusterUrl, requireCluster } from './resource.ts';
import { byTopic, type GroupOffsets, parseTransaction, type TransactionIn } from './transaction-body.ts';

/**
 * `POST /v3/clusters/{cluster}/transactions`: records of any number of topics, and offsets that groups have consumed, stored
 * in one transaction of the store. All of it happens, or nothing: readers see every record or none, and a group whose
 * member was fenced, or that has come further than `from_offset`, refuses the records, too. Beyond Kafka's REST Proxy.
 *
 * Limits: 100 items, of which each ledger (32 partitions of a topic, as a rule) that records go to takes one, each group
 * one, each ledger of consumed partitions one, the Idempotency-Key one; and the body's size.
 */
export function transactionRoutes(
  app: Hono<HttpEnv>,
  services: HttpServices,
  policy: HttpPolicy,
  clusterId: string,
): void {
  const instances = new Instances(services);
  app.post('/v3/clusters/:cluster/transactions', (c) => {
    requireCluster(c, clusterId);
    const key = idempotencyKey(c, policy);
    return withBody(c, policy, async (bytes) => {
      const options = key === undefined ? {} : idempotent(key, bytes);
      const transaction = parseTransaction(bytes, policy.limits);
      await requireRights(c, policy, services, transaction);
      const consumed = await Promise.all(transaction.offsets.map((one) => consumedOf(instances, one)));
      const { topics, places } = byTopic(transaction.records);
      if (topics.length === 0 && key === undefined) {
        await services.groups.commitConsumed(consumed);
        return reply(c, answer(c, clusterId, []));
      }
      const beside = await services.groups.consumed(consumed);
      const placed = await services.events.transact(topics, beside, options);
      const records = places.map(({ topic, event }) => {
        const { partition, offset } = placed[topic]![event]!;
        return { topic_name: topics[topic]!.topic, partition_id: partition, offset };
      });
      return reply(c, answer(c, clusterId, records));
    });
  });
}

function answer(c: HttpContext, clusterId: string, records: readonly object[]): object {
  return {
    kind: 'KafkaTransaction',
    metadata: { self: `${clusterUrl(c, clusterId)}/transactions` },
    cluster_id: clusterId,
    records,
  };
}

/** Nobody may learn by a transaction what exists: rights come first. Groups that hold routes' positions are theirs alone. */
async function requireRights(
  c: HttpContext,
  { access }: HttpPolicy,
  { routes }: HttpServices,
  { records, offsets }: TransactionIn,
): Promise<void> {
  await access.requireTopics(
    c,
    'WRITE',
    records.map(({ topic }) => topic),
  );
  for (const { consumer_group_id: group, partitions } of offsets) {
    await access.require(c, 'READ', { type: 'GROUP', name: group });
    await access.requireTopics(
      c,
      'READ',
      partitions.map(({ topic_name: topic }) => topic),
    );
    await routes.requireNoRoutes(group);
  }
}

async function consumedOf(instances: Instances, given: GroupOffsets): Promise<Consumed> {
  const { consumer_group_id: group, partitions } = given;
  const offsets = partitions.map(({ topic_name: topic, partition_id: partition, offset, from_offset, metadata }) => {
    return { topic, partition, offset, from: from_offset, ...(metadata != null && { metadata }) };
  });
  return { group, as: await committerOf(instances, given), offsets };
}

/** @throws HttpError instance_unknown, instance_state */
async function committerOf(instances: Instances, given: GroupOffsets): Promise<Committer> {
  const { consumer_group_id: group, consumer_instance: name, consumer_id: memberId, consumer_epoch: epoch } = given;
  if (name !== undefined) {
    const { instance } = await instances.load(group, name);
    if (instance.memberEpoch === 0 && instance.wanted !== 'assigned')
      throw new HttpError(
        'instance_state',
        `The consumer instance "${name}" has no partitions yet: ask for records first.`,
      );
    return committer(instance);
  }
  if (memberId === undefined || epoch === undefined) return 'anyone';
  return { memberId, memberEpoch: epoch, instanceId: given.instance_id };
}
