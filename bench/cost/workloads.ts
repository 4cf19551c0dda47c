/** A fixed workload, as the issue of cost is asked: what comes in, and who reads it. */
export interface Workload {
  readonly name: string;
  readonly eventBytes: number;
  readonly eventsPerSecond: number;
  /** Events of one request of the API, or of one batch of the queue; 0 where nothing comes in. */
  readonly batch: number;
  /** `api`: a request stores its events. `queue`: SQS gathers them, and one invocation stores each batch. */
  readonly by: 'api' | 'queue';
  readonly partitions: number;
  readonly groups: number;
  readonly routes: number;
  /** HTTP consumers of each group. */
  readonly consumers: number;
  /** Events in one request of a route's sink. */
  readonly sinkBatch: number;
  /** Simulated time that is counted, after as much to warm up. */
  readonly replayMs: number;
}

const DAY_S = 86_400;
const KIB = 1024;
const MINUTE_MS = 60_000;

const READERS = [
  { groups: 1, routes: 0, readers: '1 group' },
  { groups: 3, routes: 0, readers: '3 groups' },
  { groups: 0, routes: 1, readers: '1 route' },
  { groups: 0, routes: 3, readers: '3 routes' },
] as const;

const million = { eventBytes: KIB, eventsPerSecond: 1_000_000 / DAY_S, partitions: 4, consumers: 1, sinkBatch: 10 };

const STREAMS: readonly Omit<Workload, 'groups' | 'routes'>[] = [
  { ...million, name: '1 M a day, single', by: 'api', batch: 1, replayMs: 3 * MINUTE_MS },
  { ...million, name: '1 M a day, batches of 100', by: 'api', batch: 100, replayMs: 20 * MINUTE_MS },
  { ...million, name: '1 M a day, buffered by 100', by: 'queue', batch: 100, replayMs: 20 * MINUTE_MS },
  { ...million, name: '1 M a day, buffered by 1,000', by: 'queue', batch: 1_000, replayMs: 40 * MINUTE_MS },
  {
    name: '1 MB/s, batches of 100',
    by: 'api',
    batch: 100,
    eventBytes: KIB,
    eventsPerSecond: 1_000_000 / KIB,
    partitions: 8,
    consumers: 1,
    sinkBatch: 100,
    replayMs: 40_000,
  },
  {
    name: '50 MB/s, batches of 1,000',
    by: 'api',
    batch: 1_000,
    eventBytes: KIB,
    eventsPerSecond: 50_000_000 / KIB,
    partitions: 64,
    consumers: 16,
    sinkBatch: 500,
    replayMs: 2_500,
  },
];

/** Nothing comes in, and nobody asks: a topic and a route are there. */
export const IDLE: Workload & { readonly readers: string } = {
  ...million,
  name: 'idle',
  readers: '1 route',
  eventsPerSecond: 0,
  batch: 0,
  by: 'api',
  groups: 0,
  routes: 1,
  replayMs: MINUTE_MS,
};

/** What is counted with each stream, and the label of its readers. */
export const WORKLOADS: readonly (Workload & { readonly readers: string })[] = STREAMS.flatMap((stream) =>
  READERS.map((readers) => ({ ...stream, ...readers })),
);
