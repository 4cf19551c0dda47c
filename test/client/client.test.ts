import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Client, ClientEvent, EventToSend, Time } from '../../lib/client/index.ts';
import { ClientError, createClient } from '../../lib/client/index.ts';
import { httpApp } from '../../lib/http/index.ts';
import { memoryStores, type Stores } from '../../lib/store/index.ts';
import { services } from '../http/world.ts';
import { seededRandom, simulatedClock } from '../support/clock.ts';

type Fetch = typeof fetch;

/** Time that passes at once, on the clock of the servers. */
function timeOn(clock: ReturnType<typeof simulatedClock>, seed: number): Time {
  const random = seededRandom(seed);
  let ids = 0;
  return {
    nowMs: () => clock.monotonicMs(),
    random: () => random.next(),
    newId: () => `${seed}-${ids++}`,
    sleep: async (ms) => {
      await new Promise((resolved) => setImmediate(resolved));
      await clock.advance(ms);
    },
  };
}

/** Servers over the same stores, and clients of them, on one clock. */
async function world(stores: Stores = memoryStores()) {
  const clock = simulatedClock();
  const over = services(stores, { clock, random: seededRandom(1) });
  const server = (seed: number): Fetch => {
    const app = httpApp(services(stores, { clock, random: seededRandom(seed) }));
    return async (input, init) => app.request(String(input), init as RequestInit);
  };
  let seed = 100;
  const client = (fetch: Fetch = server(seed++)): Client =>
    createClient({ url: 'http://127.0.0.1:8082', fetch, time: timeOn(clock, seed++) });
  for (const topic of ['in', 'out']) await over.topics.create(topic, { partitions: 2 });
  const out = async () => {
    const reads = [0, 1].map((partition) => ({ topic: 'out', partition, offset: 0, maxBytes: 1 << 20 }));
    const fetched = await over.events.fetch(reads, { maxBytes: 1 << 22 });
    return fetched.reduce((sum, one) => sum + one.highWatermark, 0);
  };
  return { clock, over, server, client, out };
}

/** All events that are in a topic, by a group of their own. */
async function readAll(client: Client, topic: string, until: number): Promise<ClientEvent[]> {
  const found: ClientEvent[] = [];
  for await (const events of client.consume({ group: `look-${until}`, from: [topic], waitMs: 0 })) {
    found.push(...events);
    if (found.length >= until) break;
  }
  return found;
}

describe('the client', () => {
  test('brings keys, values and headers back as they went in', async () => {
    const { client } = await world();
    const mine = client();
    const bytes = Uint8Array.of(0, 255, 128);
    const placed = await mine.produce('in', [
      {
        key: 'k',
        value: { total: 12 },
        headers: [
          ['site', 'lab'],
          ['raw', bytes],
        ],
        partition: 1,
        timestampMs: 5,
      },
      { key: null, value: bytes, partition: 1 },
      { value: 'text ✓', partition: 1 },
      { key: 7, value: null, partition: 1 },
    ]);
    expect(placed).toEqual([0, 1, 2, 3].map((offset) => ({ topic: 'in', partition: 1, offset })));
    const [first, second, third, fourth] = await readAll(mine, 'in', 4);
    expect(first).toMatchObject({ topic: 'in', partition: 1, offset: 0, timestampMs: 5 });
    expect([new TextDecoder().decode(first!.key!), first!.json()]).toEqual(['k', { total: 12 }]);
    expect(first!.headers).toEqual([
      ['site', new TextEncoder().encode('lab')],
      ['raw', bytes],
    ]);
    expect([second!.key, second!.value, third!.text(), fourth!.value]).toEqual([null, bytes, 'text ✓', null]);
  });

  test('refuses what is no event, and sends nothing of what came with it', async () => {
    const { client } = await world();
    const mine = client();
    const misspelt = { key: 'k', vlaue: 'secret' } as unknown as EventToSend;
    await expect(mine.produce('in', [{ value: 1 }, misspelt])).rejects.toMatchObject({
      code: 'event_invalid',
      message: 'Event 1 of 2 has no value: { value } is needed, null where there is none.',
    });
    await expect(mine.produce('in', { value: 1 } as unknown as EventToSend[])).rejects.toMatchObject({
      code: 'event_invalid',
    });
    await expect(mine.transact({ to: [{ ...misspelt, topic: 'in' }] })).rejects.toMatchObject({
      code: 'event_invalid',
    });
    expect(await mine.produce('in', [{ value: 1, partition: 0 }])).toMatchObject([{ offset: 0 }]);
  });

  test('says which event is not JSON, and nothing of what it says', async () => {
    const { client } = await world();
    const mine = client();
    await mine.produce('in', [
      { value: 'secret {', partition: 1 },
      { value: null, key: 'k', partition: 1 },
      { value: Uint8Array.of(255), partition: 1 },
    ]);
    for (const [i, event] of (await readAll(mine, 'in', 3)).entries()) {
      let thrown: unknown;
      try {
        event.json();
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(ClientError);
      expect(thrown).toMatchObject({
        code: 'value_invalid',
        message: expect.stringContaining(`offset ${i} of topic "in", partition 1, has `),
      });
      expect((thrown as ClientError).cause).toBeUndefined();
      expect(String(thrown)).not.toMatch(/secret|\ufffd/);
    }
  });

  test('stores events of several topics and offsets together, and is told where a group has come further', async () => {
    const { client, over, out } = await world();
    const mine = client();
    const consumed = { group: 'g', ranges: [{ topic: 'in', partition: 0, from: 3, to: 5 }] };
    const transaction = {
      to: [
        { topic: 'out', value: 1 },
        { topic: 'in', value: 2, partition: 1 },
      ],
      consumed,
    };
    expect((await mine.transact(transaction)).map(({ topic }) => topic)).toEqual(['out', 'in']);
    await expect(mine.transact(transaction)).rejects.toMatchObject({ code: 'fenced', status: 409, serverCode: 40907 });
    expect(await out()).toBe(1);
    expect(await over.groups.committed('g')).toMatchObject([{ topic: 'in', partition: 0, offset: 5 }]);
  });

  test('says what the server refuses, and does not try that again', async () => {
    const { server, client } = await world();
    const inner = server(7);
    let asked = 0;
    const counting: Fetch = (...args) => {
      asked++;
      return inner(...args);
    };
    await expect(client(counting).produce('none', [{ value: 1 }])).rejects.toMatchObject({
      code: 'refused',
      status: 404,
      serverCode: 40403,
      message: expect.stringContaining("'none' does not exist"),
    });
    expect(asked).toBe(1);
    expect(() => createClient({ url: 'localhost' })).toThrow(/begins with http/);
  });

  test('gives up where nobody answers for as long as it was to try', async () => {
    const { client } = await world();
    const dead: Fetch = async () => {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:9') });
    };
    await expect(client(dead).produce('in', [{ value: 1 }])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^No answer from http:.* to POST .*: fetch failed \(connect ECONNREFUSED .*\)$/),
    });
  });

  test('ends processing with what the function throws, and stores nothing of that batch', async () => {
    const { client, out, over } = await world();
    const mine = client();
    await mine.produce('in', [{ value: 1 }]);
    const wrong = mine.process({ group: 'g', from: ['in'], waitMs: 0 }, () => {
      throw new RangeError('mine');
    });
    await expect(wrong).rejects.toThrow(RangeError);
    expect([await out(), await over.groups.committed('g')]).toEqual([0, []]);
  });

  test('stands alone: it imports nothing of the platform, of Node, or of others', () => {
    const folder = resolve(import.meta.dirname, '../../lib/client');
    for (const file of readdirSync(folder)) {
      const imports = [...readFileSync(join(folder, file), 'utf8').matchAll(/from '([^']+)'/g)].map(
        ([, path]) => path!,
      );
      expect([file, imports.filter((path) => !/^\.\/[a-z-]+\.ts$/.test(path))]).toEqual([file, []]);
    }
  });
});

describe('consume-transform-produce', () => {
  const EVENTS = 120;

  /** A network that loses requests and answers, and servers that say "later". */
  function flaky(inner: Fetch, seed: number, chances: { lost: number; answerLost: number; later: number }): Fetch {
    const random = seededRandom(seed);
    return async (...args) => {
      const draw = random.next();
      await new Promise((resolved) => setImmediate(resolved));
      if (draw < chances.lost) throw new TypeError('the request was lost');
      if (draw < chances.lost + chances.later) return new Response('{"error_code":50003}', { status: 503 });
      const answer = await inner(...args);
      if (draw < chances.lost + chances.later + chances.answerLost) throw new TypeError('the answer was lost');
      return answer;
    };
  }

  async function run(seed: number) {
    const { client, server, over, out, clock } = await world();
    // In many batches: a poll never gives less than one.
    for (let from = 0; from < EVENTS; from += 3) {
      const some = Array.from({ length: 3 }, (_, i) => ({ key: `${(from + i) % 17}`, value: from + i }));
      await client().produce('in', some);
    }
    const ending = new AbortController();
    const random = seededRandom(seed);
    const worker = async (own: number) => {
      const chances = { lost: 0.05, answerLost: 0.1, later: 0.05 };
      // Each life ends at any point: its calls are not answered any more, and the next begins with nothing.
      for (let life = 0; !ending.signal.aborted; life++) {
        const dying = new AbortController();
        const network = flaky(server(seed * 1_000 + own * 50 + life), seed * 77 + own * 50 + life, chances);
        let calls = 5 + Math.floor(random.next() * 12);
        const mortal: Fetch = (...args) => {
          if (calls-- > 0) return network(...args);
          dying.abort();
          return Promise.reject(new TypeError('dead'));
        };
        const signal = AbortSignal.any([ending.signal, dying.signal]);
        const work = async (events: readonly ClientEvent[]) => {
          // Sometimes longer than a session: the others have its partitions by then.
          if (random.next() < 0.1) await clock.advance(60_000);
          return { to: events.map((event) => ({ topic: 'out', key: event.key, value: event.value })) };
        };
        await client(mortal)
          .process({ group: 'g', from: ['in'], signal, waitMs: 0, maxBytes: 400 }, work)
          .catch(() => {});
        // A new process takes a while: members that are dead do not gather faster than their sessions end.
        await clock.advance(50_000);
      }
    };
    const workers = [worker(1), worker(2)];
    for (let turns = 0; (await out()) < EVENTS && turns < 4_000; turns++) {
      await new Promise((resolved) => setImmediate(resolved));
      await clock.advance(20);
    }
    await clock.advance(100_000);
    ending.abort();
    await Promise.all(workers);
    expect(await out()).toBe(EVENTS);
    const values = (await readAll(client(), 'out', EVENTS)).map((event) => event.json<number>());
    expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: EVENTS }, (_, i) => i));
    for (let key = 0; key < 17; key++) {
      const own = values.filter((value) => value % 17 === key);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
    expect((await over.groups.lag('g')).total).toBe(0);
  }

  test.each([1, 2, 3, 4, 5])(
    'lands each result once and in order, though workers die, freeze past their session and lose answers (seed %i)',
    async (seed) => {
      await run(seed);
    },
    60_000,
  );
});
