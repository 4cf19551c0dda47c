import { type Evidence, recordsOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { Commit, Operation } from './history.ts';
import type { Expected } from './losses.ts';
import type { CheckOptions } from './options.ts';

/** What a group has committed, its members have got: rebalances may show a record to two of them, but to none is a loss. */
export function checkProcessed(evidence: Evidence, expected: Expected, { atLeastOnce }: CheckOptions): Finding[] {
  const findings: Finding[] = [];
  for (const group of atLeastOnce ?? []) {
    const got = new Set<string>();
    const furthest = new Map<string, { commit: Operation<Commit>; offset: number }>();
    for (const one of evidence.history.operations) {
      if (one.kind === 'poll' && one.group === group) {
        for (const [, records] of recordsOf(one)) for (const [, value] of records) got.add(value);
      } else if (one.kind === 'commit' && one.group === group && one.outcome === 'ok') {
        for (const [partition, offset] of Object.entries(one.offsets)) {
          if (offset > (furthest.get(partition)?.offset ?? 0)) furthest.set(partition, { commit: one, offset });
        }
      }
    }
    for (const [partition, { commit, offset }] of furthest) {
      for (const { value, offset: at, send } of expected.between(partition, -1, offset, 'committed', commit)) {
        if (got.has(value)) continue;
        const says = `group ${group} committed ${offset} in ${partition}, and had not got ${value} at ${at}`;
        findings.push({ anomaly: 'skipped-by-group', says, operations: [send!.id, commit.id] });
        break;
      }
    }
  }
  return findings;
}
