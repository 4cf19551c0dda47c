/**
 * The log: segment objects, and the ledgers that order them. Writer, reader, lookup by offset and by time, retention,
 * compaction, collection and proof. It knows partitions and bytes; topics, groups and protocols stand above it.
 */
export type { Beside } from './beside.ts';
export type { CommitListener } from './bus.ts';
export { ledgerOfHead } from './head.ts';
export { DEFAULT_SETTINGS, type LogSettings } from './limits.ts';
export { type Log, openLog } from './log.ts';
export * from './model.ts';
export type { Idempotency } from './once.ts';
export type { ActiveProducer } from './producers/active.ts';
export type { Problem, ProblemCode } from './proof/problem.ts';
export type { Repaired } from './proof/repair.ts';
export type { VerifyOptions, VerifyReport } from './proof/verify.ts';
export type { Fetched, FetchOptions, Isolation, Read } from './reader.ts';
export type { KeptLedgers, LedgerRebuild, RebuildReport, TopicTrace } from './rebuild/rebuild.ts';
export type { KnownTransaction, KnownTransactions } from './rebuild/transactions.ts';
export { parseObjectKey } from './segment.ts';
export { sparing } from './tend/pace.ts';
export type { TendedTopic, TendOptions, TendReport } from './tend/tend.ts';
export type { TimedOffset } from './time.ts';
export type { AbortedTransaction } from './transactions/aborted.ts';
export {
  type DecisionRef,
  decidedIn,
  decisionItem,
  encodeDecisionRef,
  parseDecisionRef,
  readOutcomes,
} from './transactions/decision.ts';
export {
  decidedByAttribute,
  type OpenTransactions,
  type Outcome,
  openAttribute,
  parseOpen,
  transactionName,
} from './transactions/open.ts';
export type { Ending, LedgersEnd, LedgerWrite, LogTransactions } from './transactions/transactions.ts';
export type { AppendAnswer } from './writer.ts';
