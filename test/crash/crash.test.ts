import { expect, test } from 'vitest';
import { formatFindings } from '../checker/index.ts';
import { FAULT_KINDS } from './nemesis.ts';
import { runRound } from './round.ts';
import { openSite } from './sites.ts';

const ROUNDS = 2;
/** So that each kind of them is there. */
const FAULTS = FAULT_KINDS.length;
const MINUTE_MS = 60_000;

/** Another one each time, as the moments are; `npm run crash -- --seed` takes it. */
const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 2 ** 30));

test.each(Array.from({ length: ROUNDS }, (_, i) => seed + i))(
  'clients of all kinds see nothing that cannot be, on a disk that fails under a server that is killed (seed %i)',
  async (one) => {
    const site = await openSite('disk');
    try {
      const { history, findings, complaints, faults } = await runRound({ site, seed: one, faults: FAULTS });
      expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
      expect(findings, `${faults.map(({ what }) => what).join(', ')}\n${formatFindings(history, findings)}`).toEqual(
        [],
      );
      expect(complaints).toEqual([]);
      await Promise.all(site.servers.map((server) => server.stop()));
      expect(await site.verify()).toBe('');
    } finally {
      await site.end();
    }
  },
  8 * MINUTE_MS,
);
