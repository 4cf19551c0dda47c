import type { History, Operation } from './history.ts';

/** What can be wrong. The names are Jepsen's where it has one (jepsen.io: Redpanda 21.10.1, Bufstream 0.1.0, jepsen.tests.kafka). */
export const ANOMALIES = {
  'lost-write': 'acknowledged, and a later look at that part of the log does not show it',
  resurrected: 'a later record of its key is gone, or left out, and an older one is there',
  unseen: 'acknowledged, and a later look ends before it',
  'stale-read': 'a look ends before a record that was visible when it began',
  'torn-transaction': 'a part of a transaction is visible, another is not',
  duplicate: 'one record stands in two places',
  'inconsistent-offsets': 'one place is said to hold two records, or a record is not where it was acknowledged',
  phantom: 'seen, and nobody had sent it there',
  'aborted-read': 'G1a: seen, and its request failed or its transaction was not committed',
  'precommitted-read': 'seen by a read-committed consumer before anybody asked to commit its transaction',
  'poll-skip': 'a consumer went past a visible record between two polls',
  'int-poll-skip': 'a consumer went past a visible record within a poll or a transaction',
  'nonmonotonic-poll': 'a consumer went back between two polls',
  'int-nonmonotonic-poll': 'a consumer went back within a poll or a transaction',
  'nonmonotonic-send': 'what one producer sent one after the other stands in another order',
  'int-nonmonotonic-send': 'what one request or transaction sent stands in another order',
  'realtime-send': 'a record stands before one that was acknowledged before it was sent',
  G0: 'transactions wrote before each other, in a circle',
  G1c: 'transactions wrote before, or were read by, each other, in a circle',
  'fenced-producer': 'a request was accepted although another producer had the transactional id by then',
  'shared-partition': 'two members of a group had a partition at the same time',
  'fenced-commit': 'offsets were accepted of a member that was one no more',
  'skipped-by-group': 'a group committed past a visible record that none of its members had got',
  'offset-back': "a group's committed offset is older than the newest one",
  'phantom-offset': "a group's committed offset is none that anybody committed",
} as const;

export type Anomaly = keyof typeof ANOMALIES;

export interface Finding {
  readonly anomaly: Anomaly;
  /** One sentence, with names, partitions and offsets. */
  readonly says: string;
  /** Ids of the operations that show it. */
  readonly operations: readonly number[];
}

/**
 * Findings as text: each with its operations, in the order of time.
 *
 * @example
 * const findings = check(history);
 * if (findings.length > 0) throw new Error(formatFindings(history, findings));
 */
export function formatFindings(history: History, findings: readonly Finding[]): string {
  return findings.map((finding) => formatFinding(history, finding)).join('\n\n');
}

function formatFinding({ operations }: History, { anomaly, says, operations: ids }: Finding): string {
  const shown = [...new Set(ids)].map((id) => operations[id]!).sort((a, b) => a.invoked - b.invoked);
  return [`${anomaly}: ${says}`, `  (${ANOMALIES[anomaly]})`, ...shown.map((one) => `  ${formatOperation(one)}`)].join(
    '\n',
  );
}

/** Longer ones are cut: a poll may hold thousands of records. */
const CHARS_MAX = 240;

/** `#12 [40, 44] t=1200ms consumer 1: poll ok {...}`: its id, its moments, who, what, how it ended. */
export function formatOperation(operation: Operation): string {
  const { id, process, invoked, ended, outcome, atMs, endedMs: _, kind, why, ...rest } = operation;
  const until = ended === Number.MAX_SAFE_INTEGER ? '…' : ended;
  const what = JSON.stringify(rest);
  const cut = what.length > CHARS_MAX ? `${what.slice(0, CHARS_MAX)}…` : what;
  return `#${id} [${invoked}, ${until}] t=${atMs}ms ${process}: ${kind} ${outcome} ${cut}${why === undefined ? '' : ` (${why})`}`;
}
