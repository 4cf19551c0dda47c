/*
 * Requests of each kind, as http-bodies.ts reads them: a line with method and path, the content type, and behind an empty line
 * the body.
 */
const V2 = 'application/vnd.kafka.v2+json';
const V2_JSON = 'application/vnd.kafka.json.v2+json';
const V2_BINARY = 'application/vnd.kafka.binary.v2+json';
const JSON_TYPE = 'application/json';
const V3 = '/v3/clusters/millrace';
const INSTANCE = '/consumers/g/instances/i';

function requestText(request: string, type: string, body: unknown): Uint8Array {
  return Buffer.from(`${request}\n${type}\n\n${typeof body === 'string' ? body : JSON.stringify(body)}`);
}

const records = [
  { key: 'k', value: { a: [1, 'x', null] } },
  { value: 5, partition: 1, headers: [{ name: 'h', value: 'eA==' }] },
];
const place = { topic: 'orders', partition: 0 };
const instance = { format: 'json', 'auto.offset.reset': 'earliest' };
const rule = {
  ...{ resource_type: 'TOPIC', resource_name: 'orders', pattern_type: 'LITERAL', principal: 'User:a', host: '*' },
  ...{ operation: 'READ', permission: 'ALLOW' },
};
const route = { 'connector.class': 'topic', topics: 'orders', 'topic.name': 'latest' };
const transaction = {
  records: [
    { topic_name: 'orders', value: { type: 'JSON', data: 1 } },
    { topic_name: 'latest', key: { type: 'STRING', data: 'k' } },
  ],
  offsets: [
    { consumer_group_id: 'h', partitions: [{ topic_name: 'orders', partition_id: 0, offset: 1, from_offset: 0 }] },
  ],
};
const full = {
  partition_id: 1,
  headers: [{ name: 'h', value: 'eA==' }],
  key: { type: 'STRING', data: 'k' },
  value: { type: 'JSON', data: { a: 1 } },
  timestamp: '2026-01-01T00:00:00Z',
};

/** What the requests below are about; beside the topics `orders` and `latest`. */
export const HTTP_PRELUDE: readonly Uint8Array[] = [
  requestText('POST /topics/orders/partitions/0', V2_JSON, { records }),
  requestText('POST /consumers/g', V2, { name: 'i', ...instance }),
  requestText(`POST ${INSTANCE}/assignments`, V2, { partitions: [place] }),
  requestText('POST /consumers/g', V2, { name: 's', ...instance }),
  requestText(`POST ${INSTANCE}/offsets`, V2, { offsets: [{ ...place, offset: 0 }] }),
  requestText('POST /connectors', JSON_TYPE, { name: 'r', config: route }),
  requestText('POST /connectors', JSON_TYPE, { name: 'stopped', config: route }),
  requestText('PUT /connectors/stopped/stop', JSON_TYPE, ''),
];

export const HTTP_REQUESTS: Readonly<Record<string, Uint8Array>> = {
  'v2-produce-json': requestText('POST /topics/orders', V2_JSON, { records }),
  'v2-produce-binary': requestText('POST /topics/orders', V2_BINARY, { records: [{ key: 'aw==', value: 'dg==' }] }),
  'v2-produce-to-partition': requestText('POST /topics/orders/partitions/0', V2_JSON, { records: [{ value: 1 }] }),
  'v2-make-instance': requestText('POST /consumers/g', V2, { name: 'j', ...instance }),
  'v2-subscribe': requestText('POST /consumers/g/instances/s/subscription', V2, { topics: ['orders'] }),
  'v2-subscribe-by-pattern': requestText('POST /consumers/g/instances/s/subscription', V2, { topic_pattern: 'o.*' }),
  'v2-assign': requestText(`POST ${INSTANCE}/assignments`, V2, { partitions: [place, { ...place, partition: 1 }] }),
  'v2-commit': requestText(`POST ${INSTANCE}/offsets`, V2, { offsets: [{ ...place, offset: 1 }] }),
  'v2-commit-all': requestText(`POST ${INSTANCE}/offsets`, V2, ''),
  'v2-seek': requestText(`POST ${INSTANCE}/positions`, V2, { offsets: [{ ...place, offset: 1 }] }),
  'v2-seek-to-beginning': requestText(`POST ${INSTANCE}/positions/beginning`, V2, { partitions: [place] }),
  'v2-seek-to-end': requestText(`POST ${INSTANCE}/positions/end`, V2, { partitions: [place] }),
  'v2-poll': requestText(`GET ${INSTANCE}/records?timeout=50&max_bytes=1000`, V2_JSON, ''),
  'v2-read-partition': requestText('GET /topics/orders/partitions/0/messages?offset=0&count=2', V2_JSON, ''),
  'v3-make-topic': requestText(`POST ${V3}/topics`, JSON_TYPE, {
    topic_name: 'new',
    partitions_count: 2,
    configs: [{ name: 'retention.ms', value: '1000' }],
  }),
  'v3-grow-topic': requestText(`PATCH ${V3}/topics/orders`, JSON_TYPE, { partitions_count: 3 }),
  'v3-produce-json': requestText(`POST ${V3}/topics/orders/records`, JSON_TYPE, full),
  'v3-produce-several': requestText(
    `POST ${V3}/topics/orders/records`,
    JSON_TYPE,
    [full, { value: { type: 'BINARY', data: 'eA==' } }].map((one) => JSON.stringify(one)).join('\n'),
  ),
  'v3-alter-configs': requestText(`POST ${V3}/topics/orders/configs:alter`, JSON_TYPE, {
    data: [{ name: 'retention.ms', operation: 'DELETE' }],
  }),
  'v3-set-config': requestText(`PUT ${V3}/topics/orders/configs/retention.ms`, JSON_TYPE, { value: '5' }),
  'v3-make-acl': requestText(`POST ${V3}/acls`, JSON_TYPE, rule),
  'v3-make-acls': requestText(`POST ${V3}/acls:batch`, JSON_TYPE, { data: [rule, { ...rule, operation: 'WRITE' }] }),
  'v3-transaction': requestText(`POST ${V3}/transactions`, JSON_TYPE, transaction),
  'v3-reset-group': requestText(`POST ${V3}/consumer-groups/h/reset`, JSON_TYPE, { topic: 'orders', to: 'earliest' }),
  'v3-lags': requestText(`GET ${V3}/consumer-groups/g/lags`, JSON_TYPE, ''),
  'connect-make-route': requestText('POST /connectors', JSON_TYPE, { name: 'new', config: route }),
  'connect-set-config': requestText('PUT /connectors/r/config', JSON_TYPE, { ...route, filter: '{"key":["a"]}' }),
  'connect-change-config': requestText('PATCH /connectors/r/config', JSON_TYPE, { 'tasks.max': '2' }),
  'connect-validate': requestText('PUT /connector-plugins/topic/config/validate', JSON_TYPE, route),
  'connect-move-offsets': requestText('PATCH /connectors/stopped/offsets', JSON_TYPE, {
    offsets: [{ partition: { kafka_topic: 'orders', kafka_partition: 0 }, offset: { kafka_offset: 1 } }],
  }),
  'connect-replay': requestText('POST /connectors/r/replay', JSON_TYPE, { from: 'earliest' }),
  'refused-not-json': requestText('POST /topics/orders', V2_JSON, '{"records":['),
  'refused-no-such-topic': requestText('POST /topics/missing', V2_JSON, { records }),
  'refused-unknown-field': requestText(`PATCH ${V3}/topics/orders`, JSON_TYPE, { partition_count: 3 }),
};
