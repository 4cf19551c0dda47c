import { beforeEach, describe, expect, test } from 'vitest';
import { seededRandom, simulatedClock } from '../support/clock.ts';
import { at, type Client, ConsumersWorld, values } from './consumers-world.ts';
import { client, services } from './world.ts';

let w: ConsumersWorld;

beforeEach(async () => {
  w = await ConsumersWorld.open();
});

describe('several processes and members', () => {
  test('two processes over one store serve one instance in turn, and no record comes twice', async () => {
    const other = client(services(w.stores));
    await w.consumer('one');
    const got: unknown[] = [];
    for (let i = 0; i < 10; i++) {
      await w.produce(i);
      got.push(...values(await w.poll('one', { by: i % 2 === 0 ? w.http : other, timeout: 2_000 })));
    }
    expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('concurrent polls of one instance give each record once', async () => {
    const other = client(services(w.stores));
    await w.produce(...Array.from({ length: 40 }, (_, i) => i));
    await w.consumer('one');
    const got: unknown[] = [];
    for (let i = 0; i < 8; i++) {
      const answers = await Promise.all(
        [w.http, other, w.http].map((by) => w.poll('one', { by, more: '&max_bytes=8' })),
      );
      for (const answer of answers) got.push(...values(answer));
    }
    got.push(...(await w.drain('one', 40 - got.length)));
    expect([...got].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  test('members share the partitions, and one takes over what another leaves, where that one committed', async () => {
    await w.consumer('one');
    await w.poll('one');
    await w.consumer('two');
    const ones = async () => (await w.http.get(`${at('one')}/assignments`)).body as { partitions: unknown[] };
    for (let i = 0; i < 10 && (await ones()).partitions.length !== 1; i++) {
      await w.poll('two');
      await w.poll('one');
    }
    await w.poll('two');
    const twos = (await w.http.get(`${at('two')}/assignments`)).body as { partitions: unknown[] };
    expect([...(await ones()).partitions, ...twos.partitions]).toHaveLength(2);
    await w.produce(0, 1);
    const got = [...values(await w.poll('one')), ...values(await w.poll('two'))];
    expect(got.sort()).toEqual([0, 1]);
    await w.http.delete(at('two'));
    await w.produce(2, 3);
    expect((await w.drain('one', 2)).sort()).toEqual([2, 3]);
  });

  test('a member without partitions stands by, and its poll gets what another gives up', async () => {
    for (const name of ['one', 'two', 'three']) {
      await w.consumer(name);
      await w.poll(name);
    }
    for (let i = 0; i < 5; i++) for (const name of ['one', 'two']) await w.poll(name);
    const standby = w.poll('three', { timeout: 10_000 });
    await w.http.delete(at('one'));
    await w.produce(0, 1);
    const got = [...(await w.drain('two', 1)), ...values(await standby)];
    expect(got.sort()).toEqual([0, 1]);
  });

  test.each([1, 2, 3])('members that come and go in order lose no record and double none (seed %i)', async (seed) => {
    await w.over.topics.create('events', { partitions: 5 });
    const random = seededRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)]!;
    const processes = [w.http, client(services(w.stores))];
    const here = new Set<string>();
    const got: number[] = [];
    const read = async (name: string, by: Client) => {
      for (const value of values(await w.poll(name, { by, more: '&max_bytes=30' }))) got.push(value as number);
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
        await w.http.produce('events', records);
      } else if (!here.has(name)) {
        await w.consumer(name, {}, ['events']);
        here.add(name);
      } else if (what < 0.35) {
        expect(await pick(processes).delete(at(name))).toMatchObject({ status: 204 });
        here.delete(name);
      } else {
        await read(name, pick(processes));
      }
    }
    for (const name of here) await w.http.delete(at(name));
    await w.consumer('last', {}, ['events']);
    for (let idle = 0, before = -1; idle < 3; idle = got.length === before ? idle + 1 : 0) {
      before = got.length;
      await read('last', w.http);
    }
    expect(got.sort((a, b) => a - b)).toEqual(Array.from({ length: produced }, (_, i) => i));
  });

  test('a member whose session ended joins again by itself, and goes on from what it committed', async () => {
    const clock = simulatedClock();
    w.restart({ clock, random: seededRandom(1) });
    await w.produce(0, 2);
    await w.consumer('one', { 'session.timeout.ms': 10_000, 'auto.commit.enable': false });
    expect(values(await w.poll('one'))).toEqual([0, 2]);
    await w.http.post(`${at('one')}/offsets`, { offsets: [{ topic: 'orders', partition: 0, offset: 0 }] });
    clock.jump(20_000);
    expect(await w.drain('one', 1)).toEqual([2]);
  });
});
