import type { Status, TransactionState } from '../../txn/index.ts';

/** Source: org.apache.kafka.coordinator.transaction.TransactionState. */
const NAMES: Readonly<Record<Exclude<Status, 'ending'>, string>> = {
  empty: 'Empty',
  open: 'Ongoing',
  committed: 'CompleteCommit',
  aborted: 'CompleteAbort',
};

/** All names of states that a client may filter by; some of which no transaction here is ever in. */
export const STATE_NAMES: ReadonlySet<string> = new Set([
  ...Object.values(NAMES),
  'PrepareCommit',
  'PrepareAbort',
  'Dead',
  'PrepareEpochFence',
]);

/** Kafka's name for what a transaction is at. */
export function transactionStateName({ status, ending }: TransactionState): string {
  if (status !== 'ending') return NAMES[status];
  return ending?.outcome === 'commit' ? 'PrepareCommit' : 'PrepareAbort';
}
