import { beforeEach, describe, expect, test } from 'vitest';
import type { HttpServices } from '../../lib/http/index.ts';
import { memoryStores, type Stores } from '../../lib/store/index.ts';
import { seededRandom, simulatedClock } from '../support/clock.ts';
import { type Answer, client, services, V2_BINARY, V2_JSON } from './world.ts';

type Client = ReturnType<typeof client>;

let stores: Stores;
let over: HttpServices;
let http: Client;

beforeEach(async () => {
  stores = memoryStores();
  over = services(stores);
  http = client(over);
  await over.topics.create('orders', { partitions: 2 });
});

const at = (name: string, group = 'billing') => `/consumers/${group}/instances/${name}`;

async function consumer(name: string, settings: object = {}, topics: string[] = ['orders']): Promise<void> {
  const body = { name, format: 'json', 'auto.offset.reset': 'earliest', ...settings };
  expect(await http.post('/consumers/billing', body)).toMatchObject({ status: 200 });
  expect(await http.post(`${at(name)}/subscription`, { topics })).toMatchObject({ status: 204 });
}

function poll(name: string, { by = http, timeout = 0, more = '' } = {}): Promise<Answer> {
  return by.get(`${at(name)}/records?timeout=${timeout}${more}`, { accept: V2_JSON });
}

const values = (answer: Answer) => {
  expect(answer).toMatchObject({ status: 200 });
  return (answer.body as { value: unknown }[]).map((record) => record.value);
};

/** Polls until `count` values came, or nothing comes any more. */
async function drain(name: string, count: number, by = http): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let i = 0; i < 20 && all.length < count; i++) all.push(...values(await poll(name, { by })));
  return all;
}

const produce = (...list: number[]) =>
  http.produce(
    'orders',
    list.map((value) => ({ value, partition: value % 2 })),
  );

describe('an instance', () => {
  test('is made under its name, with a base URI at the host that was asked', async () => {
    const answer = await http.app.request('http://proxy.example:8082/consumers/my%20group', {
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
    const [one, two] = [await http.post('/consumers/billing'), await http.post('/consumers/billing', {})];
    expect(one.body).not.toEqual(two.body);
  });

  test('cannot be made twice, which is 40902', async () => {
    await consumer('one');
    const again = await http.post('/consumers/billing', { name: 'one' });
    expect(again).toMatchObject({ status: 409, body: { error_code: 40902 } });
  });

  test.each([
    [{ format: 'avro' }, /format/],
    [{ 'auto.offset.reset': 'smallest' }, /auto.offset.reset/],
    [{ 'auto.commit.enable': 'perhaps' }, /auto.commit.enable/],
    [{ name: 'a/b' }, /name/],
    [{ 'auto.comit.enable': true }, /auto.comit.enable/],
  ])('with the setting %j is 42204', async (setting, message) => {
    const answer = await http.post('/consumers/billing', setting);
    expect(answer).toMatchObject({ status: 422, body: { error_code: 42204, message: expect.stringMatching(message) } });
  });

  test('that does not exist is 40403, whatever is asked of it', async () => {
    for (const path of ['records', 'subscription', 'assignments', 'offsets']) {
      expect(await http.get(`${at('nobody')}/${path}`)).toMatchObject({ status: 404, body: { error_code: 40403 } });
    }
    expect(await http.delete(at('nobody'))).toMatchObject({ status: 404, body: { error_code: 40403 } });
  });

  test('ends when nobody asks for it for long', async () => {
    const clock = simulatedClock();
    over = services(stores, { clock, random: seededRandom(1) });
    http = client(over);
    await consumer('one');
    clock.jump(299_000);
    expect(await http.get(`${at('one')}/subscription`)).toMatchObject({ status: 200 });
    clock.jump(2_000);
    expect(await http.get(`${at('one')}/subscription`)).toMatchObject({ status: 404, body: { error_code: 40403 } });
    expect(await http.post('/consumers/billing', { name: 'one' })).toMatchObject({ status: 200 });
  });
});

describe('records', () => {
  test('come once each, with their topic, headers and time', async () => {
    await http.produce('orders', [{ key: 'k', value: { a: 1 }, partition: 1, timestamp: 17 }]);
    await consumer('one');
    const first = await poll('one');
    expect(first.body).toEqual([
      { topic: 'orders', key: 'k', value: { a: 1 }, partition: 1, offset: 0, timestamp: 17, headers: [] },
    ]);
    expect(first.headers.get('content-type')).toBe(V2_JSON);
    expect(values(await poll('one'))).toEqual([]);
    await produce(5);
    expect(values(await poll('one'))).toEqual([5]);
  });

  test('are waited for, and come as soon as they are there', async () => {
    await consumer('one');
    await poll('one');
    const waiting = poll('one', { timeout: 20_000 });
    await produce(1);
    expect(values(await waiting)).toEqual([1]);
  });

  test('of a consumer that begins at the latest are those that came after its first poll', async () => {
    await produce(1, 2);
    await consumer('one', { 'auto.offset.reset': 'latest' });
    expect(values(await poll('one'))).toEqual([]);
    await produce(3);
    expect(values(await poll('one'))).toEqual([3]);
  });

  test('of a consumer without a place to begin are refused where auto.offset.reset is none', async () => {
    await consumer('one', { 'auto.offset.reset': 'none' });
    expect(await poll('one')).toMatchObject({ status: 409, body: { error_code: 40906 } });
  });

  test('are bounded by max_bytes, and go on where they stopped', async () => {
    await http.produce(
      'orders',
      Array.from({ length: 10 }, (_, value) => ({ value: 'x'.repeat(100) + value, partition: 0 })),
    );
    await consumer('one');
    const first = values(await poll('one', { more: '&max_bytes=250' }));
    expect(first.length).toBe(3);
    expect(await drain('one', 7)).toHaveLength(7);
  });

  test('in another format than the instance has are 40601', async () => {
    await consumer('one');
    const answer = await http.get(`${at('one')}/records`, { accept: V2_BINARY });
    expect(answer).toMatchObject({ status: 406, body: { error_code: 40601 } });
  });

  test('without a subscription are 40903', async () => {
    await http.post('/consumers/billing', { name: 'one' });
    const answer = await http.get(`${at('one')}/records`);
    expect(answer).toMatchObject({ status: 409, body: { error_code: 40903 } });
  });

  test('that are not JSON can be passed over by a position', async () => {
    await over.events.produce('orders', [{ key: null, value: Buffer.from('{'), partition: 0 }]);
    await produce(2);
    await consumer('one');
    expect(await poll('one')).toMatchObject({ status: 406, body: { error_code: 40602 } });
    const next = { offsets: [{ topic: 'orders', partition: 0, offset: 1 }] };
    expect(await http.post(`${at('one')}/positions`, next)).toMatchObject({ status: 204 });
    expect(values(await poll('one'))).toEqual([2]);
  });

  test('follow a topic that is deleted and made anew from its beginning', async () => {
    await produce(1, 3, 5);
    await consumer('one');
    await drain('one', 3);
    await over.topics.delete('orders');
    await over.topics.create('orders', { partitions: 2 });
    await produce(7);
    const found = await poll('one', { timeout: 15_000 });
    expect(values(found)).toEqual([7]);
  });
});

describe('commits', () => {
  const offsets = async () => (await http.get(`${at('one')}/offsets?topic=orders&partition=0&partition=1`)).body;

  test('without a body are of all that was given', async () => {
    await produce(0, 1, 2);
    await consumer('one', { 'auto.commit.enable': 'false' });
    await drain('one', 3);
    expect(await offsets()).toEqual({ offsets: [] });
    expect(await http.post(`${at('one')}/offsets`)).toMatchObject({ status: 200 });
    expect(await offsets()).toEqual({
      offsets: [
        { topic: 'orders', partition: 0, offset: 2, metadata: '' },
        { topic: 'orders', partition: 1, offset: 1, metadata: '' },
      ],
    });
  });

  test('with a body name the last record that was worked on, as in REST Proxy', async () => {
    await produce(0, 2, 4);
    await consumer('one', { 'auto.commit.enable': 'false' });
    await drain('one', 3);
    const body = { offsets: [{ topic: 'orders', partition: 0, offset: 1, metadata: 'half' }] };
    expect(await http.post(`${at('one')}/offsets`, body)).toMatchObject({ status: 200 });
    expect(await offsets()).toEqual({ offsets: [{ topic: 'orders', partition: 0, offset: 2, metadata: 'half' }] });
  });

  test('are where the next instance of the group goes on', async () => {
    await produce(0, 2, 4);
    await consumer('one', { 'auto.commit.enable': 'false' });
    await drain('one', 3);
    await http.post(`${at('one')}/offsets`, { offsets: [{ topic: 'orders', partition: 0, offset: 0 }] });
    await http.delete(at('one'));
    await consumer('two');
    expect(await drain('two', 2)).toEqual([2, 4]);
  });

  test('happen by themselves when an instance that commits automatically ends', async () => {
    await produce(0, 2);
    await consumer('one');
    await drain('one', 2);
    expect(await http.delete(at('one'))).toMatchObject({ status: 204 });
    await consumer('two');
    expect(values(await poll('two'))).toEqual([]);
  });

  test('do not happen by themselves where that is switched off', async () => {
    await produce(0, 2);
    await consumer('one', { 'auto.commit.enable': false });
    await drain('one', 2);
    await http.delete(at('one'));
    await consumer('two');
    expect(await drain('two', 2)).toEqual([0, 2]);
  });
});

describe('positions', () => {
  test('go to the beginning, the end, or an offset', async () => {
    await produce(0, 2, 4);
    await consumer('one');
    await drain('one', 3);
    const partitions = [{ topic: 'orders', partition: 0 }];
    await http.post(`${at('one')}/positions/beginning`, { partitions });
    expect(values(await poll('one'))).toEqual([0, 2, 4]);
    await http.post(`${at('one')}/positions`, { offsets: [{ topic: 'orders', partition: 0, offset: 1 }] });
    expect(values(await poll('one'))).toEqual([2, 4]);
    await http.post(`${at('one')}/positions/beginning`, { partitions });
    await http.post(`${at('one')}/positions/end`, { partitions });
    expect(values(await poll('one'))).toEqual([]);
  });

  test('of a partition that is not assigned are 40903', async () => {
    await consumer('one');
    const body = { offsets: [{ topic: 'orders', partition: 0, offset: 0 }] };
    expect(await http.post(`${at('one')}/positions`, body)).toMatchObject({ status: 409, body: { error_code: 40903 } });
  });
});

describe('subscriptions and assignments', () => {
  test('are told, and exclude each other', async () => {
    await consumer('one');
    expect((await http.get(`${at('one')}/subscription`)).body).toEqual({ topics: ['orders'] });
    const body = { partitions: [{ topic: 'orders', partition: 1 }] };
    const assigned = await http.post(`${at('one')}/assignments`, body);
    expect(assigned).toMatchObject({ status: 409, body: { error_code: 40903 } });
    await http.delete(`${at('one')}/subscription`);
    expect(await http.post(`${at('one')}/assignments`, body)).toMatchObject({ status: 204 });
    expect((await http.get(`${at('one')}/assignments`)).body).toEqual(body);
    const subscribed = await http.post(`${at('one')}/subscription`, { topics: ['orders'] });
    expect(subscribed).toMatchObject({ status: 409, body: { error_code: 40903 } });
  });

  test('an assigned instance reads its partitions, and commits, without being a member', async () => {
    await produce(0, 1, 3);
    await http.post('/consumers/billing', { name: 'one', format: 'json', 'auto.offset.reset': 'earliest' });
    await http.post(`${at('one')}/assignments`, { partitions: [{ topic: 'orders', partition: 1 }] });
    expect(await drain('one', 2)).toEqual([1, 3]);
    expect(await http.post(`${at('one')}/offsets`)).toMatchObject({ status: 200 });
    expect(await over.groups.committed('billing', 'orders')).toMatchObject([{ partition: 1, offset: 2 }]);
  });

  test('a pattern takes in topics that are made later', async () => {
    await http.post('/consumers/billing', { name: 'one', format: 'json', 'auto.offset.reset': 'earliest' });
    await http.post(`${at('one')}/subscription`, { topic_pattern: 'ord.*' });
    await produce(1);
    expect(await drain('one', 1)).toEqual([1]);
  });

  test.each([{}, { topics: [] }, { topics: ['a'], topic_pattern: 'b' }])('%j is refused', async (body) => {
    await http.post('/consumers/billing', { name: 'one' });
    expect(await http.post(`${at('one')}/subscription`, body)).toMatchObject({ status: 422 });
  });
});

describe('several processes and members', () => {
  test('two processes over one store serve one instance in turn, and no record comes twice', async () => {
    const other = client(services(stores));
    await consumer('one');
    const got: unknown[] = [];
    for (let i = 0; i < 10; i++) {
      await produce(i);
      got.push(...values(await poll('one', { by: i % 2 === 0 ? http : other, timeout: 2_000 })));
    }
    expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('concurrent polls of one instance give each record once', async () => {
    const other = client(services(stores));
    await produce(...Array.from({ length: 40 }, (_, i) => i));
    await consumer('one');
    const got: unknown[] = [];
    for (let i = 0; i < 8; i++) {
      const answers = await Promise.all([http, other, http].map((by) => poll('one', { by, more: '&max_bytes=8' })));
      for (const answer of answers) got.push(...values(answer));
    }
    got.push(...(await drain('one', 40 - got.length)));
    expect([...got].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  test('members share the partitions, and one takes over what another leaves, where that one committed', async () => {
    await consumer('one');
    await poll('one');
    await consumer('two');
    const ones = async () => (await http.get(`${at('one')}/assignments`)).body as { partitions: unknown[] };
    for (let i = 0; i < 10 && (await ones()).partitions.length !== 1; i++) {
      await poll('two');
      await poll('one');
    }
    await poll('two');
    const twos = (await http.get(`${at('two')}/assignments`)).body as { partitions: unknown[] };
    expect([...(await ones()).partitions, ...twos.partitions]).toHaveLength(2);
    await produce(0, 1);
    const got = [...values(await poll('one')), ...values(await poll('two'))];
    expect(got.sort()).toEqual([0, 1]);
    await http.delete(at('two'));
    await produce(2, 3);
    expect((await drain('one', 2)).sort()).toEqual([2, 3]);
  });

  test('a member without partitions stands by, and its poll gets what another gives up', async () => {
    for (const name of ['one', 'two', 'three']) {
      await consumer(name);
      await poll(name);
    }
    for (let i = 0; i < 5; i++) for (const name of ['one', 'two']) await poll(name);
    const standby = poll('three', { timeout: 10_000 });
    await http.delete(at('one'));
    await produce(0, 1);
    const got = [...(await drain('two', 1)), ...values(await standby)];
    expect(got.sort()).toEqual([0, 1]);
  });

  test.each([1, 2, 3])('members that come and go in order lose no record and double none (seed %i)', async (seed) => {
    await over.topics.create('events', { partitions: 5 });
    const random = seededRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)]!;
    const processes = [http, client(services(stores))];
    const here = new Set<string>();
    const got: number[] = [];
    const read = async (name: string, by: Client) => {
      for (const value of values(await poll(name, { by, more: '&max_bytes=30' }))) got.push(value as number);
    };
    let produced = 0;
    for (let step = 0; step < 150; step++) {
      const name = pick(['one', 'two', 'three', 'four']);
      const what = random.next();
      if (what < 0.3) {
        const records = Array.from({ length: 4 }, () => ({
          value: produced++,
          partition: Math.floor(random.next() * 5),
        }));
        await http.produce('events', records);
      } else if (!here.has(name)) {
        await consumer(name, {}, ['events']);
        here.add(name);
      } else if (what < 0.35) {
        expect(await pick(processes).delete(at(name))).toMatchObject({ status: 204 });
        here.delete(name);
      } else {
        await read(name, pick(processes));
      }
    }
    for (const name of here) await http.delete(at(name));
    await consumer('last', {}, ['events']);
    for (let idle = 0, before = -1; idle < 3; idle = got.length === before ? idle + 1 : 0) {
      before = got.length;
      await read('last', http);
    }
    expect(got.sort((a, b) => a - b)).toEqual(Array.from({ length: produced }, (_, i) => i));
  });

  test('a member whose session ended joins again by itself, and goes on from what it committed', async () => {
    const clock = simulatedClock();
    over = services(stores, { clock, random: seededRandom(1) });
    http = client(over);
    await produce(0, 2);
    await consumer('one', { 'session.timeout.ms': 10_000, 'auto.commit.enable': false });
    expect(values(await poll('one'))).toEqual([0, 2]);
    await http.post(`${at('one')}/offsets`, { offsets: [{ topic: 'orders', partition: 0, offset: 0 }] });
    clock.jump(20_000);
    expect(await drain('one', 1)).toEqual([2]);
  });
});
