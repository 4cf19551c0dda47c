import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../support/process.ts';
import { type Cdk, cdkRunner } from '../cdk.ts';
import { startMiniStack } from '../ministack.ts';
import { visit } from '../visit.ts';
import { JSON_V2 } from './deployment.ts';
import { Issuer } from './issuer.ts';

const START_MS = 8 * 60_000;
const STEP_MS = 60_000;
const V2 = 'application/vnd.kafka.v2+json';

/** MiniStack checks tokens for real, as API Gateway does: what they say of who asks reaches the function. */
describe('a deployed API that asks for tokens', () => {
  let issuer: Issuer;
  let emulator: RunningServer;
  let cdk: Cdk;
  let url: string;

  beforeAll(async () => {
    issuer = await Issuer.start();
    emulator = await startMiniStack();
    const context = { issuer: issuer.url };
    cdk = cdkRunner({ endpoint: emulator.url, app: 'node test/aws/deploy/guarded-app.ts', context });
    await cdk.bootstrap();
    url = (await cdk.deploy()).Guarded!.EventsApiUrl!;
  }, START_MS);

  afterAll(async () => {
    cdk?.close();
    await emulator?.stop();
    await issuer?.stop();
  }, STEP_MS);

  /** Status of a request; `as` is whose token it carries. */
  async function ask(as: string | undefined, method: string, path: string, body?: object, type = V2): Promise<number> {
    const headers = {
      'content-type': type,
      ...(as !== undefined && { authorization: `Bearer ${issuer.token(as)}` }),
    };
    const sent = body && { body: JSON.stringify(body) };
    return (await visit(emulator.url, url, path, { method, headers, ...sent })).status;
  }

  const produce = (as: string | undefined, topic: string) =>
    ask(as, 'POST', `/topics/${topic}`, { records: [{ value: 1 }] }, JSON_V2);

  it(
    'refuses who brings none, or one for others',
    async () => {
      expect(await produce(undefined, 'orders')).toBe(401);
      const authorization = `Bearer ${issuer.token('shop', 'somebody-else')}`;
      expect((await visit(emulator.url, url, '/topics', { headers: { authorization } })).status).toBe(401);
    },
    STEP_MS,
  );

  it(
    'lets each do what the template grants, and nothing else',
    async () => {
      expect(await produce('shop', 'orders')).toBe(200);
      expect(await produce('shop', 'secrets')).toBe(403);
      expect(await produce('desk', 'orders')).toBe(403);
      const instance = { name: 'one', format: 'json', 'auto.offset.reset': 'earliest' };
      expect(await ask('shop', 'POST', '/consumers/billing', instance)).toBe(403);
      expect(await ask('desk', 'POST', '/consumers/others', instance)).toBe(403);
      expect(await ask('desk', 'POST', '/consumers/billing', instance)).toBe(200);
      const at = '/consumers/billing/instances/one';
      expect(await ask('desk', 'POST', `${at}/subscription`, { topics: ['secrets'] })).toBe(403);
      expect(await ask('desk', 'POST', `${at}/subscription`, { topics: ['orders'] })).toBe(204);
      expect(await ask('boss', 'GET', '/connectors')).toBe(200);
      expect(await produce('boss', 'secrets')).toBe(200);
    },
    STEP_MS,
  );
});
