import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, eventually, JSON_V2, type Place, type ReadRecord } from './deployment.ts';
import { killFunction } from './kill-function.ts';
import { WEBHOOK_SECRET } from './secret.ts';

const START_MS = 15 * 60_000;
const STEP_MS = 5 * 60_000;
/** A lease that nobody renews runs out within this. */
const LEASE_MS = 35_000;
const V2 = 'application/vnd.kafka.v2+json';

/** A trip that goes to some of the routes; each has a filter that takes what names it. */
function trip(id: string, to: readonly string[], more: object = {}): object {
  return { key: id, value: { trip: id, to, delay: 75, ...more } };
}

/**
 * What a user does with a deployed platform, from the first deployment to the last: one step after another on one stack of an
 * emulator, each of which stands on those before it. It begins behind one kind of API, and may go on behind another.
 */
export function deploymentOn(
  name: string,
  start: () => Promise<Place>,
  { api, thenApi, ours = true }: { readonly api: string; readonly thenApi?: string; readonly ours?: boolean },
): void {
  describe(`a platform deployed to ${name}`, () => {
    let at: Deployment;

    beforeAll(async () => {
      at = await Deployment.start(await start(), api);
      await at.cdk.bootstrap();
      await at.deploy();
    }, START_MS);

    afterAll(async () => {
      await at?.stop();
    }, STEP_MS);

    it(
      'has the topics and routes that its template declares',
      async () => {
        // At once where the emulator calls custom resources; else with the first upkeep.
        if ((await at.ask<string[]>('GET', '/topics')).length === 0) await at.tend();
        expect(await at.ask('GET', '/topics')).toEqual(
          expect.arrayContaining(['copies', 'hook-dead', 'inbox', 'latest', 'short', 'trips']),
        );
        const routes = await at.ask<string[]>('GET', '/connectors');
        const declared = ['bus', 'copy', 'fanout', 'handler', 'hook', 'lake', 'ordered', 'queue', 'table'];
        expect(routes).toEqual(expect.arrayContaining(declared));
      },
      STEP_MS,
    );

    it(
      'makes a topic over REST',
      async () => {
        await at.ask('POST', '/v3/clusters/fleet/topics', { topic_name: 'by-hand', partitions_count: 2 });
        const topic = await at.ask<{ partitions: unknown[] }>('GET', '/topics/by-hand');
        expect(topic.partitions).toHaveLength(2);
      },
      STEP_MS,
    );

    it(
      'takes one event, many at once, and buffered ones',
      async () => {
        const single = await at.produce('by-hand', [{ key: 'a', value: { n: 0 }, partition: 0 }]);
        expect(single.offsets).toMatchObject([{ partition: 0, offset: 0 }]);
        const records = Array.from({ length: 100 }, (_, n) => ({ key: 'a', value: { n: n + 1 }, partition: 0 }));
        const batch = await at.produce('by-hand', records);
        expect(batch.offsets.map(({ offset }) => offset)).toEqual(records.map((_, n) => n + 1));
        const buffered = { records: [{ key: 'a', value: { n: 101 }, partition: 0 }] };
        await at.ask('POST', '/buffered/topics/by-hand', buffered, JSON_V2);
        const last = await eventually('the buffered event', async () => (await at.read('by-hand', 0, 101))[0]);
        expect(last).toMatchObject({ offset: 101, value: { n: 101 } });
      },
      STEP_MS,
    );

    it(
      'shares its partitions out to a group, which commits and goes on from there',
      async () => {
        const polled = await consume(at, 'readers', 'one', 102);
        expect(polled.map(({ value }) => value?.n)).toEqual(Array.from({ length: 102 }, (_, n) => n));
        await at.produce('by-hand', [{ key: 'a', value: { n: 102 }, partition: 0 }]);
        expect((await consume(at, 'readers', 'two', 1)).map(({ value }) => value?.n)).toEqual([102]);
      },
      STEP_MS,
    );

    it(
      'delivers to a queue what the filter lets through, transformed',
      async () => {
        await at.produce('trips', [trip('q1', ['queue']), trip('nobody', [])]);
        const [message] = await at.messages(at.outputs.PlainUrl, 1);
        expect(message!.body).toEqual({ trip: 'q1', late: true });
      },
      STEP_MS,
    );

    it(
      'delivers to a FIFO queue in the order of each key',
      async () => {
        const trips = Array.from({ length: 10 }, (_, step) => trip('o1', ['ordered'], { step }));
        await at.produce('trips', trips);
        const messages = await at.messages(at.outputs.OrderedUrl, 10);
        expect(messages.map(({ body }) => body.step)).toEqual(trips.map((_, step) => step));
      },
      STEP_MS,
    );

    it(
      'delivers through a topic of SNS and a bus of EventBridge',
      async () => {
        await at.produce('trips', [trip('f1', ['fanout', 'bus'])]);
        const [fanned] = await at.messages(at.outputs.FannedUrl, 1);
        expect(fanned!.body).toMatchObject({ trip: 'f1' });
        const [bussed] = await at.messages(at.outputs.BussedUrl, 1);
        expect(bussed!.body).toMatchObject({ source: 'millrace', 'detail-type': 'trips', detail: { trip: 'f1' } });
      },
      STEP_MS,
    );

    it(
      'delivers to a table, to files, to another topic: once each',
      async () => {
        await at.produce('trips', [trip('t1', ['table', 'lake', 'copy'])]);
        const item = await eventually('the item', () => at.trip('t1'));
        expect(item).toMatchObject({ trip: { S: 't1' }, delay: { N: '75' } });
        const line = await eventually('the line', async () => (await at.lakeLines())[0]);
        expect(line).toMatchObject({ topic: 'trips', value: { trip: 't1' } });
        const copied = await eventually('the copy', async () => found(await readAll(at, 'copies', 2), 1));
        expect(copied.map(({ value }) => value?.trip)).toEqual(['t1']);
      },
      STEP_MS,
    );

    it(
      'calls a function with the event that a mapping from Kafka would give it',
      async () => {
        await at.produce('trips', [trip('l1', ['handler'])]);
        const told = await eventually('the call', () => at.listener.at('/lambda')[0]);
        const event = JSON.parse(told.body.toString('utf8'));
        expect(event).toMatchObject({ eventSource: 'aws:kafka' });
        const [record] = Object.values(event.records as Record<string, { value: string }[]>).flat();
        expect(JSON.parse(Buffer.from(record!.value, 'base64').toString('utf8'))).toMatchObject({ trip: 'l1' });
      },
      STEP_MS,
    );

    it(
      'posts to a webhook, signed with a secret that neither template nor route holds',
      async () => {
        await at.produce('trips', [trip('h1', ['hook'])]);
        const told = await eventually('the request', () => at.listener.at('/hook')[0]);
        const headers = Object.entries(told.headers).map(([header, value]) => [header, String(value)]);
        expect(new Webhook(WEBHOOK_SECRET).verify(told.body, Object.fromEntries(headers))).toEqual({ trip: 'h1' });
        const shown = await at.ask<Record<string, string>>('GET', '/connectors/hook/config');
        expect(JSON.stringify(shown)).not.toContain(WEBHOOK_SECRET);
      },
      STEP_MS,
    );

    it(
      'puts what a destination refuses among the dead letters, whole, with the reason',
      async () => {
        at.listener.reply = ({ body }) => (body.includes('bad') ? 422 : 200);
        await at.produce('trips', [trip('bad', ['hook'], { cargo: 'eggs' })]);
        const [letter] = await eventually('the dead letter', async () => found(await at.read('hook-dead', 0), 1));
        expect(letter!.value).toMatchObject({ trip: 'bad', cargo: 'eggs', delay: 75 });
        const why = Object.fromEntries(
          letter!.headers!.map((one) => [one.name, Buffer.from(one.value, 'base64').toString()]),
        );
        expect(why).toMatchObject({ '__connect.errors.topic': 'trips', '__connect.errors.connector.name': 'hook' });
        expect(why['__connect.errors.exception.message']).toContain('422');
      },
      STEP_MS,
    );

    // Elsewhere a function's process is out of reach.
    if (ours) {
      it(
        'has another worker go on where one was killed',
        async () => {
          let silent = true;
          at.listener.reply = () => (silent ? 'never' : 200);
          await at.produce('trips', [trip('k1', ['hook'])]);
          const posts = () => at.listener.at('/hook').filter(({ body }) => body.includes('k1'));
          await eventually('the request that is not answered', () => posts()[0]);
          expect(killFunction('fleet-deliver-hook', at.place.endpoint!)).toBeGreaterThan(0);
          silent = false;
          await new Promise((resolve) => setTimeout(resolve, LEASE_MS));
          // The minute's sweep, had at once.
          await at.tend();
          await eventually('the second request', () => posts()[1]);
          await eventually('the position behind it', async () => ((await lagOf(at, 'hook')) === 0 ? true : undefined));
        },
        STEP_MS,
      );
    }

    it(
      'brings messages of a queue and changes of a table into a topic',
      async () => {
        await at.send(at.outputs.InboxUrl, { trip: 'in-1' });
        const values = await eventually('both sources', async () => {
          const read = await at.read('inbox', 0);
          const fromQueue = read.find(({ value }) => value?.trip === 'in-1');
          // Beside the route's positions, which are items of the table too.
          const fromTable = read.find(({ value }) => JSON.stringify(value?.newImage ?? null).includes('"trip":"t1"'));
          return fromQueue && fromTable && { fromQueue, fromTable };
        });
        expect(values.fromTable.value).toMatchObject({ eventName: 'INSERT', newImage: { trip: 't1' } });
      },
      STEP_MS,
    );

    it(
      'retains what its topics say, and compacts by key',
      async () => {
        for (let round = 0; round < 70; round++) {
          await at.produce('latest', [{ key: 'same', value: { round } }]);
          if (round % 10 === 0) await at.produce('short', [{ value: { round } }]);
        }
        await at.tend();
        await eventually('retention', async () => {
          if ((await startOf(at, 'short')) === 7) return true;
          await at.tend();
          return undefined;
        });
        const latest = await eventually('compaction', async () => {
          const read = await at.read('latest', 0);
          if (read.length < 70) return read;
          await at.tend();
          return undefined;
        });
        expect(latest.at(-1)).toMatchObject({ offset: 69, value: { round: 69 } });
      },
      STEP_MS,
    );

    it(
      'is updated by another route, and keeps its data and what was made by hand',
      async () => {
        await at.deploy({ extra: 'yes' });
        if (!(await at.ask<string[]>('GET', '/connectors')).includes('later')) await at.tend();
        expect(await at.ask('GET', '/topics')).toContain('by-hand');
        expect(await at.read('by-hand', 0)).toHaveLength(103);
        await at.produce('trips', [trip('u1', ['later', 'queue'])]);
        expect((await at.messages(at.outputs.LaterUrl, 1))[0]!.body).toMatchObject({ trip: 'u1' });
        expect((await at.messages(at.outputs.PlainUrl, 1))[0]!.body).toMatchObject({ trip: 'u1' });
      },
      START_MS,
    );

    if (thenApi) {
      it(
        'answers behind another kind of API when the template says so',
        async () => {
          const before = at.outputs.EventsApiUrl;
          await at.deploy({ extra: 'yes', api: thenApi });
          expect(at.outputs.EventsApiUrl).not.toBe(before);
          await at.produce('by-hand', [{ key: 'a', value: { n: 103 }, partition: 0 }]);
          expect((await at.read('by-hand', 0, 103))[0]).toMatchObject({ offset: 103, value: { n: 103 } });
        },
        START_MS,
      );
    }

    it(
      'is destroyed',
      async () => {
        await at.empty(at.outputs.EventsBucketName);
        await at.empty(at.outputs.LakeBucket);
        await at.cdk.destroy();
      },
      START_MS,
    );
  });
}

/** All that a new member of a group polls until it has `count` events, which it commits before it leaves. */
async function consume(at: Deployment, group: string, name: string, count: number): Promise<ReadRecord[]> {
  const settings = { name, format: 'json', 'auto.offset.reset': 'earliest', 'auto.commit.enable': 'false' };
  await at.ask('POST', `/consumers/${group}`, settings, V2);
  const instance = `/consumers/${group}/instances/${name}`;
  await at.ask('POST', `${instance}/subscription`, { topics: ['by-hand'] }, V2);
  const records: ReadRecord[] = [];
  await eventually(`${count} events of the group`, async () => {
    records.push(...(await at.ask<ReadRecord[]>('GET', `${instance}/records?timeout=2000`)));
    return records.length >= count ? records : undefined;
  });
  await at.ask('POST', `${instance}/offsets`, undefined, V2);
  await at.ask('DELETE', instance, undefined, V2);
  return records;
}

async function readAll(at: Deployment, topic: string, partitions: number): Promise<ReadRecord[]> {
  const read = await Promise.all(Array.from({ length: partitions }, (_, partition) => at.read(topic, partition)));
  return read.flat();
}

function found<T>(all: readonly T[], count: number): readonly T[] | undefined {
  return all.length >= count ? all : undefined;
}

async function lagOf(at: Deployment, route: string): Promise<number> {
  const { tasks } = await at.ask<{ tasks: { partitions: { lag: number }[] }[] }>('GET', `/connectors/${route}/status`);
  return tasks.flatMap(({ partitions }) => partitions).reduce((sum, { lag }) => sum + lag, 0);
}

async function startOf(at: Deployment, topic: string): Promise<number> {
  const offsets = await at.ask<{ beginning_offset: number }>('GET', `/topics/${topic}/partitions/0/offsets`);
  return offsets.beginning_offset;
}
