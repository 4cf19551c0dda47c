import type { ZodType } from 'zod';
import { createConnectorBody } from '../connect/connectors.ts';
import { offsetsBody, replayBody } from '../connect/offsets.ts';
import { assignmentsBody, createInstanceBody, recordsQuery, subscriptionBody } from '../v2/consumers.ts';
import { partitionsBody, positionsBody } from '../v2/positions-routes.ts';
import { messagesQuery, offsetsQuery } from '../v2/topics.ts';
import { batchBody, bindingBody, deleteQuery, searchQuery } from '../v3/acls.ts';
import { alterConfigsBody, valueBody } from '../v3/configs.ts';
import { resetBody } from '../v3/group-reset.ts';
import { createTopicBody, growBody } from '../v3/topics.ts';
import { userBody } from '../v3/users.ts';
import type { Schema } from './schema.ts';
import { COMMIT_BODY, CONFIG_BODY, PATCH_BODY, PRODUCE_BODY, RECORD_BODY, TRANSACTION_BODY } from './schemas.ts';

/** What the document says of one request, beside what its path tells. */
export interface Operation {
  /** What it does, in a few words. */
  readonly about: string;
  /** By the very schema that the handler parses with, or, where it scans bytes, one that says the same. */
  readonly body?: ZodType | Schema;
  readonly query?: ZodType;
  /** Statuses of answers that are no errors; 200 unless given. */
  readonly answers?: readonly number[];
}

const INSTANCE = '/consumers/:group/instances/:instance';
const TOPICS = '/v3/clusters/:cluster/topics';
const GROUPS = '/v3/clusters/:cluster/consumer-groups';
const ACLS = '/v3/clusters/:cluster/acls';
const USERS = '/v3/clusters/:cluster/users';
const CONNECTOR = '/connectors/:name';
const DONE = [204];

/** Method and path, as they are registered: a test holds the keys against the app's routes. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /': { about: 'What this is' },
  'GET /openapi.json': { about: 'This document' },
  'GET /health': { about: 'Whether the process answers' },
  'GET /health/ready': { about: 'Whether the store answers', answers: [200, 503] },

  'GET /topics': { about: 'Names of topics' },
  'GET /topics/:topic': { about: 'A topic' },
  'GET /topics/:topic/partitions': { about: 'Its partitions' },
  'GET /topics/:topic/partitions/:partition': { about: 'One of them' },
  'GET /topics/:topic/partitions/:partition/offsets': {
    about: 'Where it begins and ends, and what holds readers of what is committed back',
    query: offsetsQuery,
  },
  'GET /topics/:topic/partitions/:partition/messages': { about: 'Events from an offset on', query: messagesQuery },
  'GET /topics/:topic/partitions/:partition/records': { about: 'The same', query: messagesQuery },
  'POST /topics/:topic': { about: 'Produce events', body: PRODUCE_BODY },
  'POST /topics/:topic/partitions/:partition': { about: 'Produce to one partition', body: PRODUCE_BODY },
  'POST /buffered/topics/:topic': { about: 'Produce by a queue', body: PRODUCE_BODY, answers: [202, 501] },
  'POST /buffered/topics/:topic/partitions/:partition': {
    about: 'The same, to one partition',
    body: PRODUCE_BODY,
    answers: [202, 501],
  },

  'POST /consumers/:group': { about: 'Make a consumer instance', body: createInstanceBody },
  [`DELETE ${INSTANCE}`]: { about: 'Take it away', answers: DONE },
  [`GET ${INSTANCE}/records`]: { about: 'Poll for events', query: recordsQuery },
  [`POST ${INSTANCE}/subscription`]: { about: 'Subscribe', body: subscriptionBody, answers: DONE },
  [`GET ${INSTANCE}/subscription`]: { about: 'What it subscribes to' },
  [`DELETE ${INSTANCE}/subscription`]: { about: 'Subscribe to nothing', answers: DONE },
  [`POST ${INSTANCE}/assignments`]: { about: 'Take partitions', body: assignmentsBody, answers: DONE },
  [`GET ${INSTANCE}/assignments`]: { about: 'What it has' },
  [`POST ${INSTANCE}/offsets`]: { about: 'Commit', body: COMMIT_BODY, answers: [200, 204] },
  [`GET ${INSTANCE}/offsets`]: { about: 'What is committed' },
  [`POST ${INSTANCE}/positions`]: { about: 'Go to offsets', body: positionsBody, answers: DONE },
  [`POST ${INSTANCE}/positions/beginning`]: { about: 'Go to the start', body: partitionsBody, answers: DONE },
  [`POST ${INSTANCE}/positions/end`]: { about: 'Go to the end', body: partitionsBody, answers: DONE },

  'GET /v3/clusters': { about: 'The one cluster' },
  'GET /v3/clusters/:cluster': { about: 'It' },
  [`GET ${TOPICS}`]: { about: 'Topics' },
  [`POST ${TOPICS}`]: { about: 'Make a topic', body: createTopicBody, answers: [200, 201] },
  [`GET ${TOPICS}/:topic`]: { about: 'A topic' },
  [`PATCH ${TOPICS}/:topic`]: { about: 'More partitions', body: growBody },
  [`DELETE ${TOPICS}/:topic`]: { about: 'Delete it', answers: DONE },
  [`GET ${TOPICS}/:topic/partitions`]: { about: 'Its partitions' },
  [`GET ${TOPICS}/:topic/partitions/:partition`]: { about: 'One of them' },
  [`GET ${TOPICS}/:topic/partitions/:partition/offsets`]: {
    about: 'Where it begins and ends, and what holds readers of what is committed back',
  },
  [`GET ${TOPICS}/:topic/configs`]: { about: 'Its settings' },
  [`POST ${TOPICS}/:topic/:action{configs:alter}`]: {
    about: 'Change several settings',
    body: alterConfigsBody,
    answers: DONE,
  },
  [`GET ${TOPICS}/:topic/configs/:name`]: { about: 'One setting' },
  [`PUT ${TOPICS}/:topic/configs/:name`]: { about: 'Set it', body: valueBody, answers: DONE },
  [`DELETE ${TOPICS}/:topic/configs/:name`]: { about: 'Back to its default', answers: DONE },
  [`POST ${TOPICS}/:topic/records`]: { about: 'Produce events, one JSON object after the other', body: RECORD_BODY },

  'POST /v3/clusters/:cluster/transactions': {
    about: 'Produce, and commit what was consumed, all or nothing',
    body: TRANSACTION_BODY,
  },

  [`GET ${GROUPS}`]: { about: 'Consumer groups' },
  [`GET ${GROUPS}/:group`]: { about: 'A group' },
  [`DELETE ${GROUPS}/:group`]: { about: 'Delete it', answers: DONE },
  [`GET ${GROUPS}/:group/consumers`]: { about: 'Its members' },
  [`GET ${GROUPS}/:group/consumers/:consumer`]: { about: 'One of them' },
  [`GET ${GROUPS}/:group/consumers/:consumer/assignments`]: { about: 'What it reads' },
  [`GET ${GROUPS}/:group/lags`]: {
    about: 'How far it is behind, by partition, and what holds it back',
  },
  [`GET ${GROUPS}/:group/lag-summary`]: { about: 'How far it is behind, in all' },
  [`POST ${GROUPS}/:group/reset`]: { about: 'Move what it reads next', body: resetBody },

  [`GET ${ACLS}`]: { about: 'Access rules', query: searchQuery },
  [`POST ${ACLS}`]: { about: 'Make one', body: bindingBody, answers: [201] },
  [`DELETE ${ACLS}`]: { about: 'Delete those that are meant', query: deleteQuery },
  'POST /v3/clusters/:cluster/:action{acls:batch}': { about: 'Make several', body: batchBody, answers: [201] },
  [`GET ${USERS}`]: { about: 'Users of Kafka clients' },
  [`PUT ${USERS}/:user`]: { about: 'Set what a password is checked by', body: userBody, answers: DONE },
  [`DELETE ${USERS}/:user`]: { about: 'Delete a user', answers: DONE },

  'GET /connectors': { about: 'Routes' },
  'POST /connectors': { about: 'Make a route', body: createConnectorBody, answers: [201] },
  [`GET ${CONNECTOR}`]: { about: 'A route' },
  [`DELETE ${CONNECTOR}`]: { about: 'Delete it', answers: DONE },
  [`GET ${CONNECTOR}/config`]: { about: 'Its configuration' },
  [`PUT ${CONNECTOR}/config`]: { about: 'Set it', body: CONFIG_BODY, answers: [200, 201] },
  [`PATCH ${CONNECTOR}/config`]: { about: 'Change some of it', body: PATCH_BODY },
  [`GET ${CONNECTOR}/status`]: { about: 'How it fares' },
  [`GET ${CONNECTOR}/topics`]: { about: 'What it reads' },
  [`PUT ${CONNECTOR}/pause`]: { about: 'Pause', answers: [202] },
  [`PUT ${CONNECTOR}/resume`]: { about: 'Resume', answers: [202] },
  [`PUT ${CONNECTOR}/stop`]: { about: 'Stop', answers: DONE },
  [`POST ${CONNECTOR}/restart`]: { about: 'Restart', answers: [202, 204] },
  [`GET ${CONNECTOR}/tasks`]: { about: 'Its tasks' },
  [`GET ${CONNECTOR}/tasks/:task/status`]: { about: 'How one fares' },
  [`POST ${CONNECTOR}/tasks/:task/restart`]: { about: 'Restart it', answers: DONE },
  [`GET ${CONNECTOR}/offsets`]: { about: 'Its positions' },
  [`PATCH ${CONNECTOR}/offsets`]: { about: 'Move them', body: offsetsBody },
  [`DELETE ${CONNECTOR}/offsets`]: { about: 'Forget them' },
  [`POST ${CONNECTOR}/replay`]: { about: 'Deliver again', body: replayBody },
  'GET /connector-plugins': { about: 'Kinds of sinks' },
  'PUT /connector-plugins/:plugin/config/validate': { about: 'Try a configuration', body: CONFIG_BODY },
};
