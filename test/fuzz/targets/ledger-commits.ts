import { decodeCommit, encodeCommit } from '../../../lib/log/commit.ts';
import type { Target } from '../target.ts';
import { COMMITS, isLogCorrupt } from './ledgers.ts';

export const target: Target = {
  name: 'ledger-commits',
  seeds: () => ({ 'one-run': encodeCommit(COMMITS[0]!), 'counted-with-aborted': encodeCommit(COMMITS[1]!) }),
  take: (bytes) => encodeCommit(decodeCommit(bytes)),
  isClean: isLogCorrupt,
};
