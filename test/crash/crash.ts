/** `npm run crash -- --rounds 50 --store disk`: real servers under kill -9, SIGSTOP and failing disks; see docs/testing.md. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { formatFindings } from '../checker/index.ts';
import { runRound } from './round.ts';
import { openSite, STORES, type StoreName } from './sites.ts';

const FAULTS = 5;
const EXIT = { ok: 0, failed: 1, usage: 4 } as const;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    store: { type: 'string', default: 'disk' },
    seed: { type: 'string' },
    faults: { type: 'string', default: String(FAULTS) },
    /** Where the history of a round that failed is kept. */
    keep: { type: 'string' },
  },
});

async function main(store: StoreName): Promise<number> {
  const first = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
  let failed = 0;
  for (let i = 0; i < Number(values.rounds); i++) {
    const seed = first + i;
    const open = await openSite(store);
    const startMs = performance.now();
    try {
      const { faults, history, findings, complaints, acknowledged } = await runRound({
        site: open,
        seed,
        faults: Number(values.faults),
      });
      await Promise.all(open.servers.map((server) => server.stop()));
      const verified = await open.verify();
      const wrong = findings.length > 0 || complaints.length > 0 || verified !== '';
      if (wrong) failed++;
      const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
      console.log(
        `${wrong ? 'FAILED' : 'ok'} seed ${seed}, ${seconds} s: ${history.operations.length} operations, ${acknowledged} acknowledged; ${faults.map(({ what }) => what).join(', ')}`,
      );
      if (values.keep !== undefined) writeFileSync(values.keep, JSON.stringify(history));
      if (!wrong) continue;
      console.log([formatFindings(history, findings), ...complaints, verified].join('\n'));
      if (values.keep !== undefined) writeFileSync(values.keep, JSON.stringify(history));
    } catch (error) {
      failed++;
      console.log(`FAILED seed ${seed}`, error, ...open.servers.map(({ name, said }) => `\n${name} said:\n${said}`));
    } finally {
      await open.end();
    }
  }
  console.log(failed === 0 ? 'Nothing was found.' : `${failed} rounds failed.`);
  return failed === 0 ? EXIT.ok : EXIT.failed;
}

if ((STORES as readonly string[]).includes(values.store)) process.exit(await main(values.store as StoreName));
console.error(`There is no store "${values.store}": write --store ${STORES.join(' or ')}.`);
process.exitCode = EXIT.usage;
