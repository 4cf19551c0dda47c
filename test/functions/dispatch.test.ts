import { beforeEach, describe, expect, it, vi } from 'vitest';
import { dispatch } from '../../functions/dispatch.ts';
import type { Platform } from '../../lib/platform.ts';
import { memoryStores, type Stores } from '../../lib/store/index.ts';
import { readAll } from '../route/world.ts';
import { environmentOf, functionPlatform } from './requests.ts';
import { changed, headOf, numbered, starts, tickRule } from './routes.ts';

vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
});

const environment = environmentOf({ MILLRACE_TICK_RULE: 'tick', MILLRACE_DELIVER_FUNCTION: 'deliver' });
const COPY = { 'connector.class': 'topic', topics: 'orders', 'topic.name': 'copies' };

let stores: Stores;
let platform: Platform;

beforeEach(async () => {
  stores = memoryStores();
  platform = functionPlatform(stores, { lingerMs: 0 });
  await platform.topics.create('orders', { partitions: 1 });
  await platform.topics.create('copies', { partitions: 1 });
});

const stop = () => new AbortController().signal;

describe('a change of a head', () => {
  it('starts the function of each route that reads the topic, or the one that all share', async () => {
    await platform.routes.put('own', COPY, { worker: 'deliver-own' });
    await platform.routes.put('shared', COPY);
    await platform.routes.put('other', { ...COPY, topics: 'copies', 'topic.name': 'orders' });
    const { started, start } = starts();
    const { rules, state } = tickRule();
    await dispatch(changed(await headOf(platform, 'orders')), { platform, environment }, { start, rules });
    expect(started.map(({ route, by }) => `${route} by ${by}`)).toEqual(['own by deliver-own', 'shared by deliver']);
    expect(state.switched).toEqual(['tick on']);
  });

  it('told twice, in one batch or in a replay of it, delivers each event once', async () => {
    await platform.routes.put('copy', COPY);
    await platform.events.produce('orders', numbered(0, 50));
    const { started, start } = starts();
    const head = await headOf(platform, 'orders');
    const { rules } = tickRule();
    await dispatch(changed(head, head), { platform, environment }, { start, rules });
    await dispatch(changed(head), { platform, environment }, { start, rules });
    expect(started.length).toBe(2);
    const other = functionPlatform(stores, { lingerMs: 0 });
    const [one, two] = await Promise.all(
      [platform, other].map((by, i) => by.routes.onDemand.deliver(started[i]!, { stop: stop() })),
    );
    expect([one!.end, two!.end].sort()).toEqual(['held', 'idle']);
    await dispatch(changed(head), { platform, environment }, { start, rules });
    expect(await other.routes.onDemand.deliver(started[2]!, { stop: stop() })).toMatchObject({ delivered: 0 });
    expect((await readAll(platform.events, 'copies')).length).toBe(50);
  });

  it('starts the others where one function is not there, and leaves that one to the sweep', async () => {
    await platform.routes.put('broken', COPY, { worker: 'gone' });
    await platform.routes.put('whole', COPY);
    await platform.events.produce('orders', numbered(0, 1));
    const { started, start } = starts((name) => name === 'gone');
    const { rules } = tickRule();
    // It resolves: failing, the batch would come again, and hold up the wake-ups of all routes.
    await dispatch(changed(await headOf(platform, 'orders')), { platform, environment }, { start, rules });
    expect(started.map(({ route }) => route)).toEqual(['whole']);
    expect((await platform.routes.onDemand.behind()).works.map(({ route }) => route)).toEqual(['broken', 'whole']);
  });

  it('has started all deliveries when the tick could not be switched on, and comes again for it', async () => {
    await platform.routes.put('copy', COPY);
    const { started, start } = starts();
    const rules = { on: () => Promise.reject(new Error('throttled')), off: () => Promise.resolve() };
    const head = changed(await headOf(platform, 'orders'));
    await expect(dispatch(head, { platform, environment }, { start, rules })).rejects.toThrow('throttled');
    expect(started.length).toBe(1);
    const mended = tickRule();
    await dispatch(head, { platform, environment }, { start, rules: mended.rules });
    expect(mended.state.switched).toEqual(['tick on']);
  });

  it('switches the tick on once in five minutes, from one process', async () => {
    const { rules, state } = tickRule();
    const head = changed(await headOf(platform, 'orders'));
    for (let i = 0; i < 3; i++) await dispatch(head, { platform, environment }, { start: starts().start, rules });
    expect(state.switched).toEqual(['tick on']);
  });

  it('is all that is looked at: other items that pass the filter of an older stack start nothing', async () => {
    await platform.routes.put('copy', COPY);
    const { started, start } = starts();
    const { rules, state } = tickRule();
    const [pk] = await headOf(platform, 'orders');
    await dispatch(changed([pk, 'page/1'], ['topics', 'orders']), { platform, environment }, { start, rules });
    expect([started, state.switched]).toEqual([[], []]);
  });
});

describe('a route that is made, set back or let go on while nothing else happens', () => {
  const wake = async () => {
    const { started, start } = starts();
    await dispatch(changed(['routes', 'copy']), { platform, environment }, { start, rules: tickRule().rules });
    return started.map(({ route }) => route);
  };

  it('begins at once, and has its place from then on', async () => {
    await platform.events.produce('orders', numbered(0, 1));
    await platform.routes.put('copy', { ...COPY, 'consumer.override.auto.offset.reset': 'latest' });
    expect(await wake()).toEqual(['copy']);
    const { topicId } = await platform.topics.describe('orders');
    await platform.routes.onDemand.deliver({ route: 'copy', topicId, ledger: 0 }, { stop: stop() });
    await platform.events.produce('orders', numbered(1, 3));
    await platform.routes.onDemand.deliver({ route: 'copy', topicId, ledger: 0 }, { stop: stop() });
    expect((await readAll(platform.events, 'copies')).map(({ value }) => value)).toEqual(['{"n":1}', '{"n":2}']);
  });

  it.each([
    ['resume', () => platform.routes.resume('copy')],
    ['replay', () => platform.routes.replay('copy', 'earliest')],
    ['restart', () => platform.routes.restart('copy')],
    ['another config', () => platform.routes.patch('copy', { 'errors.tolerance': 'all' })],
    ['another function', () => platform.routes.patch('copy', {}, { worker: 'deliver-copy' })],
  ])('by %s: its item changes, which the stream tells', async (_, act) => {
    await platform.routes.put('copy', COPY);
    if (_ === 'resume') await platform.routes.pause('copy');
    const before = await stores.items.get({ pk: 'routes', sk: 'copy' });
    await act();
    expect(await stores.items.get({ pk: 'routes', sk: 'copy' })).not.toEqual(before);
    expect(await wake()).toEqual(['copy']);
  });

  it('but not one that rests, or is gone', async () => {
    await platform.routes.put('copy', COPY);
    await platform.routes.pause('copy');
    expect(await wake()).toEqual([]);
    await platform.routes.delete('copy');
    expect(await wake()).toEqual([]);
  });
});
