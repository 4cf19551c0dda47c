import type { Command } from 'commander';
import type { Problem, VerifyReport } from '../../lib/log/index.ts';
import type { ObjectPlace } from '../../lib/store/index.ts';
import type { Register, Surroundings } from '../command.ts';
import { CliError } from '../errors.ts';
import { drawProgress } from '../progress.ts';
import { addStoresOptions, openStores, type StoresOptions, storesName } from '../stores.ts';
import { counted, durationText, sizeText } from '../table.ts';

interface VerifyOptions extends StoresOptions {
  readonly quick?: true;
  readonly repair?: true;
  readonly output: 'text' | 'json';
}

/**
 * Objects named by nobody that are told: fewer are left by every process that was killed, whose flushes were under way.
 */
const UNNAMED_TOLD = 16;
/** Objects in volumes take whole blocks of this size. */
const BLOCK_BYTES = 4096;
const REPAIRED_NOTHING = 'Repaired nothing: nothing that is here proves what was there before.';

export const registerVerify: Register = (program, surroundings) => {
  addStoresOptions(
    program
      .command('verify')
      .summary('prove that a data folder is sound')
      .description(
        'Reads a whole data folder, or bucket and table, and proves that offsets are dense, that every byte that is named is there, that every CRC holds, and that all adds up to the sums that were kept of it. Millrace must not run on a data folder meanwhile, nor anywhere while --repair is at work. Exits with 2 where something is wrong that was not repaired.',
      ),
  )
    .option('--quick', 'ledgers and footers alone, without reading every byte')
    .option('--repair', 'first puts back what objects, copies and catalogs prove: heads, pages, next offsets')
    .action((_, command: Command) => verify(command.optsWithGlobals<VerifyOptions>(), surroundings));
};

async function verify(options: VerifyOptions, { output }: Surroundings): Promise<void> {
  const stores = await openStores(options, { prove: true });
  const name = storesName(options);
  const { openPlatform } = await import('../../lib/platform.ts');
  const platform = openPlatform({ stores, background: false });
  const progress = await drawProgress(output, 'Verifying', 'ledgers');
  const startMs = performance.now();
  try {
    const repaired = options.repair ? await platform.repair() : [];
    const report = await platform.verify({
      deep: !options.quick,
      onProgress: ({ ledgers, ofLedgers }) => progress.at(ledgers, ofLedgers),
    });
    progress.end();
    const names = new Map((await platform.topics.list()).map(({ topicId, name }) => [topicId, name]));
    const topicOf = ({ ledger }: Problem) => names.get(ledger.split('/')[0]!);
    const placeOf = ({ object }: Problem) => (object === undefined ? undefined : stores.placeOf?.(object));
    const { problems, ...counts } = report;
    const { records, ...quickCounts } = counts;
    if (options.output === 'json')
      await output.json({
        data: name,
        ok: problems.length === 0,
        ...(options.repair && { repaired }),
        ...(options.quick ? quickCounts : { ...quickCounts, records }),
        problems: problems.map((one) => ({ ...one, topic: topicOf(one) ?? null, place: placeOf(one) ?? null })),
      });
    else {
      for (const { ledger, message } of repaired) await output.write(`repaired ${ledger}: ${message}\n`);
      await output.write(`${countsText(report, options)} (${durationText(performance.now() - startMs)}).\n`);
      for (const one of problems) {
        const topic = topicOf(one);
        const where = topic === undefined ? one.ledger : `${one.ledger} (topic "${topic}")`;
        await output.write(`${one.code} ${where}: ${one.message}\n`);
        const place = placeOf(one);
        if (place) await output.write(`  ${placeText(place)}\n`);
      }
      if (options.repair && repaired.length === 0 && problems.length > 0) await output.write(`${REPAIRED_NOTHING}\n`);
      if (report.unnamedObjects >= UNNAMED_TOLD) await output.write(`${unnamedText(report.unnamedObjects)}\n`);
      for (const advice of new Set(problems.map((one) => one.advice))) await output.write(`${advice}\n`);
    }
    if (problems.length > 0) throw new CliError('damage_found', `${counted(problems.length, 'problem')} in ${name}.`);
    if (options.output === 'text') await output.write('No problem found.\n');
  } finally {
    progress.end();
    await platform.close();
  }
}

/** Where an object is to be put back from a backup; of a volume, as `dd` has it said. */
function placeText({ path, from, to }: ObjectPlace): string {
  if (from === 0) return `It is the file ${path}.`;
  const [at, blocks] = [from / BLOCK_BYTES, (to - from) / BLOCK_BYTES];
  return `It lies in ${path}, bytes ${from} to ${to - 1} (dd bs=${BLOCK_BYTES} skip=${at} seek=${at} count=${blocks}).`;
}

function unnamedText(objects: number): string {
  return `${objects} objects are named by nobody. That is so for some minutes after events were merged, expired or deleted, until upkeep collects them. Where nothing of that kind was going on, the items are older than the objects (a backup of one without the other), and the newest events are missing: keep all as it is, and see docs/disaster-recovery.md.`;
}

/** Events are counted, and bytes read, where every batch is looked into. */
function countsText(report: VerifyReport, { quick }: VerifyOptions): string {
  const { records, batches, objects, bytes, commits, pages, ledgers } = report;
  const [events, read] = quick ? ['', ''] : [`${counted(records, 'event')} in `, `, ${sizeText(bytes)}`];
  const stored = `${counted(batches, 'batch', 'batches')} of ${counted(objects, 'object')}${read}`;
  const order = [counted(commits, 'commit'), counted(pages, 'page'), counted(ledgers, 'ledger')];
  return `${events}${stored}; ${order.join(', ')}`;
}
