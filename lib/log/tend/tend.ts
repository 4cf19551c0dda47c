import { type LedgerRef, LogError, ledgersOf, type TopicLayout } from '../model.ts';
import type { LogParts } from '../writer.ts';
import { type Cleaning, clean } from './clean.ts';
import { type CollectReport, collect } from './collect.ts';
import { merge } from './merge.ts';
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
  pagesMerged: number;
  pagesCleaned: number;
  collected: CollectReport;
  /** Ledgers whose turn failed; the others were tended all the same. */
  failures: { ledger: LedgerRef; error: unknown }[];
}

/**
 * One round of upkeep over all topics: retention, keyed compaction, merging of small objects, then collection. Each part
 * may be repeated, cut short at any point, or run in two places at once.
 */
export async function tend(parts: LogParts, topics: readonly TendedTopic[], signal?: AbortSignal): Promise<TendReport> {
  const report: TendReport = {
    pagesRemoved: 0,
    pagesMerged: 0,
    pagesCleaned: 0,
    collected: { examined: 0, condemned: 0, deleted: 0, unreadable: 0 },
    failures: [],
  };
  for (const topic of topics) {
    for (const { ledger } of ledgersOf(topic.layout)) {
      if (signal?.aborted) return report;
      try {
        await tendLedger(parts, ledger, topic, report);
      } catch (error) {
        const deleted = error instanceof LogError && error.code === 'ledger_missing';
        if (!deleted) report.failures.push({ ledger, error });
      }
    }
  }
  if (!signal?.aborted)
    report.collected = await collect(
      parts,
      topics.map(({ layout }) => layout),
    );
  return report;
}

async function tendLedger(parts: LogParts, ledger: LedgerRef, topic: TendedTopic, report: TendReport): Promise<void> {
  const { width } = topic.layout;
  if (topic.retention) report.pagesRemoved += await retain(parts, ledger, topic.retention);
  if (topic.cleaning) report.pagesCleaned += await clean(parts, ledger, width, topic.cleaning);
  report.pagesMerged += await merge(parts, ledger, width);
}
