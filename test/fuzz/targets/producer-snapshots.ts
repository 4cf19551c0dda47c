import { decodeSnapshot, encodeSnapshot } from '../../../lib/log/producers/snapshot.ts';
import type { Target } from '../target.ts';
import { isLogCorrupt } from './ledgers.ts';

export const target: Target = {
  name: 'producer-snapshots',
  seeds: () => {
    const batches = [0, 5, 10].map((firstSequence) => ({ firstSequence, span: 5, baseOffset: 100 + firstSequence }));
    const one = { slot: 0, producerId: 1_000, epoch: 0, batches, lastMs: 1_767_225_600_000 };
    const other = { slot: 31, producerId: 2 ** 40, epoch: 7, batches: [], lastMs: 1_767_225_500_000 };
    return { 'one-producer': encodeSnapshot([one])!, 'two-producers': encodeSnapshot([one, other])! };
  },
  take: (bytes) => encodeSnapshot(decodeSnapshot(bytes)),
  isClean: isLogCorrupt,
};
