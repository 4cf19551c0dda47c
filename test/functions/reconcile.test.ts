import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { answerBody } from '../../functions/custom-resource.ts';
import { type CustomResourceParts, customResource, reconcileFromParameters } from '../../functions/reconcile.ts';
import type { DeclaredText } from '../../lib/declaration/index.ts';
import { copy, declaredWorld } from '../declaration/world.ts';

vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
});

const answers: { status: string; body: Record<string, string>; contentType: string | undefined }[] = [];
let failures = 0;
/** Where CloudFormation waits for answers. */
const server = createServer(async (request, response) => {
  const text = (await request.toArray()).join('');
  if (failures > 0) {
    failures--;
    response.writeHead(500).end();
    return;
  }
  const body = JSON.parse(text) as Record<string, string>;
  answers.push({ status: body.Status!, body, contentType: request.headers['content-type'] });
  response.end();
}).listen(0, '127.0.0.1');
afterAll(() => server.close());

const request = (RequestType: 'Create' | 'Update' | 'Delete', properties: object = {}) =>
  ({
    RequestType,
    ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Declaration',
    ...(RequestType !== 'Create' && { PhysicalResourceId: 'it' }),
    ResourceProperties: { ServiceToken: 'arn', ...properties },
  }) as unknown as CloudFormationCustomResourceEvent;

const text = (name: string, thing: object): DeclaredText => ({ name, text: JSON.stringify(thing), revision: 1 });
const ALL = [text('topics/orders', {}), text('topics/copies', {}), text('routes/copy', copy())];
const LISTED = { topics: ['orders', 'copies'], routes: ['copy'] };

function stack(texts: readonly DeclaredText[] = ALL) {
  const world = declaredWorld();
  const parts: CustomResourceParts = {
    services: world.services,
    path: '/p',
    read: async () => [...texts],
    pauseMs: 1,
  };
  const call = async (
    event: CloudFormationCustomResourceEvent,
    { leftMs = 60_000, load = async () => parts }: { leftMs?: number; load?: () => Promise<CustomResourceParts> } = {},
  ) => {
    const handled = customResource(load)(event, { getRemainingTimeInMillis: () => leftMs });
    await world.world.finish(handled);
    return answers.pop()!;
  };
  return { ...world, parts, call };
}

describe('the declaration as a custom resource', () => {
  test('has topics and routes made, and says so under one identity', async () => {
    const { call, routes, topics } = stack();
    const made = await call(request('Create', LISTED));
    expect(made.body).toMatchObject({ Status: 'SUCCESS', StackId: 'stack', RequestId: 'request' });
    expect(made.contentType || undefined).toBeUndefined();
    expect(await topics.names()).toEqual(['copies', 'orders']);
    expect(await routes.list()).toEqual(['copy']);
    expect((await call(request('Update', LISTED))).body.PhysicalResourceId).toBe('it');
    expect((await call(request('Create', LISTED))).body.PhysicalResourceId).toBe(made.body.PhysicalResourceId);
  });

  test('takes what the template no longer lists for gone, though its parameter is still there', async () => {
    const { call, routes } = stack();
    await call(request('Create', LISTED));
    expect((await call(request('Update', { ...LISTED, routes: [] }))).status).toBe('SUCCESS');
    expect(await routes.list()).toEqual([]);
  });

  test('changes nothing when the stack is deleted', async () => {
    const { call, routes, topics, parts, world } = stack();
    await call(request('Create', LISTED));
    expect((await call(request('Delete', LISTED))).body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'it' });
    await world.pass(600_000);
    // The parameters go one by one, while tend looks on.
    const read = async () => ALL.slice(0, 1);
    expect(await world.finish(reconcileFromParameters(parts.services, '/p', { read }))).toMatchObject({ idle: true });
    expect(await routes.list()).toEqual(['copy']);
    expect(await topics.names()).toEqual(['copies', 'orders']);
  });

  test('fails the deployment with a sentence for each thing that cannot be', async () => {
    const bad = [...ALL, text('routes/bad', copy({ fliter: '1' })), text('routes/worse', copy({ 'topic.name': 'no' }))];
    const { call, routes } = stack(bad);
    const { body } = await call(request('Create', { ...LISTED, routes: ['bad', 'copy', 'worse'] }));
    expect(body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('Did you mean "filter"?') });
    expect(body.Reason).toContain('Route "worse"');
    expect(await routes.list()).toEqual(['copy']);
  });

  test('waits for parameters that were written just now', async () => {
    const world = declaredWorld();
    let reads = 0;
    const read = async () => (++reads < 3 ? ALL.slice(0, 1) : ALL);
    const options = { read, listed: LISTED, pauseMs: 1 };
    const { settled } = await world.world.finish(reconcileFromParameters(world.services, '/p', options));
    expect(settled.map(({ is }) => is)).toEqual(['created', 'created', 'created']);
    expect(reads).toBe(3);
  });

  test('is answered where it cannot even begin, where time runs out, and where the first answer is lost', async () => {
    const { call, parts } = stack();
    const broken = await call(request('Create'), { load: () => Promise.reject(new Error('No table.')) });
    expect(broken.body).toMatchObject({ Status: 'FAILED', Reason: 'No table.' });
    const hanging = { ...parts, read: () => new Promise<never>(() => {}) };
    const late = await call(request('Create'), { leftMs: 10_050, load: async () => hanging });
    expect(late.body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('Time ran out') });
    failures = 2;
    expect((await call(request('Create', LISTED))).status).toBe('SUCCESS');
  });

  test('answers in at most 4 KB, whatever there is to say', () => {
    for (const letter of ['x', '"', 'é', '😀']) {
      const body = answerBody(request('Create'), { status: 'FAILED', reason: letter.repeat(9_000), physicalId: 'i' });
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4096);
      expect(Buffer.byteLength(body)).toBeGreaterThan(4000);
      expect(JSON.parse(body)).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('in the log') });
    }
  });
});
