import type { AskedOperation, ResourceType } from '../../auth/index.ts';

/*
 * What each request needs, as Kafka asks it of the requests that REST Proxy would make of it. `guardRoutes` checks what the
 * path names before anything else is done; what the body or a consumer instance names is checked by the handler, on the
 * very values that it uses. httpApp does not start with a route that is not in here, and docs/security.md shows the table.
 */

/**
 * Where the resource's name comes from.
 *
 * - `path`: the parameter `:topic` or `:group`; the cluster needs none. Checked before the handler.
 * - `request`: topics that the body names, or that the consumer instance has. Checked by the handler.
 * - `listed`: what the answer shows; what may not be seen is left out.
 * - `orCluster`: the topic that the body names, or else the cluster. Checked by the handler.
 */
export type NameFrom = 'path' | 'request' | 'listed' | 'orCluster';

export interface Need {
  readonly operation: AskedOperation;
  readonly type: ResourceType;
  readonly from: NameFrom;
}

/** `open`: nothing at all; `principal`: to be somebody; else all of the needs. */
export type Requirement = 'open' | 'principal' | readonly Need[];

const topic = (operation: AskedOperation, from: NameFrom = 'path'): Need => ({ operation, type: 'TOPIC', from });
const group = (operation: AskedOperation, from: NameFrom = 'path'): Need => ({ operation, type: 'GROUP', from });
const cluster = (operation: AskedOperation): Need => ({ operation, type: 'CLUSTER', from: 'path' });

const SEE_TOPIC = [topic('DESCRIBE')];
const READ_GROUP = [group('READ')];
const CONSUME = [group('READ'), topic('READ', 'request')];
const SEE_GROUP = [group('DESCRIBE')];
const SEE_GROUP_TOPICS = [group('DESCRIBE'), topic('DESCRIBE', 'listed')];
const SEE_CLUSTER = [cluster('DESCRIBE')];
const CHANGE_CLUSTER = [cluster('ALTER')];

const INSTANCE = '/consumers/:group/instances/:instance';
const TOPICS = '/v3/clusters/:cluster/topics';
const GROUPS = '/v3/clusters/:cluster/consumer-groups';
const CONNECTOR = '/connectors/:name';

/** Method and path, as they are registered, and what they need. */
export const REQUIREMENTS: Readonly<Record<string, Requirement>> = {
  // Whatever asks for health has no name.
  'GET /health': 'open',
  'GET /health/ready': 'open',
  'GET /': 'principal',
  'GET /openapi.json': 'principal',

  'GET /topics': [topic('DESCRIBE', 'listed')],
  'GET /topics/:topic': SEE_TOPIC,
  'GET /topics/:topic/partitions': SEE_TOPIC,
  'GET /topics/:topic/partitions/:partition': SEE_TOPIC,
  'GET /topics/:topic/partitions/:partition/offsets': SEE_TOPIC,
  'GET /topics/:topic/partitions/:partition/messages': [topic('READ')],
  'GET /topics/:topic/partitions/:partition/records': [topic('READ')],
  'POST /topics/:topic': [topic('WRITE')],
  'POST /topics/:topic/partitions/:partition': [topic('WRITE')],

  // The queue's reader writes what these took in: they are asked, not it.
  'POST /buffered/topics/:topic': [topic('WRITE')],
  'POST /buffered/topics/:topic/partitions/:partition': [topic('WRITE')],

  'POST /consumers/:group': READ_GROUP,
  [`DELETE ${INSTANCE}`]: READ_GROUP,
  [`GET ${INSTANCE}/records`]: CONSUME,
  [`POST ${INSTANCE}/subscription`]: CONSUME,
  [`GET ${INSTANCE}/subscription`]: READ_GROUP,
  [`DELETE ${INSTANCE}/subscription`]: READ_GROUP,
  [`POST ${INSTANCE}/assignments`]: CONSUME,
  [`GET ${INSTANCE}/assignments`]: READ_GROUP,
  [`POST ${INSTANCE}/offsets`]: CONSUME,
  [`GET ${INSTANCE}/offsets`]: [group('DESCRIBE'), topic('DESCRIBE', 'request')],
  [`POST ${INSTANCE}/positions`]: CONSUME,
  [`POST ${INSTANCE}/positions/beginning`]: CONSUME,
  [`POST ${INSTANCE}/positions/end`]: CONSUME,

  'GET /v3/clusters': 'principal',
  'GET /v3/clusters/:cluster': 'principal',
  [`GET ${TOPICS}`]: [topic('DESCRIBE', 'listed')],
  [`POST ${TOPICS}`]: [topic('CREATE', 'orCluster')],
  [`GET ${TOPICS}/:topic`]: SEE_TOPIC,
  [`PATCH ${TOPICS}/:topic`]: [topic('ALTER')],
  [`DELETE ${TOPICS}/:topic`]: [topic('DELETE')],
  [`GET ${TOPICS}/:topic/partitions`]: SEE_TOPIC,
  [`GET ${TOPICS}/:topic/partitions/:partition`]: SEE_TOPIC,
  [`GET ${TOPICS}/:topic/partitions/:partition/offsets`]: SEE_TOPIC,
  [`GET ${TOPICS}/:topic/configs`]: [topic('DESCRIBE_CONFIGS')],
  [`POST ${TOPICS}/:topic/:action{configs:alter}`]: [topic('ALTER_CONFIGS')],
  [`GET ${TOPICS}/:topic/configs/:name`]: [topic('DESCRIBE_CONFIGS')],
  [`PUT ${TOPICS}/:topic/configs/:name`]: [topic('ALTER_CONFIGS')],
  [`DELETE ${TOPICS}/:topic/configs/:name`]: [topic('ALTER_CONFIGS')],
  [`POST ${TOPICS}/:topic/records`]: [topic('WRITE')],
  'POST /v3/clusters/:cluster/transactions': [
    topic('WRITE', 'request'),
    group('READ', 'request'),
    topic('READ', 'request'),
  ],

  [`GET ${GROUPS}`]: [group('DESCRIBE', 'listed')],
  [`GET ${GROUPS}/:group`]: SEE_GROUP,
  [`DELETE ${GROUPS}/:group`]: [group('DELETE')],
  [`GET ${GROUPS}/:group/consumers`]: SEE_GROUP,
  [`GET ${GROUPS}/:group/consumers/:consumer`]: SEE_GROUP,
  [`GET ${GROUPS}/:group/consumers/:consumer/assignments`]: SEE_GROUP_TOPICS,
  [`GET ${GROUPS}/:group/lags`]: SEE_GROUP_TOPICS,
  [`GET ${GROUPS}/:group/lag-summary`]: SEE_GROUP_TOPICS,
  [`POST ${GROUPS}/:group/reset`]: CONSUME,

  'GET /v3/clusters/:cluster/acls': SEE_CLUSTER,
  'POST /v3/clusters/:cluster/acls': CHANGE_CLUSTER,
  'DELETE /v3/clusters/:cluster/acls': CHANGE_CLUSTER,
  'POST /v3/clusters/:cluster/:action{acls:batch}': CHANGE_CLUSTER,
  'GET /v3/clusters/:cluster/users': SEE_CLUSTER,
  'PUT /v3/clusters/:cluster/users/:user': CHANGE_CLUSTER,
  'DELETE /v3/clusters/:cluster/users/:user': CHANGE_CLUSTER,

  // A route acts with the platform's own rights: who may make one may read every topic, and send it anywhere.
  'GET /connectors': SEE_CLUSTER,
  'POST /connectors': CHANGE_CLUSTER,
  [`GET ${CONNECTOR}`]: SEE_CLUSTER,
  [`DELETE ${CONNECTOR}`]: CHANGE_CLUSTER,
  [`GET ${CONNECTOR}/config`]: SEE_CLUSTER,
  [`PUT ${CONNECTOR}/config`]: CHANGE_CLUSTER,
  [`PATCH ${CONNECTOR}/config`]: CHANGE_CLUSTER,
  [`GET ${CONNECTOR}/status`]: SEE_CLUSTER,
  [`GET ${CONNECTOR}/topics`]: SEE_CLUSTER,
  [`PUT ${CONNECTOR}/pause`]: CHANGE_CLUSTER,
  [`PUT ${CONNECTOR}/resume`]: CHANGE_CLUSTER,
  [`PUT ${CONNECTOR}/stop`]: CHANGE_CLUSTER,
  [`POST ${CONNECTOR}/restart`]: CHANGE_CLUSTER,
  [`GET ${CONNECTOR}/tasks`]: SEE_CLUSTER,
  [`GET ${CONNECTOR}/tasks/:task/status`]: SEE_CLUSTER,
  [`POST ${CONNECTOR}/tasks/:task/restart`]: CHANGE_CLUSTER,
  [`GET ${CONNECTOR}/offsets`]: SEE_CLUSTER,
  [`PATCH ${CONNECTOR}/offsets`]: CHANGE_CLUSTER,
  [`DELETE ${CONNECTOR}/offsets`]: CHANGE_CLUSTER,
  [`POST ${CONNECTOR}/replay`]: CHANGE_CLUSTER,
  'GET /connector-plugins': 'principal',
  'PUT /connector-plugins/:plugin/config/validate': CHANGE_CLUSTER,
};
