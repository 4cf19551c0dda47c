import { type Evidence, type Look, recordsOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { Operation, PartitionName, Poll, Seen } from './history.ts';
import { type Expected, missing } from './losses.ts';

/** Where a consumer is in a partition, and by which poll. */
interface Position {
  readonly offset: number;
  readonly poll: Operation<Poll>;
}

/** Consumers go forward without leaving anything out, within a poll, within a transaction, and from poll to poll. */
export function checkPolls(evidence: Evidence, expected: Expected): Finding[] {
  const findings: Finding[] = [];
  const consumers = new Map<string, Map<PartitionName, Position>>();
  for (const operation of evidence.history.operations) {
    const positions = consumers.get(operation.process);
    if (operation.kind === 'seek') {
      for (const partition of operation.partitions ?? [...(positions?.keys() ?? [])]) positions?.delete(partition);
    } else if (operation.kind === 'assign' || operation.kind === 'revoke') {
      // Who gets a partition begins at its committed offset; whoever kept one may have been set back, too.
      positions?.clear();
    } else if (operation.kind === 'read') {
      within(operation, operation.partition, operation.records, findings);
    } else if (operation.kind === 'poll') {
      const mine = positions ?? new Map<PartitionName, Position>();
      consumers.set(operation.process, mine);
      for (const [partition, records] of recordsOf(operation)) {
        findings.push(...polled(evidence, expected, operation, partition, records, mine.get(partition)));
        const last = records.at(-1);
        if (last) mine.set(partition, { offset: last[0], poll: operation });
      }
    }
  }
  return findings;
}

function within(look: Look, partition: PartitionName, records: readonly Seen[], findings: Finding[]): void {
  for (let i = 1; i < records.length; i++) {
    const [before, after] = [records[i - 1]!, records[i]!];
    if (after[0] > before[0]) continue;
    const says = `${partition}: ${after[1]} at ${after[0]} follows ${before[1]} at ${before[0]} in one ${look.kind}`;
    findings.push({ anomaly: 'int-nonmonotonic-poll', says, operations: [look.id] });
  }
}

function polled(
  evidence: Evidence,
  expected: Expected,
  poll: Operation<Poll>,
  partition: PartitionName,
  records: readonly Seen[],
  position: Position | undefined,
): Finding[] {
  const findings: Finding[] = [];
  within(poll, partition, records, findings);
  for (let i = 1; i < records.length; i++) {
    for (const known of expected.between(partition, records[i - 1]![0], records[i]![0], poll.isolation, poll)) {
      findings.push(missing(evidence, known, poll, 'int-poll-skip'));
    }
  }
  const first = records[0];
  if (!first || !position) return findings;
  const internal = poll.txn !== undefined && poll.txn === position.poll.txn;
  if (first[0] <= position.offset) {
    const says = `${poll.process} was at ${partition}@${position.offset}, and then got ${first[1]} at ${first[0]}`;
    const anomaly = internal ? 'int-nonmonotonic-poll' : 'nonmonotonic-poll';
    findings.push({ anomaly, says, operations: [position.poll.id, poll.id] });
  }
  for (const known of expected.between(partition, position.offset, first[0], poll.isolation, poll)) {
    const finding = missing(evidence, known, poll, internal ? 'int-poll-skip' : 'poll-skip');
    findings.push({ ...finding, operations: [position.poll.id, ...finding.operations] });
  }
  return findings;
}
