import { AbortedError } from '../../bytes/index.ts';
import { type LedgerRef, LogError, ledgersOf, type TopicLayout } from '../model.ts';
import type { LogParts } from '../parts.ts';
import { removeOldCopies } from '../rebuild/copies.ts';
import { type Cleaning, clean } from './clean.ts';
import { type CollectReport, collect } from './collect.ts';
import { merge } from './merge.ts';
import { atOnce, type Pace } from './pace.ts';
import { type Retention, retain } from './retain.ts';

/** What tending needs to know of a topic. */
export interface TendedTopic {
  layout: TopicLayout;
  /** Undefined where nothing expires. */
  retention: Retention | undefined;
  /** Undefined where the topic is not compacted by key. */
  cleaning: Cleaning | undefined;
}

export interface TendReport {
  pagesRemoved: number;
  /** Of a ledger at which the round was cut short neither these nor the next are counted. */
  pagesMerged: number;
  pagesCleaned: number;
  /** Undefined where this round did not collect. */
  collected: CollectReport | undefined;
  /** Ledgers whose turn failed; the others were tended all the same. */
  failures: { ledger: LedgerRef; error: unknown }[];
}

export interface TendOptions {
  /** Collection reads every page of the log, the rest mostly heads: so it is due less often. True unless given. */
  collect?: boolean;
  /** Done between the rest and collection: what has to be kept before anything is deleted. If it fails, nothing is. */
  beforeCollect?: () => Promise<unknown>;
  /** Once it fires, what is under way is done and nothing more begun. */
  signal?: AbortSignal;
  /** Of the rewriting of pages, which reads and writes events. At once unless given. */
  pace?: Pace | undefined;
}

/**
 * One round of upkeep over all topics: retention, keyed compaction, merging of small objects, then collection. Each part
 * may be repeated, cut short at any point, or run in two places at once.
 */
export async function tend(
  parts: LogParts,
  topics: readonly TendedTopic[],
  options: TendOptions = {},
): Promise<TendReport> {
  const report: TendReport = {
    pagesRemoved: 0,
    pagesMerged: 0,
    pagesCleaned: 0,
    collected: undefined,
    failures: [],
  };
  const { signal } = options;
  const pace: Pace = async (work) => {
    if (signal?.aborted) throw new AbortedError();
    return (options.pace ?? atOnce)(work);
  };
  for (const topic of topics) {
    for (const { ledger } of ledgersOf(topic.layout)) {
      if (signal?.aborted) return report;
      try {
        await tendLedger(parts, ledger, topic, pace, report);
      } catch (error) {
        if (error instanceof AbortedError && signal?.aborted) return report;
        // What it led to may be gone since another process replaced it: the next round reads all pages anew.
        parts.pages.dropLedger(ledger);
        const deleted = error instanceof LogError && error.code === 'ledger_missing';
        if (!deleted) report.failures.push({ ledger, error });
      }
    }
  }
  if ((options.collect ?? true) && !signal?.aborted) {
    const layouts = topics.map(({ layout }) => layout);
    await options.beforeCollect?.();
    report.collected = await collect(parts, layouts);
    await removeOldCopies(parts);
  }
  return report;
}

async function tendLedger(
  parts: LogParts,
  ledger: LedgerRef,
  topic: TendedTopic,
  pace: Pace,
  report: TendReport,
): Promise<void> {
  const { width } = topic.layout;
  if (topic.retention) report.pagesRemoved += await retain(parts, ledger, topic.retention);
  if (topic.cleaning) report.pagesCleaned += await clean(parts, ledger, width, topic.cleaning, pace);
  report.pagesMerged += await merge(parts, ledger, width, pace);
}
