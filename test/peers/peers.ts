/**
 * `npm run bench:peers`: the same tools against Millrace and Kafka 4.3.1 on one machine, in turns. Millrace syncs before
 * every answer; Kafka is measured as it comes, and with a flush on every append, which promises the same. Only ratios
 * within one run mean anything.
 */
import { markdown } from '../../bench/table.ts';
import { installKafka } from '../clients/installations.ts';
import { type Bootstrap, startKafka, startMillrace } from '../clients/servers.ts';
import { MEASURES, makeTopic, sharesTopic } from './measures.ts';
import { usageOf } from './usage.ts';

const ROUNDS = 3;

const SERVERS: readonly { readonly name: string; readonly start: () => Promise<Bootstrap> }[] = [
  { name: 'Kafka', start: () => startKafka() },
  { name: 'Kafka, flushing', start: () => startKafka('log.flush.interval.messages=1\n') },
  { name: 'Millrace', start: () => startMillrace() },
];

interface Sample {
  readonly values: readonly number[];
  readonly unit: string;
  /** Of the server, while it was measured. */
  readonly cpuSeconds: number;
  readonly bytes: number;
}

/** By measure, then by server: a sample for each round. */
const samples = new Map<string, Map<string, Sample[]>>();
const residentBytes = new Map<string, number>();
let topics = 0;

async function measureAll(name: string, server: Bootstrap): Promise<void> {
  let topic = '';
  for (const measure of MEASURES) {
    if (!sharesTopic(measure)) {
      topic = `peers-${topics++}`;
      await makeTopic(server.url, topic);
    }
    const before = usageOf(server.pid);
    const measured = await measure.run(server.url, topic);
    const cpuSeconds = usageOf(server.pid).cpuSeconds - before.cpuSeconds;
    const { unit, bytes } = measured[0]!;
    const sample = { values: measured.map(({ value }) => value), unit, cpuSeconds, bytes };
    const ofMeasure = samples.get(measure.name) ?? new Map<string, Sample[]>();
    samples.set(measure.name, ofMeasure.set(name, [...(ofMeasure.get(name) ?? []), sample]));
    console.error(`${name}: ${measure.name}: ${sample.values.map((value) => value.toFixed(1)).join(' / ')} ${unit}`);
  }
  residentBytes.set(name, Math.max(residentBytes.get(name) ?? 0, usageOf(server.pid).residentBytesMax));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The medians of a measure's rounds, and their spread. */
function shown(ofServer: readonly Sample[]): string {
  const { length } = ofServer[0]!.values;
  return Array.from({ length }, (_, i) => {
    const values = ofServer.map((sample) => sample.values[i]!);
    const spread = length === 1 ? ` (${Math.min(...values).toFixed(0)}-${Math.max(...values).toFixed(0)})` : '';
    return `${median(values).toFixed(length === 1 ? 0 : 1)}${spread}`;
  }).join(' / ');
}

function report(): string {
  const rows = [...samples].map(([measure, byServer]) => {
    const [plain, flushing, ours] = SERVERS.map(({ name }) => byServer.get(name)!);
    const value = (of: readonly Sample[]) => median(of.map(({ values }) => values[0]!));
    const perGb = (of: readonly Sample[]) => {
      const used = median(of.map(({ cpuSeconds, bytes }) => cpuSeconds / (bytes / 1e9)));
      return Number.isFinite(used) ? used.toFixed(1) : '';
    };
    return [
      `${measure} (${plain![0]!.unit})`,
      ...[plain!, flushing!, ours!].map(shown),
      (value(ours!) / value(plain!)).toFixed(2),
      (value(ours!) / value(flushing!)).toFixed(2),
      `${perGb(plain!)} / ${perGb(ours!)}`,
    ];
  });
  const columns = ['', ...SERVERS.map(({ name }) => name), '÷ Kafka', '÷ flushing', 'CPU s/GB, Kafka / Millrace'];
  const memory = [...residentBytes].map(([name, bytes]) => `${name} ${(bytes / 1e6).toFixed(0)} MB`).join(', ');
  const table = markdown({ title: `Beside Kafka 4.3.1, medians of ${ROUNDS} rounds`, columns, rows });
  return `${table}\n\nMost memory resident: ${memory}.`;
}

await installKafka();
for (let round = 0; round < ROUNDS; round++) {
  for (const { name, start } of SERVERS) {
    const server = await start();
    try {
      await measureAll(name, server);
    } finally {
      await server.stop();
    }
  }
}
console.log(report());
