import { describe, expect, test } from 'vitest';
import type { AclBinding, Acls } from '../../lib/auth/index.ts';
import { bindingName } from '../../lib/declaration/acl.ts';
import { forgetTemplate, parseDeclaration, reconcile } from '../../lib/declaration/index.ts';
import { jsonEvents } from '../route/world.ts';
import { intercepted } from '../support/intercepted.ts';
import { copy, declaredWorld, TOPICS } from './world.ts';

describe('declared topics', () => {
  test('are made, grow and change; the same declaration again does nothing', async () => {
    const { topics, deploy } = declaredWorld();
    const first = { 'topics/orders': { partitions: 2, settings: { 'retention.ms': '1000' } } };
    expect(await deploy(first)).toEqual({ 'topic orders': 'created' });
    expect(await topics.describe('orders')).toMatchObject({ partitions: 2, config: { 'retention.ms': '1000' } });
    expect(await deploy(first)).toEqual({ 'topic orders': 'kept' });
    const second = { 'topics/orders': { partitions: 3, settings: { 'retention.bytes': '9' } } };
    expect(await deploy(second)).toEqual({ 'topic orders': 'changed' });
    const now = await topics.describe('orders');
    expect(now.partitions).toBe(3);
    expect(now.config).toEqual({ 'retention.bytes': '9' });
  });

  test('keep settings and partitions that came by hand', async () => {
    const { world, topics, deploy, look } = declaredWorld();
    const first = { 'topics/orders': { partitions: 2, settings: { 'retention.ms': '1000' } } };
    await deploy(first);
    await world.finish(topics.alter('orders', { 'retention.ms': '2000', 'max.message.bytes': '5000' }));
    await world.finish(topics.addPartitions('orders', 6));
    expect(await look(first)).toEqual({ 'topic orders': 'kept' });
    await deploy({ 'topics/orders': { partitions: 2, settings: { 'retention.ms': '1000', 'retention.bytes': '9' } } });
    expect(await topics.describe('orders')).toMatchObject({
      partitions: 6,
      config: { 'retention.ms': '2000', 'max.message.bytes': '5000', 'retention.bytes': '9' },
    });
  });

  test('are refused fewer partitions than they have, each time, while their settings change', async () => {
    const { topics, deploy, look } = declaredWorld();
    await deploy({ 'topics/orders': { partitions: 4 } });
    const fewer = { 'topics/orders': { partitions: 2, settings: { 'retention.ms': '1000' } } };
    expect(await deploy(fewer)).toEqual({ 'topic orders': 'refused' });
    expect(await look(fewer)).toEqual({ 'topic orders': 'refused' });
    expect(await topics.describe('orders')).toMatchObject({ partitions: 4, config: { 'retention.ms': '1000' } });
    expect(await deploy({ 'topics/orders': { partitions: 4 } })).toEqual({ 'topic orders': 'changed' });
  });

  test('stay with their events when they are no longer declared', async () => {
    const { world, topics, events, deploy } = declaredWorld();
    await deploy(TOPICS);
    await world.finish(events.produce('orders', jsonEvents([['k', 1]])));
    expect(await deploy({ 'topics/copies': { partitions: 1 } })).toEqual({
      'topic orders': 'kept',
      'topic copies': 'kept',
    });
    expect(await topics.names()).toEqual(['copies', 'orders']);
    // Said once.
    expect(await deploy({ 'topics/copies': { partitions: 1 } })).toEqual({ 'topic copies': 'kept' });
  });
});

describe('declared routes', () => {
  test('are made, changed by what the declaration changed, and deleted with their positions', async () => {
    const { world, routes, groups, deploy } = declaredWorld();
    expect(await deploy({ ...TOPICS, 'routes/copy': { ...copy(), worker: 'w1' } })).toMatchObject({
      'route copy': 'created',
    });
    expect(await routes.workerOf('copy')).toBe('w1');
    await world.finish(routes.patch('copy', { 'tasks.max': '3' }));
    await world.finish(routes.pause('copy'));
    const changed = { ...TOPICS, 'routes/copy': { ...copy({ filter: '{"key":["a"]}' }), worker: 'w2' } };
    expect(await deploy(changed)).toMatchObject({ 'route copy': 'changed' });
    const { config } = await world.finish(routes.get('copy'));
    expect(config).toMatchObject({ 'tasks.max': '3', filter: '{"key":["a"]}' });
    expect(await routes.workerOf('copy')).toBe('w2');
    expect((await world.finish(routes.status('copy'))).connector.state).toBe('PAUSED');
    await deploy({ ...TOPICS, 'routes/copy': copy() });
    expect((await world.finish(routes.get('copy'))).config).not.toHaveProperty('filter');
    expect(await routes.workerOf('copy')).toBeUndefined();
    expect(await deploy(TOPICS)).toMatchObject({ 'route copy': 'deleted' });
    expect(await routes.list()).toEqual([]);
    await expect(groups.describe('route.copy')).rejects.toMatchObject({ code: 'group_unknown' });
  });

  test('adopt a route of their name that was made by hand: its config becomes theirs, its positions stay', async () => {
    const { world, routes, events, deploy } = declaredWorld();
    await deploy(TOPICS);
    await world.finish(events.produce('orders', [{ key: null, value: Buffer.from('1'), partition: 0 }]));
    await world.finish(routes.create('copy', copy({ 'tasks.max': '2' }).config));
    await world.finish(routes.pause('copy'));
    await world.finish(routes.alterOffsets('copy', [{ topic: 'orders', partition: 0, offset: 1 }]));
    expect(await deploy({ ...TOPICS, 'routes/copy': copy() })).toMatchObject({ 'route copy': 'changed' });
    expect((await world.finish(routes.get('copy'))).config).not.toHaveProperty('tasks.max');
    expect(await world.finish(routes.offsets('copy'))).toEqual([{ topic: 'orders', partition: 0, offset: 1 }]);
  });

  test('made by hand are nobody else’s business', async () => {
    const { world, routes, deploy, look } = declaredWorld();
    await deploy(TOPICS);
    await world.finish(routes.create('mine', copy().config));
    expect(await deploy(TOPICS)).not.toHaveProperty('route mine');
    expect(await look(TOPICS)).not.toHaveProperty('route mine');
    expect(await routes.list()).toEqual(['mine']);
  });

  test('deleted by hand come back while they are declared', async () => {
    const { world, routes, deploy, look } = declaredWorld();
    const things = { ...TOPICS, 'routes/copy': copy() };
    await deploy(things);
    await world.finish(routes.delete('copy'));
    expect(await look(things)).toMatchObject({ 'route copy': 'created' });
  });

  test('that are wrong are refused with a sentence, and do not keep the others', async () => {
    const { services, world, declarationOf, routes } = declaredWorld();
    const things = {
      ...TOPICS,
      'routes/bad': copy({ fliter: '{}' }),
      'routes/copy': copy(),
      'routes/odd': { config: { 'tasks.max': 3 } },
    };
    const { settled } = await world.finish(reconcile(services, declarationOf(things)));
    expect(settled.filter(({ is }) => is === 'refused')).toEqual([
      { kind: 'route', name: 'odd', is: 'refused', why: expect.stringContaining('config.tasks.max') },
      { kind: 'route', name: 'bad', is: 'refused', why: expect.stringContaining('Did you mean "filter"?') },
    ]);
    expect(await routes.list()).toEqual(['copy']);
  });

  test('whose declaration became unreadable stay as they are', async () => {
    const { routes, deploy, look } = declaredWorld();
    await deploy({ ...TOPICS, 'routes/copy': copy() });
    expect(await deploy({ ...TOPICS, 'routes/copy': { conifg: {} } })).toMatchObject({ 'route copy': 'refused' });
    expect(await look({ ...TOPICS, 'routes/copy': { conifg: {} } })).toMatchObject({ 'route copy': 'refused' });
    expect(await routes.list()).toEqual(['copy']);
  });
});

describe('declared rights', () => {
  const right = (name: string, principal = 'User:role/Shop'): AclBinding => ({
    resource: { type: 'TOPIC', pattern: 'PREFIXED', name },
    principal,
    host: '*',
    operation: 'READ',
    permission: 'ALLOW',
  });
  const namesOf = async (acls: Acls) => (await acls.list()).map(({ resource }) => resource.name);

  test('are granted and taken back; those granted by hand stay', async () => {
    const { acls, deploy, look } = declaredWorld();
    await acls.create([right('mine')]);
    const first = { 'acls/0': [right('b')], 'acls/1': [right('a'), right('b')] };
    expect(Object.values(await deploy(first))).toEqual(['created', 'created']);
    expect(Object.values(await look(first))).toEqual(['kept', 'kept']);
    expect(Object.values(await deploy({ 'acls/0': [right('b')] })).toSorted()).toEqual(['deleted', 'kept']);
    expect(await namesOf(acls)).toEqual(['b', 'mine']);
    // The old parameter is still there for a while.
    expect(Object.values(await look(first))).toEqual(['kept', 'kept']);
    expect(await namesOf(acls)).toEqual(['b', 'mine']);
  });

  test('taken back by hand while they are declared come back', async () => {
    const { acls, deploy, look } = declaredWorld();
    await deploy({ 'acls/0': [right('a')] });
    await acls.delete([{ pattern: 'ANY' }]);
    expect(Object.values(await look({ 'acls/0': [right('a')] }))).toEqual(['created']);
  });

  test('stay, all of them, while a parameter cannot be read; one that cannot be is refused', async () => {
    const { acls, deploy } = declaredWorld();
    await deploy({ 'acls/0': [right('a')], 'acls/1': [right('b')] });
    const odd = { 'acls/0': [{ ...right('a'), operation: 'EAT' }], 'acls/1': [right('c'), right('d', 'Shop')] };
    expect(Object.values(await deploy(odd)).toSorted()).toEqual(['created', 'refused', 'refused']);
    expect(await namesOf(acls)).toEqual(['a', 'b', 'c']);
  });

  test('of any length are told apart', () => {
    const long = (end: string) => bindingName(right(`${'é'.repeat(990)}${end}`));
    expect(Buffer.byteLength(long('a'))).toBeLessThan(900);
    expect(long('a')).not.toBe(long('b'));
    expect(bindingName(right('a b', 'User:c'))).not.toBe(bindingName(right('a', 'User:b c')));
  });
});

describe('somebody who only sees the parameters', () => {
  const all = { ...TOPICS, 'routes/copy': copy() };

  test('does not bring back a route whose parameter is deleted only after the deployment', async () => {
    const { routes, deploy, look } = declaredWorld();
    await deploy(all);
    await deploy(TOPICS);
    expect(await look(all)).toMatchObject({ 'route copy': 'kept' });
    expect(await routes.list()).toEqual([]);
  });

  test('leaves alone what was declared just now, and deletes what has been gone for long', async () => {
    const { routes, deploy, look } = declaredWorld();
    await deploy(all);
    expect(await look(TOPICS, { afterMs: 1_000 })).not.toHaveProperty('route copy');
    expect(await routes.list()).toEqual(['copy']);
    expect(await look(TOPICS)).toMatchObject({ 'route copy': 'deleted' });
  });

  test('sees nothing to do where the stack is deleted, until it is deployed again', async () => {
    const { services, routes, deploy, look } = declaredWorld();
    await deploy(all);
    await forgetTemplate(services);
    expect(await look(TOPICS)).toEqual({});
    expect(await look({})).toEqual({});
    expect(await routes.list()).toEqual(['copy']);
    await deploy(TOPICS);
    expect(await routes.list()).toEqual([]);
  });

  test('deletes nothing where nothing at all is declared', async () => {
    const { routes, deploy, look } = declaredWorld();
    await deploy(all);
    expect(await look({})).toEqual({});
    expect(await routes.list()).toEqual(['copy']);
  });

  test('does not go back to a declaration that is older than what was carried out', async () => {
    const { world, services, declarationOf, deploy, routes } = declaredWorld();
    const old = declarationOf(all, false);
    await deploy({ ...TOPICS, 'routes/copy': copy({ 'tasks.max': '5' }) });
    const { settled } = await world.finish(reconcile(services, old));
    expect(settled.find(({ name }) => name === 'copy')).toMatchObject({ is: 'kept' });
    expect((await world.finish(routes.get('copy'))).config).toMatchObject({ 'tasks.max': '5' });
  });

  test('a deployment that is rolled back has its route again', async () => {
    const { routes, deploy } = declaredWorld();
    await deploy(all);
    await deploy(TOPICS);
    expect(await deploy(all)).toMatchObject({ 'route copy': 'created' });
    expect(await routes.list()).toEqual(['copy']);
  });
});

describe('reconciles at the same moment', () => {
  test('of one declaration end the same', async () => {
    const { world, services, declarationOf, routes, topics } = declaredWorld();
    const things = { ...TOPICS, 'routes/copy': copy() };
    const declaration = declarationOf(things);
    const other = { ...services, ...world.process() };
    const reports = await world.finish(
      Promise.all([reconcile(services, declaration), reconcile(other, declaration), reconcile(services, declaration)]),
    );
    expect(reports.flatMap(({ settled }) => settled).filter(({ is }) => is === 'refused')).toEqual([]);
    expect(await topics.names()).toEqual(['copies', 'orders']);
    expect(await routes.list()).toEqual(['copy']);
    expect(await world.finish(reconcile(services, declaration))).toMatchObject({
      settled: [{ is: 'kept' }, { is: 'kept' }, { is: 'kept' }],
    });
  });

  test('of an old and a new declaration end at the new one, whichever is slower', async () => {
    for (const slow of ['old', 'new'] as const) {
      const { world, services, declarationOf, deploy, routes } = declaredWorld();
      await deploy({ ...TOPICS, 'routes/copy': copy() });
      const old = declarationOf({ ...TOPICS, 'routes/copy': copy({ 'tasks.max': '5' }) });
      await world.pass(1_000);
      const next = declarationOf({ ...TOPICS, 'routes/copy': copy({ 'tasks.max': '6' }) });
      const { routes: quick, topics } = world.process();
      // The slow one has read what was declared last before the quick one begins, and writes after it has ended.
      let go = () => {};
      const held = new Promise<void>((resolve) => {
        go = resolve;
      });
      const theirs = intercepted(quick, {
        patch: async (...given) => {
          await held;
          return quick.patch(...given);
        },
      });
      const slowly = reconcile({ ...services, routes: theirs, topics }, slow === 'old' ? old : next);
      await world.pass(500);
      await world.finish(reconcile(services, slow === 'old' ? next : old));
      go();
      await world.finish(slowly);
      expect((await world.finish(routes.get('copy'))).config).toMatchObject({ 'tasks.max': '6' });
      expect((await world.finish(reconcile(services, next))).settled.at(-1)).toMatchObject({ is: 'kept' });
    }
  });
});

describe('a declaration', () => {
  test('is refused where a listed name has no parameter, and blind to names that are not listed', () => {
    const texts = [
      { name: 'topics/orders', text: '{}', revision: 1 },
      { name: 'topics/old', text: '{}', revision: 1 },
      { name: 'elsewhere', text: '{}', revision: 1 },
    ];
    const { topics, problems } = parseDeclaration(texts, { readMs: 2, listed: { topics: ['orders', 'new'] } });
    expect([...topics.keys()]).toEqual(['orders']);
    expect(problems).toMatchObject([{ kind: 'topic', name: 'new', why: expect.stringContaining('parameter') }]);
  });

  test('that ends for lack of time says what it did not reach', async () => {
    const { world, services, declarationOf, topics } = declaredWorld();
    const { settled } = await world.finish(reconcile(services, declarationOf(TOPICS), { signal: AbortSignal.abort() }));
    expect(settled).toMatchObject([{ is: 'refused' }, { is: 'refused' }]);
    expect(await topics.names()).toEqual([]);
  });
});
