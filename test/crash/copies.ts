import type { History, PartitionName } from '../checker/index.ts';
import { COPY } from './clients/copier.ts';

/**
 * Whether every record of `source` has exactly one copy in `target`: what consumed, transformed and produced did so once.
 * Goes by the last read-committed reads of each partition.
 */
export function checkCopies(history: History, { source, target }: { source: string; target: string }): string[] {
  const reads = new Map<PartitionName, readonly string[]>();
  for (const one of history.operations) {
    if (one.kind !== 'read' || one.process !== 'final' || one.isolation !== 'committed') continue;
    reads.set(
      one.partition,
      one.records.map(([, value]) => value),
    );
  }
  const complaints: string[] = [];
  for (const [partition, originals] of reads) {
    if (!partition.startsWith(`${source}/`)) continue;
    const values = reads.get(partition.replace(source, target)) ?? [];
    const copies = values.map((value) => value.split(' ').slice(2).join(' '));
    if (values.some((value) => !value.startsWith(`${COPY} `)))
      complaints.push(`${partition}: copies hold something else`);
    if (JSON.stringify(copies) === JSON.stringify(originals)) continue;
    const twice = copies.filter((value, i) => copies.indexOf(value) !== i);
    const lost = originals.filter((value) => !copies.includes(value));
    complaints.push(
      `${partition}: copied twice: ${twice.join(', ')}; not copied: ${lost.join(', ')}; or in another order`,
    );
  }
  return complaints;
}
