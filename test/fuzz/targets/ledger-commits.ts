import { decodeCommit, encodeCommit } from '../../../lib/log/commit.ts';
import type { Target } from '../target.ts';
import { COMMITS, isLogCorrupt } from './ledgers.ts';

export const target: Target = {
  name: 'ledger-commits',
  seeds: () => COMMITS.map(encodeCommit),
  take: (bytes) => encodeCommit(decodeCommit(bytes)),
  isClean: isLogCorrupt,
};
