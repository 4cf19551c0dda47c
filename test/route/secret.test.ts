import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { maskSecrets, parseConfig } from '../../lib/route/config.ts';
import type { SecretReference } from '../../lib/route/index.ts';
import { referencesIn } from '../../lib/route/secret.ts';
import { SINK_KINDS } from '../../lib/route/sinks/index.ts';
import { receiver } from './receiver.ts';
import { jsonEvents, RouteWorld } from './world.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:hooks/late-a1B2c3';
const key = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
/** A reference as configs have it. */
const ref = (to: string) => `\${${to}}`;
const SIGNED = ref(`secretsmanager:${ARN}:key`);
const TOKEN = ref('ssm:/hooks/token');

describe('references to secrets', () => {
  test('name a secret, a field of one, or a parameter', () => {
    const parsed = (text: string) => referencesIn(text).map(({ provider, name, key }) => [provider, name, key]);
    expect(parsed(ref(`secretsmanager:${ARN}`))).toEqual([['secretsmanager', ARN, undefined]]);
    expect(parsed(SIGNED)).toEqual([['secretsmanager', ARN, 'key']]);
    expect(parsed(ref('secretsmanager:hooks/late'))).toEqual([['secretsmanager', 'hooks/late', undefined]]);
    expect(parsed(ref('secretsmanager:hooks/late:key'))).toEqual([['secretsmanager', 'hooks/late', 'key']]);
    expect(parsed(`Bearer ${TOKEN}`)).toEqual([['ssm', '/hooks/token', undefined]]);
    const parameter = 'arn:aws:ssm:eu-central-1:123456789012:parameter/hooks/token';
    expect(parsed(ref(`ssm:${parameter}`))).toEqual([['ssm', parameter, undefined]]);
    expect(parsed(`${ref('ssm:a')} ${ref('ssm:b:3')}`)).toEqual([
      ['ssm', 'a', undefined],
      ['ssm', 'b:3', undefined],
    ]);
    expect(parsed(`no ${ref('reference')} $here {}`)).toEqual([]);
  });

  test('are checked when a config is, and stand for secrets alone', () => {
    const problemOf = (name: string, text: string) => {
      const base = { 'connector.class': 'webhook', topics: 't', 'webhook.url': 'http://127.0.0.1/' };
      return parseConfig({ ...base, [name]: text }).problems[0]?.error;
    };
    expect(problemOf('webhook.secret', SIGNED)).toBeUndefined();
    expect(problemOf('webhook.headers.authorization', `Bearer ${TOKEN}`)).toBeUndefined();
    expect(problemOf('webhook.secret', ref('secretmanager:hooks'))).toContain('Did you mean "secretsmanager"?');
    expect(problemOf('webhook.secret', ref('secretsmanager:'))).toContain('secretsmanager:<arn or name>');
    expect(problemOf('webhook.secret', ref('ssm:a b'))).toContain('ssm:<parameter>');
    expect(problemOf('webhook.headers.host', TOKEN)).toContain('set by the route itself');
    expect(problemOf('webhook.url', `http://x/${TOKEN}`)).toContain('only secrets can be references');
  });

  test('are shown, where secrets are hidden', () => {
    const texts = { 'webhook.secret': SIGNED, 'webhook.headers.authorization': `Bearer ${TOKEN}` };
    expect(maskSecrets(texts)).toEqual(texts);
    expect(maskSecrets({ 'webhook.headers.x': `hunter2 ${TOKEN}` })).toEqual({ 'webhook.headers.x': '[hidden]' });
  });

  test('can stand for every secret of every sink', () => {
    const secrets = SINK_KINDS.flatMap(({ settings }) => settings).filter(({ type }) => type === 'PASSWORD');
    expect(secrets.length).toBeGreaterThanOrEqual(2);
    for (const one of secrets) expect(() => one.parse('')).not.toThrow();
  });
});

/** A webhook whose secrets are named, and the store where they are. */
async function hooked(answers?: Parameters<typeof receiver>[0]) {
  const world = new RouteWorld();
  const held = new Map([
    [SIGNED, key(1)],
    [TOKEN, 'one'],
  ]);
  const reads: string[] = [];
  const secret = async ({ text }: SecretReference) => {
    reads.push(text);
    const value = held.get(text);
    if (value === undefined) throw new Error('there is no such secret');
    return value;
  };
  const one = world.process({ secret });
  one.routes.start();
  const hook = await receiver(answers);
  await world.finish(one.topics.create('t', { partitions: 1 }));
  const config = {
    'connector.class': 'webhook',
    topics: 't',
    'webhook.url': hook.url,
    'webhook.secret': SIGNED,
    'webhook.headers.authorization': `Bearer ${TOKEN}`,
  };
  const produce = (value: number) => world.finish(one.events.produce('t', jsonEvents([['k', value]])));
  return { world, ...one, hook, config, held, reads, produce };
}

describe('a route whose secrets are references', () => {
  test('is refused with a sentence where nobody reads them', async () => {
    const { config, world } = await hooked();
    const { routes } = world.process();
    await expect(world.finish(routes.create('r', config))).rejects.toMatchObject({
      code: 'route_config_invalid',
      message: expect.stringContaining(`"webhook.secret" names its secret as ${SIGNED}`),
    });
  });

  test('reads them when it delivers, once for many events, and not to be made', async () => {
    const { world, routes, hook, config, reads, produce } = await hooked();
    await world.finish(routes.create('r', config));
    expect(reads).toEqual([]);
    for (const value of [1, 2, 3]) await produce(value);
    await world.until(() => hook.received.length === 3, 'three events');
    expect(reads).toEqual([SIGNED, TOKEN]);
    for (const { headers, body } of hook.received) {
      expect(headers.authorization).toBe('Bearer one');
      const signer = new Webhook(key(1));
      const [id, at] = [headers['webhook-id'] as string, Number(headers['webhook-timestamp'])];
      expect(headers['webhook-signature']).toBe(signer.sign(id, new Date(at * 1_000), String(body)));
    }
  });

  test('reads them again after some minutes, so that a rotation counts', async () => {
    const { world, routes, hook, config, held, produce } = await hooked();
    await world.finish(routes.create('r', config));
    await produce(1);
    await world.until(() => hook.received.length === 1, 'an event');
    held.set(TOKEN, 'two');
    await world.pass(5 * 60_000);
    await produce(2);
    await world.until(() => hook.received.length === 2, 'another');
    expect(hook.received[1]!.headers.authorization).toBe('Bearer two');
  });

  test('tries again with the new secret what the destination refuses for the old one', async () => {
    let now = 'one';
    const { world, routes, hook, config, held, produce } = await hooked(({ headers }) => {
      return { status: headers.authorization === `Bearer ${now}` ? 200 : 401 };
    });
    await world.finish(routes.create('r', config));
    await produce(1);
    await world.until(() => hook.received.length === 1, 'an event');
    await world.pass(10_000);
    now = 'two';
    held.set(TOKEN, now);
    await produce(2);
    await world.until(() => hook.received.length === 3, 'the event again');
    expect(hook.received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer one',
      'Bearer one',
      'Bearer two',
    ]);
    // The same secret twice is believed.
    now = 'three';
    await world.pass(10_000);
    await produce(3);
    await world.until(async () => (await routes.status('r')).tasks[0]?.state === 'FAILED', 'a failed task');
  });

  test('waits for a secret that cannot be read or used, and says which', async () => {
    const { world, routes, hook, config, held, produce } = await hooked();
    held.delete(TOKEN);
    await world.finish(routes.create('r', config));
    await produce(1);
    const reason = async () => (await routes.status('r')).tasks[0]?.retrying?.error ?? '';
    await world.until(async () => (await reason()).includes('no such secret'), 'the reason');
    expect(await world.finish(reason())).toContain(`"webhook.headers.authorization" needs ${TOKEN}`);
    held.set(TOKEN, 'hunter2\n');
    await world.until(async () => (await reason()).includes('cannot be used'), 'the other reason');
    expect(await world.finish(reason())).not.toContain('hunter2');
    held.set(TOKEN, 'one');
    await world.until(() => hook.received.length === 1, 'the event');
  });
});
