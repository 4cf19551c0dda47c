import { Peer, type PeerName, syncDisk } from './peer.ts';
import { type Effort, PACE_ROW, type Row } from './rows.ts';
import { forgetPeak, usageOf } from './usage.ts';

/** What one turn of one server was measured as. */
export interface Sample {
  readonly values: readonly number[];
  /** Of the server, in this turn. */
  readonly cpuSeconds: number;
  readonly bytes: number;
  readonly residentBytesMax: number;
}

/** Of each server one sample per turn, those of one turn at the same index; undefined where it failed. */
export type Samples = ReadonlyMap<PeerName, readonly (Sample | undefined)[]>;

export interface RowSamples {
  readonly row: Row;
  readonly samples: Samples;
}

export interface Plan {
  readonly rows: readonly Row[];
  readonly peers: readonly PeerName[];
  readonly rounds: number;
  readonly effort: Effort;
  readonly folder: string;
  readonly inspected: boolean;
  /** No turn begins later. */
  readonly limitMs: number;
}

/** What goes on beside the measuring. */
export interface Watch {
  /** A server has had its turn. */
  measured(row: Row, turn: number, name: PeerName, sample: Sample): void;
  /** Around the part of a turn that is measured. */
  around<T>(row: Row, peer: Peer, work: () => Promise<T>): Promise<T>;
  /** A turn failed: it is left out, and the others go on. */
  failed(row: Row, turn: number, name: PeerName, error: unknown): void;
  /** The time is up, and what is left out. */
  late(row: Row, turn: number): void;
}

const START_SECONDS = 15;
const RECORD_BYTES = 1_024;
/** Where the row that it is a tenth of is not measured. */
const PACE_DEFAULT = 5_000;
const PACE_PART = 0.1;

export function turnsOf(row: Row, { rounds, effort }: Pick<Plan, 'rounds' | 'effort'>): number {
  return row.unit === 'ms' ? Math.max(rounds, effort.pacedTurns) : rounds;
}

/** Roughly how long the plan takes, in seconds. */
export function secondsOf(plan: Pick<Plan, 'rows' | 'peers' | 'rounds' | 'effort'>): number {
  const turns = plan.rows.reduce((sum, row) => sum + turnsOf(row, plan) * row.seconds, 0);
  const starts = plan.rows.filter((row, i) => startsAnew(row, i, plan)).length;
  return turns * plan.peers.length * plan.effort.timePart + starts * START_SECONDS;
}

function startsAnew({ anew }: Row, index: number, { effort }: Pick<Plan, 'effort'>): boolean {
  return index === 0 || (anew && effort.anew);
}

/**
 * Measures row by row, each server in turn: A B C, B C A, C A B …, so that all see the same machine. All run beside each
 * other, and those whose turn it is not are idle; the disk is synced before each turn, so that nobody pays for another's
 * writes.
 */
export async function measureAll(plan: Plan, watch: Watch): Promise<RowSamples[]> {
  const found: RowSamples[] = [];
  const endMs = performance.now() + plan.limitMs;
  let peers: Peer[] = [];
  let pace = PACE_DEFAULT;
  try {
    for (const [i, row] of plan.rows.entries()) {
      if (startsAnew(row, i, plan)) {
        await stopAll(peers);
        peers = [];
        peers = await startAll(plan);
      }
      const samples = await measureRow(row, plan, peers, pace, endMs, watch);
      if ([...samples.values()].every(({ length }) => length === 0)) break;
      found.push({ row, samples });
      if (row.id === PACE_ROW) pace = paceOf(samples);
    }
  } finally {
    await stopAll(peers);
  }
  return found;
}

/** All or none. */
async function startAll({ peers, folder, inspected }: Plan): Promise<Peer[]> {
  const starting = await Promise.allSettled(peers.map((name) => Peer.start(name, { folder, inspected })));
  const failed = starting.find((one) => one.status === 'rejected');
  const running = starting.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (!failed) return running;
  await stopAll(running);
  throw failed.reason;
}

function stopAll(peers: readonly Peer[]): Promise<unknown> {
  return Promise.all(peers.map((peer) => peer.stop()));
}

async function measureRow(
  row: Row,
  plan: Plan,
  peers: readonly Peer[],
  pace: number,
  endMs: number,
  watch: Watch,
): Promise<Samples> {
  const samples = new Map<PeerName, (Sample | undefined)[]>(peers.map(({ name }) => [name, []]));
  for (let turn = 0; turn < turnsOf(row, plan); turn++) {
    if (performance.now() > endMs) {
      watch.late(row, turn);
      return samples;
    }
    for (let i = 0; i < peers.length; i++) {
      const peer = peers[(turn + i) % peers.length]!;
      let sample: Sample | undefined;
      try {
        sample = await takeTurn(row, turn, peer, plan, pace, watch);
        watch.measured(row, turn, peer.name, sample);
      } catch (error) {
        watch.failed(row, turn, peer.name, error);
      }
      samples.get(peer.name)!.push(sample);
    }
  }
  return samples;
}

async function takeTurn(
  row: Row,
  turn: number,
  peer: Peer,
  { effort, folder }: Plan,
  pace: number,
  watch: Watch,
): Promise<Sample> {
  const topic = row.fill ? row.id : `${row.id}-${turn}`;
  if (!row.fill || turn === 0) await peer.makeTopic(topic, row.partitions(effort));
  if (turn === 0) await row.fill?.(peer, topic, { effort, pace });
  if (row.cold) await peer.restartCold();
  await syncDisk(folder);
  const sample = await sampled(peer, () => watch.around(row, peer, () => row.run(peer, topic, { effort, pace })));
  // Kafka's disk would be full; Millrace's bytes stay for as long as a slow reader may want them, with the folder.
  if (!row.fill && peer.name !== 'millrace') await peer.deleteTopic(topic);
  return sample;
}

async function sampled(peer: Peer, run: () => Promise<Pick<Sample, 'values' | 'bytes'>>): Promise<Sample> {
  forgetPeak(peer.pid);
  const before = usageOf(peer.pid);
  const { values, bytes } = await run();
  const after = usageOf(peer.pid);
  const { residentBytesMax } = after;
  return { values, bytes, cpuSeconds: after.cpuSeconds - before.cpuSeconds, residentBytesMax };
}

/** In records a second, to the hundred. */
function paceOf(samples: Samples): number {
  const of = samples.get('kafka') ?? [...samples.values()][0] ?? [];
  const sorted = of.flatMap((sample) => sample?.values[0] ?? []).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  return median === undefined ? PACE_DEFAULT : Math.ceil((median * PACE_PART) / RECORD_BYTES / 100) * 100;
}
