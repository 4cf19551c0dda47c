import { milliseconds, percent, spreadOf, type Table } from '../../bench/harness.ts';
import { PEER_TITLES, type PeerName } from './peer.ts';
import type { RowSamples, Sample } from './turns.ts';

const NONE = '–';

/** Three tables: rates, latencies, and what the servers took for them. Those without rows are left out. */
export function tablesOf(found: readonly RowSamples[], peers: readonly PeerName[]): Table[] {
  const rates = found.filter(({ row }) => row.unit === 'MB/s');
  const paced = found.filter(({ row }) => row.unit === 'ms');
  const tables = [ratesTable(rates, peers), latenciesTable(paced, peers), costsTable(found, peers)];
  return tables.filter(({ rows }) => rows.length > 0);
}

/** Whom Millrace is held against. */
function others(peers: readonly PeerName[]): PeerName[] {
  return peers.includes('millrace') ? peers.filter((name) => name !== 'millrace') : [];
}

function ratioColumns(peers: readonly PeerName[]): string[] {
  return others(peers).map((name) => `÷ ${PEER_TITLES[name]}`);
}

function ratesTable(found: readonly RowSamples[], peers: readonly PeerName[]): Table {
  const rate = ({ values }: Sample) => values[0]! / 1e6;
  return {
    title: 'Rates, MB/s',
    columns: ['what', ...peers.map((name) => PEER_TITLES[name]), ...ratioColumns(peers)],
    rows: found.map((one) => [
      one.row.title,
      ...peers.map((name) => ofTurns(one, name, (samples) => withSpread(samples.map(rate), whole))),
      ...others(peers).map((name) => ratio(one, name, rate)),
    ]),
  };
}

function latenciesTable(found: readonly RowSamples[], peers: readonly PeerName[]): Table {
  const parts = ['p50', 'p99'];
  return {
    title: 'Latencies at a tenth of the rate, ms',
    columns: ['what', ...peers.map((name) => PEER_TITLES[name]), ...ratioColumns(peers)],
    rows: found.flatMap((one) =>
      parts.map((part, i) => [
        `${one.row.title}, ${part}`,
        ...peers.map((name) => ofTurns(one, name, (samples) => withRange(samples.map(({ values }) => values[i]!)))),
        ...others(peers).map((name) => ratio(one, name, ({ values }) => values[i]!)),
      ]),
    ),
  };
}

function costsTable(found: readonly RowSamples[], peers: readonly PeerName[]): Table {
  const cpu = ({ cpuSeconds, bytes }: Sample) => (cpuSeconds * 1e9) / bytes;
  const memory = ({ residentBytesMax }: Sample) => residentBytesMax / 1e6;
  const titles = peers.map((name) => PEER_TITLES[name]);
  return {
    title: 'What the servers took',
    columns: [
      'what',
      ...titles.map((title) => `${title}: CPU s/GB`),
      ...ratioColumns(peers),
      ...titles.map((title) => `${title}: MB`),
    ],
    rows: found.map((one) => [
      one.row.title,
      ...peers.map((name) => ofTurns(one, name, (samples) => spreadOf(samples.map(cpu)).median.toFixed(2))),
      ...others(peers).map((name) => ratio(one, name, cpu)),
      ...peers.map((name) => ofTurns(one, name, (samples) => whole(Math.max(...samples.map(memory))))),
    ]),
  };
}

function ofTurns({ samples }: RowSamples, name: PeerName, show: (samples: readonly Sample[]) => string): string {
  const of = (samples.get(name) ?? []).filter((sample) => sample !== undefined);
  return of.length === 0 ? NONE : show(of);
}

/** The median of the ratios turn by turn, and the least and the largest of them. */
function ratio({ samples }: RowSamples, other: PeerName, value: (sample: Sample) => number): string {
  const theirs = samples.get(other) ?? [];
  const ratios = (samples.get('millrace') ?? []).flatMap((ours, turn) => {
    const their = theirs[turn];
    return ours && their ? [value(ours) / value(their)] : [];
  });
  if (ratios.length === 0) return NONE;
  const { median } = spreadOf(ratios);
  if (ratios.length === 1) return median.toFixed(2);
  return `${median.toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
}

function withSpread(values: readonly number[], show: (value: number) => string): string {
  const { median, spread } = spreadOf(values);
  return values.length === 1 ? show(median) : `${show(median)} ± ${percent(spread)}`;
}

function withRange(values: readonly number[]): string {
  const { median } = spreadOf(values);
  if (values.length === 1) return milliseconds(median);
  return `${milliseconds(median)} (${milliseconds(Math.min(...values))}–${milliseconds(Math.max(...values))})`;
}

function whole(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1);
}
