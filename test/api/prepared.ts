const V2 = 'application/vnd.kafka.v2+json';
const JSON_EMBEDDED = 'application/vnd.kafka.json.v2+json';
const JSON_TYPE = 'application/json';
const V3 = '/v3/clusters/millrace';

/** What the narrowed document names, made: method, path, content type, body. */
const REQUESTS: readonly (readonly [method: string, path: string, type: string, body: unknown])[] = [
  ['POST', `${V3}/topics`, JSON_TYPE, { topic_name: 'orders', partitions_count: 2 }],
  [
    'POST',
    `${V3}/topics`,
    JSON_TYPE,
    { topic_name: 'latest', configs: [{ name: 'cleanup.policy', value: 'compact' }] },
  ],
  ['POST', `${V3}/topics`, JSON_TYPE, { topic_name: 'doomed' }],
  ['POST', '/topics/orders', JSON_EMBEDDED, { records: [{ key: 'k', value: { a: 1 } }, { value: 'x' }] }],
  ['POST', '/consumers/billing', V2, { name: 'one', format: 'json', 'auto.offset.reset': 'earliest' }],
  ['POST', '/consumers/billing/instances/one/subscription', V2, { topics: ['orders'] }],
  ['POST', '/consumers/doomed', V2, { name: 'one' }],
  [
    'POST',
    '/connectors',
    JSON_TYPE,
    { name: 'copy', config: { 'connector.class': 'topic', topics: 'orders', 'topic.name': 'latest' } },
  ],
];

/** Makes what requests are to be about. @throws where the server takes one of them not */
export async function prepare(url: string): Promise<void> {
  for (const [method, path, type, body] of REQUESTS) {
    const response = await fetch(url + path, { method, headers: { 'content-type': type }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
  }
}
