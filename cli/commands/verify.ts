import type { Command } from 'commander';
import type { Register, Surroundings } from '../command.ts';
import { CliError } from '../errors.ts';
import { drawProgress } from '../progress.ts';
import { addStoresOptions, openStores, type StoresOptions, storesName } from '../stores.ts';
import { durationText, grouped, sizeText } from '../table.ts';

interface VerifyOptions extends StoresOptions {
  readonly quick?: true;
  readonly output: 'text' | 'json';
}

export const registerVerify: Register = (program, surroundings) => {
  addStoresOptions(
    program
      .command('verify')
      .summary('prove that a data folder is sound')
      .description(
        'Reads a whole data folder, or bucket and table, and proves that offsets are dense, that every byte that is named is there, and that every CRC holds. Millrace must not run on a data folder meanwhile. Exits with 2 where something is wrong.',
      ),
  )
    .option('--quick', 'ledgers and footers alone, without reading every byte')
    .action((_, command: Command) => verify(command.optsWithGlobals<VerifyOptions>(), surroundings));
};

async function verify(options: VerifyOptions, { output }: Surroundings): Promise<void> {
  const stores = await openStores(options);
  const name = storesName(options);
  const { openPlatform } = await import('../../lib/platform.ts');
  const platform = openPlatform({ stores, background: false });
  const progress = await drawProgress(output, 'Verifying', 'ledgers');
  const startMs = performance.now();
  try {
    const report = await platform.verify({
      deep: !options.quick,
      onProgress: ({ ledgers, ofLedgers }) => progress.at(ledgers, ofLedgers),
    });
    progress.end();
    const { problems, ...counts } = report;
    const { records, ...quickCounts } = counts;
    if (options.output === 'json')
      await output.json({
        data: name,
        ok: problems.length === 0,
        ...(options.quick ? quickCounts : { ...quickCounts, records }),
        problems,
      });
    else {
      // Events are counted, and bytes read, where every batch is looked into.
      const [events, read] = options.quick
        ? ['', '']
        : [`${grouped(counts.records)} events in `, `, ${sizeText(counts.bytes)}`];
      await output.write(
        `${events}${grouped(counts.batches)} batches of ${grouped(counts.objects)} objects${read}; ${grouped(counts.commits)} commits, ${grouped(counts.pages)} pages, ${grouped(counts.ledgers)} ledgers (${durationText(performance.now() - startMs)}).\n`,
      );
      for (const { code, ledger, message } of problems) await output.write(`${code} ${ledger}: ${message}\n`);
      for (const advice of new Set(problems.map((one) => one.advice))) await output.write(`${advice}\n`);
    }
    if (problems.length > 0)
      throw new CliError(
        'damage_found',
        `${grouped(problems.length)} ${problems.length === 1 ? 'problem' : 'problems'} in ${name}.`,
      );
    if (options.output === 'text') await output.write('No problem found.\n');
  } finally {
    progress.end();
    await platform.close();
  }
}
