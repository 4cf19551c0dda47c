import type { Command } from 'commander';
import type { RecoveryReport } from '../../lib/recovery/index.ts';
import type { Register, Surroundings } from '../command.ts';
import { drawProgress } from '../progress.ts';
import { addStoresOptions, openStores, type StoresOptions, storesName } from '../stores.ts';
import { counted, durationText } from '../table.ts';

interface RebuildOptions extends StoresOptions {
  readonly output: 'text' | 'json';
}

const HELP = `
Point-in-time recovery of the table brings back more, down to the second: try that first. This is for when there is
nothing to restore: it needs the objects alone, and an empty table (or a data folder without its items.db files).
Nothing else may run on them meanwhile. One that was cut short is begun again with the same command. Afterwards: verify.
docs/disaster-recovery.md says what comes back and what does not.`;

export const registerRebuild: Register = (program, surroundings) => {
  addStoresOptions(
    program
      .command('rebuild')
      .summary('put lost items together from the segment objects')
      .description(
        'Rebuilds topics, ledgers, routes, rights and committed offsets from the objects, where the items (the DynamoDB table, or the items.db of a data folder) are lost.',
      ),
  )
    .addHelpText('after', HELP)
    .action((_, command: Command) => rebuild(command.optsWithGlobals<RebuildOptions>(), surroundings));
};

async function rebuild(options: RebuildOptions, { output }: Surroundings): Promise<void> {
  const stores = await openStores(options, { lost: true });
  const { openPlatform } = await import('../../lib/platform.ts');
  const platform = openPlatform({ stores, background: false });
  const progress = await drawProgress(output, 'Rebuilding', 'objects read');
  const startMs = performance.now();
  try {
    const report = await platform.rebuild((done) => {
      if (done.step === 'objects') progress.at(done.objects);
    });
    progress.end();
    if (options.output === 'json') await output.json({ stores: storesName(options), ...report });
    else await output.write(reportText(report, performance.now() - startMs));
  } finally {
    progress.end();
    await platform.close();
  }
}

/** What came back, and what did not, each with its reason. */
function reportText(report: RecoveryReport, tookMs: number): string {
  const { catalogMs, topics, deletedTopics, otherItems, unreadable, ...counts } = report;
  const partitions = topics.reduce((sum, topic) => sum + topic.partitions, 0);
  const catalog =
    catalogMs === undefined
      ? 'No catalog was found: names, settings, rights and committed offsets are lost.'
      : `Names, settings and committed offsets are as of ${new Date(catalogMs).toISOString()}, with ${counted(otherItems, 'item')} beside the topics.`;
  const lines = [
    `Rebuilt ${counted(topics.length, 'topic')} with ${counted(partitions, 'partition')} from ${counted(counts.objects, 'object')} (${durationText(tookMs)}).`,
    catalog,
    `${counted(counts.exact, 'offset is as it was', 'offsets are as they were')}.`,
    `${counted(counts.reassigned, 'offset was', 'offsets were')} given anew, by time, to what was appended after the catalog.`,
    `${counted(counts.lost, 'offset is', 'offsets are')} empty: what stood there lay in the lost items alone, or in objects that are gone.`,
    `${counted(counts.ignored, 'share of an object was', 'shares of objects were')} left out: merged already, released, or never committed.`,
    ...topics
      .filter(({ nameless }) => nameless)
      .map(({ name }) => `The name and settings of topic ${name} are lost; it keeps everything.`),
    ...deletedTopics.map((id) => `Topic ${id} had been deleted; what is left of it will be collected.`),
    ...unreadable.map((key) => `Object ${key} is damaged.`),
    'Events may be there twice: objects put after the catalog whose commit failed count, beside the ones that repeated them.',
    topics.some(({ nameless }) => nameless)
      ? 'Next: verify, start what uses it again, and have a route copy what recovered topics hold (docs/disaster-recovery.md).'
      : 'Next: verify, then start what uses it again.',
  ];
  return `${lines.join('\n')}\n`;
}
