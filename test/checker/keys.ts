import { type Evidence, fateOf, type Known } from './evidence.ts';
import type { Finding } from './finding.ts';
import { type Expected, keyOf } from './losses.ts';
import { type CheckOptions, topicOf } from './options.ts';

/**
 * A tombstone may go, but nothing that it deleted may be there without it: of each key that a still read shows, nothing
 * later had been there. (A read that takes its time may see the old value, and come to the tombstone's place too late.)
 */
export function checkKeys(evidence: Evidence, expected: Expected, { compacted }: CheckOptions): Finding[] {
  const findings: Finding[] = [];
  for (const read of evidence.history.operations) {
    if (read.kind !== 'read' || !read.still || !compacted?.has(topicOf(read.partition))) continue;
    const shown = new Map<string, { offset: number; known: Known }>();
    for (const [offset, value] of read.records) {
      const known = evidence.values.get(value)!;
      shown.set(keyOf(read.partition, { ...known, offset }), { offset, known });
    }
    for (const later of evidence.partitions.get(read.partition) ?? []) {
      const last = shown.get(keyOf(read.partition, later));
      if (!last || last.offset >= later.offset! || later.offset! >= read.to) continue;
      if (expected.visibleFrom(later, 'committed') >= read.invoked) continue;
      const says = `${last.known.value} at ${read.partition}@${last.offset} is there, ${later.value} at ${later.offset} of the same key is not`;
      const ends = fateOf(evidence, later)?.ends ?? [];
      const operations = [last.known.send, later.send, ...ends, read].flatMap((one) => (one ? [one.id] : []));
      findings.push({ anomaly: 'resurrected', says, operations });
      break;
    }
  }
  return findings;
}
