import { describe, expect, test } from 'vitest';
import { memoryStores, type Stores } from '../../lib/store/index.ts';
import { seededRandom, simulatedClock } from '../support/clock.ts';
import { faultyStores } from '../support/faulty.ts';
import { intercepted } from '../support/intercepted.ts';
import { as, right } from './access-world.ts';
import { client, services, V2_BINARY } from './world.ts';

const AT = '/v3/clusters/millrace/transactions';

const record = (topic: string, data: unknown, more: object = {}) => ({
  topic_name: topic,
  value: { type: 'JSON', data },
  ...more,
});

async function world(stores: Stores = memoryStores()) {
  const over = services(stores);
  const http = client(over);
  for (const topic of ['in', 'a', 'b']) await over.topics.create(topic, { partitions: 1 });
  const values = async (topic: string) => {
    const [fetched] = await over.events.fetch([{ topic, partition: 0, offset: 0, maxBytes: 1 << 20 }], {
      maxBytes: 1 << 20,
    });
    return { end: fetched!.highWatermark };
  };
  const committed = async (group: string) => (await over.groups.committed(group)).map(({ offset }) => offset);
  return { over, http, values, committed };
}

/** An instance that has polled, and so is a member with its partition. */
async function member(http: ReturnType<typeof client>, name: string) {
  await http.post('/consumers/g', { name, 'auto.offset.reset': 'earliest', 'auto.commit.enable': false });
  await http.post(`/consumers/g/instances/${name}/subscription`, { topics: ['in'] });
  const polled = await http.get(`/consumers/g/instances/${name}/records?timeout=0`, { accept: V2_BINARY });
  expect(polled.status).toBe(200);
  return (polled.body as { offset: number }[]).map(({ offset }) => offset);
}

const consumed = (from: number, offset: number, more: object = {}) => ({
  consumer_group_id: 'g',
  partitions: [{ topic_name: 'in', partition_id: 0, from_offset: from, offset }],
  ...more,
});

describe('a transaction over HTTP', () => {
  test('stores records of several topics and consumed offsets together, and says where each record landed', async () => {
    const { http, committed } = await world();
    await http.produce('in', [{ value: 1 }, { value: 2 }]);
    const { status, body } = await http.post(AT, {
      records: [record('a', 1), record('b', 2, { partition_id: 0 }), record('a', 3)],
      offsets: [consumed(0, 2)],
    });
    expect([status, body]).toEqual([
      200,
      {
        kind: 'KafkaTransaction',
        metadata: { self: expect.stringMatching(/\/v3\/clusters\/millrace\/transactions$/) },
        cluster_id: 'millrace',
        records: [
          { topic_name: 'a', partition_id: 0, offset: 0 },
          { topic_name: 'b', partition_id: 0, offset: 0 },
          { topic_name: 'a', partition_id: 0, offset: 1 },
        ],
      },
    ]);
    expect(await committed('g')).toEqual([2]);
  });

  test('with a key is answered as before when it comes again, also of other topics with more partitions by then', async () => {
    const { http, over, values } = await world();
    const body = { records: [record('a', 1), record('b', 1)], offsets: [consumed(0, 1)] };
    const first = await http.post(AT, body, { 'idempotency-key': 'once' });
    await over.topics.addPartitions('a', 8);
    const again = await http.post(AT, body, { 'idempotency-key': 'once' });
    expect(again.body).toEqual(first.body);
    expect([await values('a'), await values('b')]).toEqual([{ end: 1 }, { end: 1 }]);
    expect(await http.post(AT, { records: [record('a', 2)] }, { 'idempotency-key': 'once' })).toMatchObject({
      status: 422,
    });
  });

  test('with a key is answered as before where its first try lands while the second is looking', async () => {
    const stores = memoryStores();
    const { http } = await world(stores);
    const body = { records: [record('a', 1)], offsets: [consumed(0, 5)] };
    // The other server asks whether the key is known just before it is.
    let first: unknown;
    const items = intercepted(stores.items, {
      get: async (key, options) => {
        const found = await stores.items.get(key, options);
        if (key.pk.startsWith('once/')) first ??= await http.post(AT, body, { 'idempotency-key': 'once' });
        return found;
      },
    });
    const other = client(services({ ...stores, items }));
    const second = await other.post(AT, body, { 'idempotency-key': 'once' });
    expect(first).toMatchObject({ status: 200, body: second.body });
    expect(second.status).toBe(200);
  });

  test('of offsets alone is answered by its key as before, though the group has come further', async () => {
    const { http, committed } = await world();
    const body = { offsets: [consumed(0, 5)] };
    const once = { 'idempotency-key': 'once' };
    const first = await http.post(AT, body, once);
    expect(first).toMatchObject({ status: 200, body: { records: [] } });
    expect((await http.post(AT, { offsets: [consumed(5, 9)] })).status).toBe(200);
    expect(await http.post(AT, body, once)).toEqual(first);
    expect((await http.post(AT, { offsets: [consumed(9, 10)] }, once)).status).toBe(422);
    expect((await http.post(AT, body, { 'idempotency-key': 'another' })).status).toBe(409);
    expect(await committed('g')).toEqual([9]);
  });

  test("has a key that is its own sender's alone", async () => {
    const { over, values } = await world();
    const once = { 'idempotency-key': 'once' };
    const bindings = ['alice', 'bob'].flatMap((user) =>
      ['a', 'b'].map((name) => ({ ...right('WRITE', 'TOPIC', name), principal: `User:${user}` })),
    );
    await over.acls.create(bindings);
    const [alice, bob] = [as('alice', over), as('bob', over)];
    const body = { records: [record('a', 1)] };
    expect((await alice.post(AT, body, once)).status).toBe(200);
    expect(await bob.post(AT, body, once)).toMatchObject({ status: 200, body: { records: [{ offset: 1 }] } });
    expect(await bob.post(AT, body, once)).toMatchObject({ status: 200, body: { records: [{ offset: 1 }] } });
    expect((await bob.post(AT, { records: [record('b', 1)] }, once)).status).toBe(422);
    // So has a produce.
    for (const user of [alice, bob, bob]) {
      const type = { 'content-type': 'application/vnd.kafka.json.v2+json' };
      expect((await user.post('/topics/b', { records: [{ value: 1 }] }, { ...once, ...type })).status).toBe(200);
    }
    expect([await values('a'), await values('b')]).toEqual([{ end: 2 }, { end: 2 }]);
  });

  test('of a topic that another process has just deleted is refused as one of a topic that is not there', async () => {
    const stores = memoryStores();
    const { over } = await world(stores);
    const event = { key: null, value: Buffer.from('v') };
    const all = [
      { topic: 'a', events: [event] },
      { topic: 'b', events: [event] },
    ];
    await over.events.transact(all, await over.groups.consumed([]));
    await services(stores).topics.delete('b');
    const sent = over.events.transact(all, await over.groups.consumed([]));
    await expect(sent).rejects.toMatchObject({ code: 'topic_unknown', message: expect.stringContaining("'b'") });
  });

  test('is refused whole where the group has passed what was consumed', async () => {
    const { http, values, committed } = await world();
    const body = { records: [record('a', 1)], offsets: [consumed(0, 5)] };
    expect((await http.post(AT, body)).status).toBe(200);
    expect(await http.post(AT, body)).toMatchObject({ status: 409, body: { error_code: 40907 } });
    expect(await http.post(AT, { offsets: [consumed(3, 7)] })).toMatchObject({ status: 409 });
    expect((await http.post(AT, { offsets: [consumed(5, 7)] })).status).toBe(200);
    expect([await values('a'), await committed('g')]).toEqual([{ end: 1 }, [7]]);
  });

  test('of a member is refused whole once the member is fenced, and nobody but members may commit', async () => {
    const { http, over, values, committed } = await world();
    await http.produce('in', [{ value: 1 }]);
    expect(await member(http, 'one')).toEqual([0]);
    const as = (more: object) => ({ records: [record('a', 1)], offsets: [consumed(0, 1, more)] });
    expect(await http.post(AT, as({}))).toMatchObject({
      status: 409,
      body: { message: expect.stringMatching(/has a member; .*: stop them first, or name the one that commits\.$/) },
    });
    expect(await http.post(AT, as({ consumer_id: 'somebody', consumer_epoch: 3 }))).toMatchObject({ status: 409 });
    expect(await http.post(AT, as({ consumer_instance: 'two' }))).toMatchObject({ status: 409 });
    const [joined] = (await over.groups.describe('g')).members;
    const stale = { consumer_id: joined!.memberId, consumer_epoch: joined!.memberEpoch + 1 };
    expect(await http.post(AT, as(stale))).toMatchObject({ status: 409 });
    expect([await values('a'), await committed('g')]).toEqual([{ end: 0 }, []]);
    expect((await http.post(AT, as({ consumer_instance: 'one' }))).status).toBe(200);
    expect([await values('a'), await committed('g')]).toEqual([{ end: 1 }, [1]]);
  });

  test.each([
    ['nothing in it', {}],
    ['a record without a topic', { records: [{ value: { type: 'JSON', data: 1 } }] }],
    ['a topic that is not there', { records: [record('a', 1), record('none', 1)] }],
    ['an unknown member', { records: [record('a', 1)], offset: [] }],
    ['a group twice', { records: [record('a', 1)], offsets: [consumed(0, 1), consumed(1, 2)] }],
    ['a member without its epoch', { records: [record('a', 1)], offsets: [consumed(0, 1, { consumer_id: 'm' })] }],
    ['a partition that is not there', { records: [record('a', 1), record('b', 1, { partition_id: 9 })] }],
  ])('with %s is refused, and stores nothing', async (_, body) => {
    const { http, values } = await world();
    const { status } = await http.post(AT, body);
    expect([400, 404]).toContain(status);
    expect([await values('a'), await values('b')]).toEqual([{ end: 0 }, { end: 0 }]);
  });

  test('that touches more ledgers than one transaction of the store is refused, and says so', async () => {
    const { http, over } = await world();
    await over.topics.create('wide', { partitions: 120, config: { 'millrace.partitions.per.ledger': '1' } });
    const records = Array.from({ length: 120 }, (_, i) => record('wide', i, { partition_id: i }));
    expect(await http.post(AT, { records })).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('100 items') },
    });
  });

  test('lands once and whole, whatever answers of the store are lost, when its sender tries until it is told', async () => {
    for (const [keyed, alone] of [
      [true, false],
      [false, false],
      [true, true],
    ]) {
      const clock = simulatedClock();
      const inner = memoryStores();
      const clean = await world(inner);
      const stores = faultyStores(inner, { clock, random: seededRandom(7) });
      const http = client(services(stores, { clock, random: seededRandom(8) }));
      stores.plan({ unavailable: 0.1, answerLost: 0.15, requestLost: 0.1 });
      for (let i = 0; i < 40; i++) {
        const records = alone ? [] : [record('a', i), record('b', i)];
        const body = { records, offsets: [consumed(i, i + 1)] };
        for (let status = 0; status !== 200 && (keyed || status !== 409); ) {
          const sent = http.post(AT, body, keyed ? { 'idempotency-key': `k${i}` } : {});
          let done = false;
          const end = () => {
            done = true;
          };
          sent.then(end, end);
          for (let turn = 0; !done; turn++) {
            await new Promise((resolve) => setImmediate(resolve));
            if (turn > 2 && !done) await clock.advance(50);
          }
          ({ status } = await sent);
        }
      }
      expect(Object.values(stores.struck).reduce((sum, count) => sum + count)).toBeGreaterThan(30);
      const ends = [await clean.values('a'), await clean.values('b')];
      expect(ends).toEqual(alone ? [{ end: 0 }, { end: 0 }] : [{ end: 40 }, { end: 40 }]);
      expect(await clean.committed('g')).toEqual([40]);
    }
  });
});
