import type { Random } from '../../lib/bytes/index.ts';
import type { Work } from '../../lib/route/index.ts';
import { idleRound, roundsPerMonth, upkeepOf } from './duties.ts';
import type { FunctionName } from './functions.ts';
import { scaled, type Uses, useOf } from './month.ts';
import { LATENCY } from './network.ts';
import { SECONDS_PER_MONTH } from './prices.ts';
import type { Workload } from './workloads.ts';
import { eventsOf, RETENTION_MS, TOPIC, World } from './world.ts';

/** Lambda reads a shard of a stream 4 times a second. Source: Lambda Developer Guide, "Process DynamoDB records with Lambda". */
const STREAM_READ_MS = 250;
/** An HTTP consumer asks this often, and at once again after an answer that was nearly full. */
const POLL_MS = 5_000;
const POLL_BYTES = 2 * 1024 * 1024;
/** Requests prepared, and sent again and again. */
const PREPARED = 16;
/** Messages that Lambda takes from a queue, and deletes, with one request. */
const QUEUE_BATCH = 10;
const MONTH_MS = SECONDS_PER_MONTH * 1_000;
/** Small objects are items until they are merged, after an hour, and collected, an hour later. */
const SMALL_OBJECT_LIFE_MS = 2 * 3_600_000;
/** After the last event, readers get so long to come to the end. */
const DRAIN_MS = 20_000;

/** What a workload makes AWS bill, in a month of 730 hours. */
export interface Month {
  readonly name: string;
  readonly readers: string;
  readonly workload: Workload;
  /** Events counted; as many `times` make a month. */
  readonly replayed: { readonly events: number; readonly times: number };
  readonly events: number;
  readonly uses: Uses;
  readonly gatewayUnits: number;
  readonly sinkRequests: number;
  readonly queue: { readonly sent: number; readonly received: number; readonly deleted: number };
  readonly objectGb: number;
  readonly itemGb: number;
  /** How far the readers are behind, in seconds of events: the replay only counts if they keep pace. */
  readonly lagSeconds: number;
  /** Times that one round of collection reads all pages. */
  readonly walks: number;
}

/** Replays a workload: what is counted while events come, and the upkeep that they cause later, scaled up to a month. */
export async function replay(workload: Workload, readers: string, random: Random): Promise<Month> {
  const world = new World(workload, random);
  const original = globalThis.fetch;
  globalThis.fetch = world.sink;
  try {
    await world.done(world.setUp());
    const idle = { tend: await idleRound(world, 'tend'), collect: await idleRound(world, 'collect') };
    const flow = await flowOf(world, random);
    const tick = await idleRound(world, 'tick');
    const events = workload.eventsPerSecond * SECONDS_PER_MONTH;
    const pagesPerDay = ((await world.pages()).made / Math.max(1, flow.sentEver)) * workload.eventsPerSecond * 86_400;
    const times = events / Math.max(1, flow.sentEver);
    const { tend, collect, walks } = await upkeepOf(world, { idle: { ...idle, tick }, times, pagesPerDay });
    const uses = { ...flow.uses, tick: scaled(tick, roundsPerMonth('tick')), tend, collect };
    const queued = workload.by === 'queue' ? events : 0;
    const small = uses.api?.calls['small object']?.bytesIn ?? 0;
    return {
      name: workload.name,
      readers,
      workload,
      replayed: flow.replayed,
      events,
      uses,
      gatewayUnits: flow.gatewayUnits,
      sinkRequests: flow.sinkRequests,
      queue: { sent: queued, received: queued / QUEUE_BATCH, deleted: queued / QUEUE_BATCH },
      objectGb: (workload.eventsPerSecond * workload.eventBytes * (RETENTION_MS / 1_000)) / 2 ** 30,
      itemGb: (small * SMALL_OBJECT_LIFE_MS) / MONTH_MS / 2 ** 30,
      lagSeconds: flow.lagSeconds,
      walks,
    };
  } finally {
    globalThis.fetch = original;
  }
}

type Flow = Pick<Month, 'replayed' | 'uses' | 'gatewayUnits' | 'sinkRequests' | 'lagSeconds'> & {
  /** Events since the beginning, those of the warm-up among them. */
  readonly sentEver: number;
};

/** What comes in, wakes, is read and is delivered: once to warm up, once counted. */
async function flowOf(world: World, random: Random): Promise<Flow> {
  const { replayMs, eventsPerSecond } = world.workload;
  const failures: unknown[] = [];
  const start: Start = (work) => {
    work.catch((error: unknown) => failures.push(error));
  };
  const on = { sending: true, reading: true };
  const sent = { events: 0 };
  const consumers = await makeConsumers(world);
  start(produceSteadily(world, random, sent, start, on));
  start(readStream(world, start, on));
  for (const path of consumers) start(consume(world, path, on));

  const beginMs = world.time.clock.monotonicMs();
  await world.time.runUntil(beginMs + replayMs);
  const warm = sent.events;
  for (const one of Object.values(world.functions)) one.reset();
  Object.assign(world.edges, { gatewayUnits: 0, sinkRequests: 0 });
  await world.time.runUntil(beginMs + 2 * replayMs);
  const times = MONTH_MS / replayMs;
  const uses = Object.fromEntries(
    FLOW.map((name) => [name, scaled(useOf(name, world.functions[name].counts()), times)]),
  );
  const { gatewayUnits, sinkRequests } = world.edges;
  const lag = await world.done(world.lag());
  on.sending = false;
  await world.time.runUntil(beginMs + 2 * replayMs + DRAIN_MS);
  on.reading = false;
  await world.time.runUntil(beginMs + 2 * replayMs + 2 * DRAIN_MS);
  if (failures.length > 0) throw failures[0];
  return {
    replayed: { events: sent.events - warm, times },
    uses,
    gatewayUnits: gatewayUnits * times,
    sinkRequests: sinkRequests * times,
    lagSeconds: eventsPerSecond > 0 ? lag / eventsPerSecond : 0,
    sentEver: sent.events,
  };
}

const FLOW: readonly FunctionName[] = ['api', 'ingest', 'dispatch', 'deliver'];

type Start = (work: Promise<unknown>) => void;
type On = { readonly sending: boolean; readonly reading: boolean };

async function produceSteadily(
  world: World,
  random: Random,
  sent: { events: number },
  start: Start,
  on: On,
): Promise<void> {
  const { batch, eventsPerSecond, eventBytes, by } = world.workload;
  if (batch === 0) return;
  const prepared = Array.from({ length: PREPARED }, () => {
    const events = eventsOf(batch, eventBytes, random);
    const records = events.map(({ key, value }) => `{"key":${key},"value":${value}}`);
    return { events, body: `{"records":[${records.join(',')}]}` };
  });
  const headers = { 'content-type': 'application/vnd.kafka.json.v2+json' };
  for (let i = 0; on.sending; i++) {
    const { events, body } = prepared[i % PREPARED]!;
    if (by === 'api') start(world.request('POST', `/topics/${TOPIC}`, body, headers));
    else start(world.functions.ingest.invoke(({ platform }) => platform.events.produce(TOPIC, events)));
    sent.events += batch;
    await world.time.clock.sleep((batch / eventsPerSecond) * 1_000);
  }
}

/** The table's stream, as `functions/dispatch.ts` reads it. */
async function readStream(world: World, start: Start, on: On): Promise<void> {
  while (on.reading) {
    await world.time.clock.sleep(STREAM_READ_MS);
    if (world.changed.size === 0) continue;
    const ledgers = [...world.changed.values()];
    world.changed.clear();
    await world.functions.dispatch.invoke(async ({ platform, call }) => {
      const works = await platform.routes.onDemand.readersOf(ledgers);
      await Promise.all(
        works.map(async (work) => {
          call();
          await world.time.clock.sleep(LATENCY.invokeMs);
          start(deliver(world, work));
        }),
      );
    });
  }
}

function deliver(world: World, work: Work): Promise<unknown> {
  const stop = new AbortController().signal;
  return world.functions.deliver.invoke(({ platform }) => platform.routes.onDemand.deliver(work, { stop }));
}

/** HTTP consumers, made and subscribed before anything comes in. Returns their paths. */
async function makeConsumers(world: World): Promise<string[]> {
  const { groups, consumers } = world.workload;
  const json = { 'content-type': 'application/vnd.kafka.v2+json' };
  const paths: string[] = [];
  for (let group = 0; group < groups; group++) {
    for (let consumer = 0; consumer < consumers; consumer++) {
      const body = JSON.stringify({ name: `c${consumer}`, format: 'json', 'auto.offset.reset': 'earliest' });
      await world.done(world.request('POST', `/consumers/group${group}`, body, json));
      const path = `/consumers/group${group}/instances/c${consumer}`;
      await world.done(world.request('POST', `${path}/subscription`, JSON.stringify({ topics: [TOPIC] }), json));
      paths.push(path);
    }
  }
  return paths;
}

async function consume(world: World, path: string, on: On): Promise<void> {
  const headers = { accept: 'application/vnd.kafka.json.v2+json' };
  const waitMs = Math.min(POLL_MS, world.workload.replayMs / 8);
  while (on.reading) {
    const answer = await world.request('GET', `${path}/records?timeout=0&max_bytes=${POLL_BYTES}`, undefined, headers);
    const bytes = (await answer.arrayBuffer()).byteLength;
    if (bytes < POLL_BYTES / 2) await world.time.clock.sleep(waitMs);
  }
}
