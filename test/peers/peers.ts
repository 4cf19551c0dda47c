/**
 * `npm run bench:peers`: the same tools against Millrace and Kafka 4.3.1 on one machine, in turns. Millrace syncs before
 * every answer; Kafka is measured as it comes, and with a flush on every append, which promises the same. Only ratios
 * within one run mean anything. Options after `--`:
 * `--only java-1k,paced` (rows whose names begin so), `--rounds 3`, `--quick` (shows that it works; its numbers mean
 * nothing), `--markdown` (for docs/performance.md), `--servers kafka,millrace`, `--folder PATH` (on the disk to be
 * measured), `--profile` (Millrace alone, and where its main thread spent the time of each row).
 */
import { megabytes, milliseconds, type Table } from '../../bench/harness.ts';
import { describeMachine } from '../../bench/machine.ts';
import { aligned, markdown } from '../../bench/table.ts';
import { installKafka } from '../clients/installations.ts';
import { type Options, optionsOf } from './options.ts';
import { PEER_TITLES } from './peer.ts';
import { profiled, selfTimes } from './profile.ts';
import { tablesOf } from './report.ts';
import { FULL, QUICK, QUICK_ROWS, type Row, rowsNamed } from './rows.ts';
import { measureAll, type Plan, type Sample, secondsOf, turnsOf, type Watch } from './turns.ts';

/** Of the time that a run is thought to take; rows that are left then are left out. A quick one is to show all, however long. */
const LIMIT_FACTOR = 2;
const QUICK_LIMIT_FACTOR = 4;
const MINUTE_SECONDS = 60;

function planOf({ only, quick, rounds, peers, folder, profile }: Options): Plan {
  const rows = rowsNamed(quick && only.length === 0 ? QUICK_ROWS : only);
  const plan = { rows, peers, rounds, effort: quick ? QUICK : FULL, folder, inspected: profile };
  return { ...plan, limitMs: secondsOf(plan) * (quick ? QUICK_LIMIT_FACTOR : LIMIT_FACTOR) * 1_000 };
}

/** Tells of each turn on standard error, so that whoever waits knows how far it is. */
function watchOf(plan: Plan, show: (table: Table) => string): Watch {
  const turns = plan.rows.reduce((sum, row) => sum + turnsOf(row, plan) * plan.peers.length, 0);
  const startMs = performance.now();
  let done = 0;
  return {
    measured: (row, turn, name, sample) => {
      const minutes = ((performance.now() - startMs) / 1_000 / MINUTE_SECONDS).toFixed(1);
      const said = `${PEER_TITLES[name]}, turn ${turn + 1}: ${valuesOf(row, sample)}`;
      console.error(`[${++done}/${turns}, ${minutes} min] ${row.title}: ${said}`);
    },
    around: async (row, peer, work) => {
      if (peer.inspectorPort === undefined) return work();
      const { result, profile } = await profiled(peer.inspectorPort, work);
      console.log(`\n${show(selfTimes(row.title, profile))}`);
      return result;
    },
    failed: (row, turn, name, error) => {
      process.exitCode = 1;
      const why = error instanceof Error ? error.message : String(error);
      console.error(`${row.title}: ${PEER_TITLES[name]}, turn ${turn + 1} failed: ${why}`);
    },
    late: (row, turn) => console.error(`The time is up: ${row.title} from turn ${turn + 1} on is left out.`),
  };
}

function valuesOf({ unit }: Row, { values, cpuSeconds, bytes, residentBytesMax }: Sample): string {
  const measured = unit === 'ms' ? values.map(milliseconds).join(' / ') : megabytes(values[0]!);
  const cpu = ((cpuSeconds * 1e9) / bytes).toFixed(2);
  return `${measured} ${unit}, ${cpu} CPU s/GB, ${megabytes(residentBytesMax)} MB resident`;
}

async function main(options: Options): Promise<void> {
  const plan = planOf(options);
  const show = options.markdown ? markdown : aligned;
  const facts = describeMachine(options.folder);
  const minutes = Math.ceil(secondsOf(plan) / MINUTE_SECONDS);
  const most = Math.ceil(plan.limitMs / 1_000 / MINUTE_SECONDS);
  console.error(`${plan.rows.length} rows, about ${minutes} min; after ${most} min what is left is left out.`);
  if (plan.peers.some((name) => name !== 'millrace') || plan.rows.some(needsJava)) await installKafka();
  console.log(facts.map((fact) => (options.markdown ? `- ${fact}` : fact)).join('\n'));
  const found = await measureAll(plan, watchOf(plan, show));
  for (const table of tablesOf(found, plan.peers)) console.log(`\n${show(table)}`);
}

function needsJava({ title }: Row): boolean {
  return title.includes('Java');
}

// Servers and tools end when this process does (`exit`), also where it is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  await main(optionsOf(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
