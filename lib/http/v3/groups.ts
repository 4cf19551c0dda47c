import type { Hono } from 'hono';
import { CLUSTER } from '../../auth/index.ts';
import type { GroupDescription, GroupLag, GroupListing, MemberDescription } from '../../group/index.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from '../context.ts';
import { stableFields } from '../held-back.ts';
import { HttpError } from '../http-error.ts';
import { reply } from '../reply.ts';
import { param } from '../request.ts';
import type { HttpServices } from '../services.ts';
import { clusterUrl, list, related, resource } from './resource.ts';

/** Kafka's names for what a group is at. */
const STATES = {
  empty: 'EMPTY',
  stable: 'STABLE',
  reconciling: 'PREPARING_REBALANCE',
  joining: 'PREPARING_REBALANCE',
  syncing: 'COMPLETING_REBALANCE',
} as const;

type PartitionLag = GroupLag['partitions'][number];

/**
 * REST Proxy v3's consumer groups: list, describe, delete; their consumers and assignments; `lags` and `lag-summary`. Below
 * `/v3/clusters/{cluster}/consumer-groups`.
 */
export function groupRoutes(app: Hono<HttpEnv>, services: HttpServices, policy: HttpPolicy, clusterId: string): void {
  const { groups } = services;
  const at = '/v3/clusters/:cluster/consumer-groups';
  const urlOf = (c: HttpContext, group: string) => {
    return `${clusterUrl(c, clusterId)}/consumer-groups/${encodeURIComponent(group)}`;
  };

  app.get(at, async (c) => {
    const seen = await visibleGroups(c, policy, await groups.list());
    const described = await Promise.all(seen.map(({ group }) => describeIfThere(services, group)));
    const all = described.flatMap((group) => (group ? [groupResource(urlOf(c, group.group), clusterId, group)] : []));
    return reply(c, list('KafkaConsumerGroupList', `${clusterUrl(c, clusterId)}/consumer-groups`, all));
  });
  app.get(`${at}/:group`, async (c) => {
    const group = await groups.describe(param(c, 'group'));
    return reply(c, groupResource(urlOf(c, group.group), clusterId, group));
  });
  app.delete(`${at}/:group`, async (c) => {
    await groups.delete(param(c, 'group'));
    return c.body(null, 204);
  });

  app.get(`${at}/:group/consumers`, async (c) => {
    const { group, members } = await groups.describe(param(c, 'group'));
    const self = `${urlOf(c, group)}/consumers`;
    const all = members.map((member) => consumerResource(self, clusterId, group, member));
    return reply(c, list('KafkaConsumerList', self, all));
  });
  app.get(`${at}/:group/consumers/:consumer`, async (c) => {
    const { group, members } = await groups.describe(param(c, 'group'));
    const member = requireMember(members, param(c, 'consumer'));
    return reply(c, consumerResource(`${urlOf(c, group)}/consumers`, clusterId, group, member));
  });
  app.get(`${at}/:group/consumers/:consumer/assignments`, async (c) => {
    const { group, members } = await groups.describe(param(c, 'group'));
    const member = requireMember(members, param(c, 'consumer'));
    const self = `${urlOf(c, group)}/consumers/${encodeURIComponent(member.memberId)}/assignments`;
    const seen = await policy.access.visible(c, 'TOPIC', member.assignment, ({ topic }) => topic ?? '');
    return reply(
      c,
      list('KafkaConsumerAssignmentList', self, assignmentsOf(self, clusterId, group, { ...member, assignment: seen })),
    );
  });
  lagRoutes(app, services, policy, clusterId, at, urlOf);
}

function lagRoutes(
  app: Hono<HttpEnv>,
  services: HttpServices,
  policy: HttpPolicy,
  clusterId: string,
  at: string,
  urlOf: (c: HttpContext, group: string) => string,
): void {
  // As OffsetFetch for all topics does: what one may not see is left out.
  const lagsOf = async (c: HttpContext, group: string) => {
    return policy.access.visible(c, 'TOPIC', (await services.groups.lag(group)).partitions, ({ topic }) => topic);
  };
  app.get(`${at}/:group/lags`, async (c) => {
    const group = param(c, 'group');
    const partitions = await lagsOf(c, group);
    const self = `${urlOf(c, group)}/lags`;
    const stable = await stableFields(c, services, policy, partitions);
    const lags = partitions.map((lag) => ({ ...lagOf(self, clusterId, group, lag), ...stable(lag) }));
    return reply(c, list('KafkaConsumerLagList', self, lags));
  });
  app.get(`${at}/:group/lag-summary`, async (c) => {
    const group = param(c, 'group');
    const partitions = await lagsOf(c, group);
    const max = partitions.reduce<PartitionLag | undefined>((most, one) => {
      return one.lag > (most?.lag ?? -1) ? one : most;
    }, undefined);
    const summary = resource('KafkaConsumerGroupLagSummary', `${urlOf(c, group)}/lag-summary`, {
      cluster_id: clusterId,
      consumer_group_id: group,
      max_lag_consumer_id: max?.memberId ?? null,
      max_lag_client_id: null,
      max_lag_instance_id: null,
      max_lag_topic_name: max?.topic ?? null,
      max_lag_partition_id: max?.partition ?? null,
      max_lag: max?.lag ?? 0,
      total_lag: partitions.reduce((sum, one) => sum + one.lag, 0),
    });
    return reply(c, summary);
  });
}

/** Who may describe the cluster sees all groups. Source: KafkaApis.handleListGroupsRequest. */
async function visibleGroups(
  c: HttpContext,
  { access }: HttpPolicy,
  groups: readonly GroupListing[],
): Promise<readonly GroupListing[]> {
  if (await access.may(c, 'DESCRIBE', CLUSTER)) return groups;
  return access.visible(c, 'GROUP', groups, ({ group }) => group);
}

/** A group that was deleted since it was listed is left out. */
async function describeIfThere({ groups }: HttpServices, group: string): Promise<GroupDescription | undefined> {
  try {
    return await groups.describe(group);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'group_unknown') return undefined;
    throw error;
  }
}

function groupResource(self: string, clusterId: string, { group, state, assignor, members }: GroupDescription) {
  return resource('KafkaConsumerGroup', self, {
    cluster_id: clusterId,
    consumer_group_id: group,
    is_simple: members.length === 0,
    partition_assignor: assignor,
    state: STATES[state],
    consumers: related(`${self}/consumers`),
    lag_summary: related(`${self}/lag-summary`),
  });
}

function consumerResource(base: string, clusterId: string, group: string, member: MemberDescription) {
  const self = `${base}/${encodeURIComponent(member.memberId)}`;
  return resource('KafkaConsumer', self, {
    cluster_id: clusterId,
    consumer_group_id: group,
    consumer_id: member.memberId,
    instance_id: member.instanceId ?? null,
    client_id: member.clientId ?? null,
    assignments: related(`${self}/assignments`),
  });
}

function assignmentsOf(self: string, clusterId: string, group: string, member: MemberDescription) {
  return member.assignment.flatMap(({ topic, partitions }) =>
    partitions.map((partition) =>
      resource('KafkaConsumerAssignment', `${self}/${topic}/${partition}`, {
        cluster_id: clusterId,
        consumer_group_id: group,
        consumer_id: member.memberId,
        topic_name: topic ?? null,
        partition_id: partition,
      }),
    ),
  );
}

/** A partition where nothing is committed has no current offset, and its lag counts from the start of the log. */
function lagOf(base: string, clusterId: string, group: string, one: PartitionLag) {
  return resource('KafkaConsumerLag', `${base}/${one.topic}~${one.partition}`, {
    cluster_id: clusterId,
    consumer_group_id: group,
    topic_name: one.topic,
    partition_id: one.partition,
    consumer_id: one.memberId ?? null,
    instance_id: null,
    client_id: null,
    current_offset: one.committed ?? null,
    log_end_offset: one.highWatermark,
    lag: one.lag,
  });
}

function requireMember(members: readonly MemberDescription[], id: string): MemberDescription {
  const member = members.find(({ memberId }) => memberId === id);
  if (member) return member;
  throw new HttpError('consumer_unknown', `The group has no consumer "${id.slice(0, 100)}".`);
}
