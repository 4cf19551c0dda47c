import { beforeEach, describe, expect, it } from 'vitest';
import { principalOf } from '../../functions/principal.ts';
import type { AclBinding } from '../../lib/auth/index.ts';
import type { Platform } from '../../lib/platform.ts';
import { memoryStores } from '../../lib/store/index.ts';
import {
  ACCOUNT,
  type Asked,
  answerTo,
  apiHandler,
  functionPlatform,
  type GatewayAnswer,
  httpEvent,
  type Invoke,
  restEvent,
} from './requests.ts';

/** The answer of an invocation, as Lambda counts it. Source: AWS Lambda quotas, "Invocation payload". */
const ANSWER_BYTES_MAX = 6 * 1024 * 1024;
const JSON_TYPE = { 'content-type': 'application/vnd.kafka.json.v2+json' };

let platform: Platform;
let invoke: Invoke;

beforeEach(async () => {
  platform = functionPlatform(memoryStores());
  invoke = apiHandler(platform);
  await platform.topics.create('orders', { partitions: 8 });
});

const consumer = '/consumers/billing/instances/c1';

async function consuming(): Promise<void> {
  const post = (path: string, body: object) =>
    answerTo(invoke, httpEvent({ method: 'POST', path, headers: JSON_TYPE, body: JSON.stringify(body) }));
  await post('/consumers/billing', { name: 'c1', format: 'json', 'auto.offset.reset': 'earliest' });
  await post(`${consumer}/subscription`, { topics: ['orders'] });
}

function poll(query = 'timeout=0'): Promise<GatewayAnswer> {
  const headers = { accept: JSON_TYPE['content-type'] };
  return answerTo(invoke, httpEvent({ path: `${consumer}/records`, query, headers }));
}

function payloadBytes(answer: GatewayAnswer): number {
  return Buffer.byteLength(JSON.stringify(answer));
}

describe('an answer to a poll', () => {
  it.each([
    ['events so small that their names in JSON outweigh them', 60_000, '1'],
    ['small events of quotes alone, each of which an answer has to escape', 60_000, JSON.stringify('"'.repeat(30))],
  ])('fits what an invocation may answer, with %s; the rest comes with the next', async (_, count, text) => {
    const value = Buffer.from(text);
    await platform.events.produce(
      'orders',
      Array.from({ length: count }, (_, i) => ({ key: null, value, partition: i % 8 })),
    );
    await consuming();
    const places = new Set<string>();
    while (places.size < count) {
      const answer = await poll(`timeout=0&max_bytes=${8 << 20}`);
      expect(answer.statusCode).toBe(200);
      expect(payloadBytes(answer)).toBeLessThan(ANSWER_BYTES_MAX);
      const records = JSON.parse(answer.body) as { partition: number; offset: number }[];
      expect(records.length).toBeGreaterThan(0);
      for (const { partition, offset } of records) places.add(`${partition}/${offset}`);
    }
    expect(places.size).toBe(count);
  });
});

describe('a request', () => {
  const produced = JSON.stringify({ records: [{ key: 'k', value: 'é' }] });
  const kinds = [
    ['an HTTP API or a Function URL', httpEvent, 'content-type'],
    ['a REST API', restEvent, 'Content-Type'],
  ] as const;

  it.each(kinds)(
    'through %s is read as it was sent: as text or base64, header names in any case',
    async (_, event, name) => {
      const headers = { [name]: JSON_TYPE['content-type'] };
      const request = { method: 'POST', path: '/topics/orders', headers };
      const asText = await answerTo(invoke, event({ ...request, body: produced }));
      const base64 = Buffer.from(produced).toString('base64');
      const asBase64 = await answerTo(invoke, event({ ...request, body: base64, isBase64Encoded: true }));
      expect([asText.statusCode, asBase64.statusCode]).toEqual([200, 200]);
      const read = await answerTo(
        invoke,
        event({
          path: `/topics/orders/partitions/${partitionIn(asText)}/messages`,
          query: 'offset=0&count=9',
          headers: { Accept: JSON_TYPE['content-type'] },
        }),
      );
      expect((JSON.parse(read.body) as { value: string }[]).map(({ value }) => value)).toEqual(['é', 'é']);
      expect(read.isBase64Encoded).toBe(false);
    },
  );

  it.each(kinds)('through %s for what no app could read is refused, and the next is served', async (_, event) => {
    const host = await answerTo(invoke, event({ path: '/topics', headers: { host: 'a b', Host: 'a b' } }));
    const long = await answerTo(invoke, event({ method: 'POST', path: '/topics/orders', body: '{' }));
    expect([host.statusCode < 500, long.statusCode]).toEqual([true, 415]);
    expect((await answerTo(invoke, event({ path: '/topics' }))).statusCode).toBe(200);
  });

  it.each(kinds)('HEAD through %s is answered without a body', async (_, event) => {
    const answer = await answerTo(invoke, event({ method: 'HEAD', path: '/topics' }));
    expect([answer.statusCode, answer.body]).toEqual([200, '']);
  });

  it('names a group of any characters, percent-encoded', async () => {
    const at = `/consumers/${encodeURIComponent('crews ä 100%')}`;
    const body = JSON.stringify({ name: 'c1', format: 'json' });
    const made = await answerTo(invoke, httpEvent({ method: 'POST', path: at, headers: JSON_TYPE, body }));
    expect(made.statusCode).toBe(200);
    expect((await platform.groups.list()).map(({ group }) => group)).toEqual([]);
    const gone = await answerTo(
      invoke,
      httpEvent({ method: 'DELETE', path: `${at}/instances/c1`, headers: JSON_TYPE }),
    );
    expect(gone.statusCode).toBe(204);
  });
});

function partitionIn({ body }: GatewayAnswer): number {
  return (JSON.parse(body) as { offsets: [{ partition: number }] }).offsets[0].partition;
}

describe('who asks', () => {
  const shop = `arn:aws:sts::${ACCOUNT}:assumed-role/Shop/session`;
  const thief = `arn:aws:sts::${ACCOUNT}:assumed-role/Thief/session`;
  const claims = { requestContext: { authorizer: { iam: { userArn: shop } }, identity: { userArn: shop } } };

  it.each([
    [
      'an HTTP API or a Function URL',
      (arn: string | undefined, asked: Asked) =>
        httpEvent({ ...asked, authorizer: arn === undefined ? {} : { iam: { userArn: arn } } }),
    ],
    ['a REST API', (arn: string | undefined, asked: Asked) => restEvent({ ...asked, userArn: arn ?? null })],
  ] as const)('through %s is who the gateway proved, whatever the request says', async (_, event) => {
    invoke = apiHandler(platform, { MILLRACE_AUTH: 'acl' });
    await platform.acls.create([mayWrite('User:role/Shop')]);
    const asked: Asked = {
      method: 'POST',
      path: '/topics/orders',
      query: `userArn=${encodeURIComponent(shop)}&requestContext=${encodeURIComponent(JSON.stringify(claims))}`,
      headers: {
        'content-type': JSON_TYPE['content-type'],
        'x-amzn-request-context': JSON.stringify(claims.requestContext),
        'x-amzn-iam-user-arn': shop,
        authorization: 'Bearer role/Shop',
      },
      body: JSON.stringify({ records: [{ value: 1 }] }),
    };
    const status = async (arn: string | undefined) => (await answerTo(invoke, event(arn, asked))).statusCode;
    expect([await status(shop), await status(thief), await status(undefined)]).toEqual([200, 403, 401]);
  });

  it('has one name, whatever his session, path or partition; those of other accounts have their number', () => {
    const named = (userArn: string) => principalOf({ authorizer: { iam: { userArn } } }, ACCOUNT);
    expect(named(`arn:aws:iam::${ACCOUNT}:user/crew/anna`)).toBe('User:user/anna');
    expect(named(`arn:aws-cn:sts::${ACCOUNT}:assumed-role/Shop/user/anna`)).toBe('User:role/Shop');
    expect(named('arn:aws:sts::999999999999:assumed-role/Shop/session')).toBe('User:999999999999/role/Shop');
    expect(named(`arn:aws:iam::${ACCOUNT}:root`)).toBe('User:root');
    expect(named('role/Shop')).toBeUndefined();
    expect(principalOf({ authorizer: { jwt: { claims: { sub: 'anna' } } } }, ACCOUNT)).toBe('User:anna');
    expect(principalOf({ authorizer: { jwt: { claims: { sub: '' } } } }, ACCOUNT)).toBeUndefined();
  });
});

function mayWrite(principal: string): AclBinding {
  const resource = { type: 'TOPIC', pattern: 'LITERAL', name: 'orders' } as const;
  return { resource, principal, host: '*', operation: 'WRITE', permission: 'ALLOW' };
}
