import { beforeEach, describe, expect, test } from 'vitest';
import { seededRandom, simulatedClock } from '../support/clock.ts';
import { at, ConsumersWorld, values } from './consumers-world.ts';
import { V2_BINARY, V2_JSON } from './world.ts';

let w: ConsumersWorld;

beforeEach(async () => {
  w = await ConsumersWorld.open();
});

describe('an instance', () => {
  test('is made under its name, with a base URI at the host that was asked', async () => {
    const answer = await w.http.app.request('http://proxy.example:8082/consumers/my%20group', {
      method: 'POST',
      body: JSON.stringify({ name: 'one' }),
      headers: { 'content-type': 'application/json' },
    });
    expect(await answer.json()).toEqual({
      instance_id: 'one',
      base_uri: 'http://proxy.example:8082/consumers/my%20group/instances/one',
    });
  });

  test('gets a name of its own where none is given', async () => {
    const [one, two] = [await w.http.post('/consumers/billing'), await w.http.post('/consumers/billing', {})];
    expect(one.body).not.toEqual(two.body);
  });

  test('cannot be made twice, which is 40902', async () => {
    await w.consumer('one');
    const again = await w.http.post('/consumers/billing', { name: 'one' });
    expect(again).toMatchObject({ status: 409, body: { error_code: 40902 } });
  });

  test.each([
    [{ format: 'avro' }, /format/],
    [{ 'auto.offset.reset': 'smallest' }, /auto.offset.reset/],
    [{ 'auto.commit.enable': 'perhaps' }, /auto.commit.enable/],
    [{ name: 'a/b' }, /name/],
    [{ 'auto.comit.enable': true }, /auto.comit.enable/],
  ])('with the setting %j is 42204', async (setting, message) => {
    const answer = await w.http.post('/consumers/billing', setting);
    expect(answer).toMatchObject({ status: 422, body: { error_code: 42204, message: expect.stringMatching(message) } });
  });

  test('that does not exist is 40403, whatever is asked of it', async () => {
    for (const path of ['records', 'subscription', 'assignments', 'offsets']) {
      expect(await w.http.get(`${at('nobody')}/${path}`)).toMatchObject({ status: 404, body: { error_code: 40403 } });
    }
    expect(await w.http.delete(at('nobody'))).toMatchObject({ status: 404, body: { error_code: 40403 } });
  });

  test('ends when nobody asks for it for long', async () => {
    const clock = simulatedClock();
    w.restart({ clock, random: seededRandom(1) });
    await w.consumer('one');
    clock.jump(299_000);
    expect(await w.http.get(`${at('one')}/subscription`)).toMatchObject({ status: 200 });
    clock.jump(2_000);
    expect(await w.http.get(`${at('one')}/subscription`)).toMatchObject({ status: 404, body: { error_code: 40403 } });
    expect(await w.http.post('/consumers/billing', { name: 'one' })).toMatchObject({ status: 200 });
  });
});

describe('records', () => {
  test('come once each, with their topic, headers and time', async () => {
    await w.http.produce('orders', [{ key: 'k', value: { a: 1 }, partition: 1, timestamp: 17 }]);
    await w.consumer('one');
    const first = await w.poll('one');
    expect(first.body).toEqual([
      { topic: 'orders', key: 'k', value: { a: 1 }, partition: 1, offset: 0, timestamp: 17, headers: [] },
    ]);
    expect(first.headers.get('content-type')).toBe(V2_JSON);
    expect(values(await w.poll('one'))).toEqual([]);
    await w.produce(5);
    expect(values(await w.poll('one'))).toEqual([5]);
  });

  test('are waited for, and come as soon as they are there', async () => {
    await w.consumer('one');
    await w.poll('one');
    const waiting = w.poll('one', { timeout: 20_000 });
    await w.produce(1);
    expect(values(await waiting)).toEqual([1]);
  });

  test('of a consumer that begins at the latest are those that came after its first poll', async () => {
    await w.produce(1, 2);
    await w.consumer('one', { 'auto.offset.reset': 'latest' });
    expect(values(await w.poll('one'))).toEqual([]);
    await w.produce(3);
    expect(values(await w.poll('one'))).toEqual([3]);
  });

  test('of a consumer without a place to begin are refused where auto.offset.reset is none', async () => {
    await w.consumer('one', { 'auto.offset.reset': 'none' });
    expect(await w.poll('one')).toMatchObject({ status: 409, body: { error_code: 40906 } });
  });

  test('are bounded by max_bytes, and go on where they stopped', async () => {
    await w.http.produce(
      'orders',
      Array.from({ length: 10 }, (_, value) => ({ value: 'x'.repeat(100) + value, partition: 0 })),
    );
    await w.consumer('one');
    const first = values(await w.poll('one', { more: '&max_bytes=250' }));
    expect(first.length).toBe(3);
    expect(await w.drain('one', 7)).toHaveLength(7);
  });

  test('in another format than the instance has are 40601', async () => {
    await w.consumer('one');
    const answer = await w.http.get(`${at('one')}/records`, { accept: V2_BINARY });
    expect(answer).toMatchObject({ status: 406, body: { error_code: 40601 } });
  });

  test('without a subscription are 40903', async () => {
    await w.http.post('/consumers/billing', { name: 'one' });
    const answer = await w.http.get(`${at('one')}/records`);
    expect(answer).toMatchObject({ status: 409, body: { error_code: 40903 } });
  });

  test('that are not JSON can be passed over by a position', async () => {
    await w.over.events.produce('orders', [{ key: null, value: Buffer.from('{'), partition: 0 }]);
    await w.produce(2);
    await w.consumer('one');
    expect(await w.poll('one')).toMatchObject({ status: 406, body: { error_code: 40602 } });
    const next = { offsets: [{ topic: 'orders', partition: 0, offset: 1 }] };
    expect(await w.http.post(`${at('one')}/positions`, next)).toMatchObject({ status: 204 });
    expect(values(await w.poll('one'))).toEqual([2]);
  });

  test('follow a topic that is deleted and made anew from its beginning', async () => {
    await w.produce(1, 3, 5);
    await w.consumer('one');
    await w.drain('one', 3);
    await w.over.topics.delete('orders');
    await w.over.topics.create('orders', { partitions: 2 });
    await w.produce(7);
    const found = await w.poll('one', { timeout: 15_000 });
    expect(values(found)).toEqual([7]);
  });
});

describe('commits', () => {
  const offsets = async () => (await w.http.get(`${at('one')}/offsets?topic=orders&partition=0&partition=1`)).body;

  test('without a body are of all that was given', async () => {
    await w.produce(0, 1, 2);
    await w.consumer('one', { 'auto.commit.enable': 'false' });
    await w.drain('one', 3);
    expect(await offsets()).toEqual({ offsets: [] });
    expect(await w.http.post(`${at('one')}/offsets`)).toMatchObject({ status: 200 });
    expect(await offsets()).toEqual({
      offsets: [
        { topic: 'orders', partition: 0, offset: 2, metadata: '' },
        { topic: 'orders', partition: 1, offset: 1, metadata: '' },
      ],
    });
  });

  test('with a body name the last record that was worked on, as in REST Proxy', async () => {
    await w.produce(0, 2, 4);
    await w.consumer('one', { 'auto.commit.enable': 'false' });
    await w.drain('one', 3);
    const body = { offsets: [{ topic: 'orders', partition: 0, offset: 1, metadata: 'half' }] };
    expect(await w.http.post(`${at('one')}/offsets`, body)).toMatchObject({ status: 200 });
    expect(await offsets()).toEqual({ offsets: [{ topic: 'orders', partition: 0, offset: 2, metadata: 'half' }] });
  });

  test('are where the next instance of the group goes on', async () => {
    await w.produce(0, 2, 4);
    await w.consumer('one', { 'auto.commit.enable': 'false' });
    await w.drain('one', 3);
    await w.http.post(`${at('one')}/offsets`, { offsets: [{ topic: 'orders', partition: 0, offset: 0 }] });
    await w.http.delete(at('one'));
    await w.consumer('two');
    expect(await w.drain('two', 2)).toEqual([2, 4]);
  });

  test('happen by themselves when an instance that commits automatically ends', async () => {
    await w.produce(0, 2);
    await w.consumer('one');
    await w.drain('one', 2);
    expect(await w.http.delete(at('one'))).toMatchObject({ status: 204 });
    await w.consumer('two');
    expect(values(await w.poll('two'))).toEqual([]);
  });

  test('do not happen by themselves where that is switched off', async () => {
    await w.produce(0, 2);
    await w.consumer('one', { 'auto.commit.enable': false });
    await w.drain('one', 2);
    await w.http.delete(at('one'));
    await w.consumer('two');
    expect(await w.drain('two', 2)).toEqual([0, 2]);
  });
});

describe('positions', () => {
  test('go to the beginning, the end, or an offset', async () => {
    await w.produce(0, 2, 4);
    await w.consumer('one');
    await w.drain('one', 3);
    const partitions = [{ topic: 'orders', partition: 0 }];
    await w.http.post(`${at('one')}/positions/beginning`, { partitions });
    expect(values(await w.poll('one'))).toEqual([0, 2, 4]);
    await w.http.post(`${at('one')}/positions`, { offsets: [{ topic: 'orders', partition: 0, offset: 1 }] });
    expect(values(await w.poll('one'))).toEqual([2, 4]);
    await w.http.post(`${at('one')}/positions/beginning`, { partitions });
    await w.http.post(`${at('one')}/positions/end`, { partitions });
    expect(values(await w.poll('one'))).toEqual([]);
  });

  test('of a partition that is not assigned are 40903', async () => {
    await w.consumer('one');
    const body = { offsets: [{ topic: 'orders', partition: 0, offset: 0 }] };
    expect(await w.http.post(`${at('one')}/positions`, body)).toMatchObject({
      status: 409,
      body: { error_code: 40903 },
    });
  });
});

describe('subscriptions and assignments', () => {
  test('are told, and exclude each other', async () => {
    await w.consumer('one');
    expect((await w.http.get(`${at('one')}/subscription`)).body).toEqual({ topics: ['orders'] });
    const body = { partitions: [{ topic: 'orders', partition: 1 }] };
    const assigned = await w.http.post(`${at('one')}/assignments`, body);
    expect(assigned).toMatchObject({ status: 409, body: { error_code: 40903 } });
    await w.http.delete(`${at('one')}/subscription`);
    expect(await w.http.post(`${at('one')}/assignments`, body)).toMatchObject({ status: 204 });
    expect((await w.http.get(`${at('one')}/assignments`)).body).toEqual(body);
    const subscribed = await w.http.post(`${at('one')}/subscription`, { topics: ['orders'] });
    expect(subscribed).toMatchObject({ status: 409, body: { error_code: 40903 } });
  });

  test('an assigned instance reads its partitions, and commits, without being a member', async () => {
    await w.produce(0, 1, 3);
    await w.http.post('/consumers/billing', { name: 'one', format: 'json', 'auto.offset.reset': 'earliest' });
    await w.http.post(`${at('one')}/assignments`, { partitions: [{ topic: 'orders', partition: 1 }] });
    expect(await w.drain('one', 2)).toEqual([1, 3]);
    expect(await w.http.post(`${at('one')}/offsets`)).toMatchObject({ status: 200 });
    expect(await w.over.groups.committed('billing', 'orders')).toMatchObject([{ partition: 1, offset: 2 }]);
  });

  test('a pattern takes in topics that are made later', async () => {
    await w.http.post('/consumers/billing', { name: 'one', format: 'json', 'auto.offset.reset': 'earliest' });
    await w.http.post(`${at('one')}/subscription`, { topic_pattern: 'ord.*' });
    await w.produce(1);
    expect(await w.drain('one', 1)).toEqual([1]);
  });

  test.each([{}, { topics: [] }, { topics: ['a'], topic_pattern: 'b' }])('%j is refused', async (body) => {
    await w.http.post('/consumers/billing', { name: 'one' });
    expect(await w.http.post(`${at('one')}/subscription`, body)).toMatchObject({ status: 422 });
  });
});
