import { eachObject } from '../../store/index.ts';
import { headKey } from '../head.ts';
import { type LedgerRef, ledgersOf, type TopicLayout } from '../model.ts';
import type { LogParts } from '../parts.ts';
import { OBJECT_PREFIX, parseObjectKey } from '../segment.ts';
import { type Checked, checkLedger } from './check.ts';
import type { Problem } from './problem.ts';

export interface VerifyReport {
  problems: Problem[];
  ledgers: number;
  pages: number;
  commits: number;
  objects: number;
  batches: number;
  records: number;
  bytes: number;
  /** Objects that no ledger names: the collector takes them in time. */
  unnamedObjects: number;
}

export interface VerifyOptions {
  /** Reads every byte and checks every CRC and sum; else only ledgers and footers. True unless given. */
  deep?: boolean;
  onProgress?: (done: { ledgers: number; ofLedgers: number; report: Readonly<VerifyReport> }) => void;
}

/** How often a ledger that changes while it is looked at is looked at, before what was found is told all the same. */
const LOOKS_MAX = 3;

/**
 * Walks all of the log and proves what it must hold: pages follow each other without a hole, offsets are dense and add
 * up to the head, commits are those that were appended, in their order, every named byte range is there, is what its footer
 * and its CRC say, and adds up to the sums that were kept of it. Reads only. While others write, each ledger is judged as of
 * one moment.
 */
export async function verify(
  parts: LogParts,
  topics: readonly TopicLayout[],
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const counts = { ledgers: 0, pages: 0, commits: 0, objects: 0, batches: 0, records: 0, bytes: 0 };
  const report: VerifyReport = { problems: [], ...counts, unnamedObjects: 0 };
  const named = new Set<string>();
  const all = topics.flatMap((layout) => ledgersOf(layout).map((one) => ({ ...one, width: layout.width })));
  for (const { ledger, slots, width } of all) {
    const checked = await checkStill(parts, { ledger, slots, width }, options.deep ?? true);
    for (const what of ['pages', 'commits', 'batches', 'records', 'bytes'] as const) report[what] += checked[what];
    for (const id of checked.named) named.add(id);
    report.problems.push(...checked.problems);
    report.ledgers++;
    options.onProgress?.({ ledgers: report.ledgers, ofLedgers: all.length, report });
  }
  report.objects = named.size;
  report.unnamedObjects = await countUnnamed(parts, named);
  return report;
}

/** Checks a ledger; anew, where something seems wrong and the ledger was changed meanwhile. */
async function checkStill(
  parts: LogParts,
  where: { ledger: LedgerRef; slots: number; width: number },
  deep: boolean,
): Promise<Checked> {
  for (let looks = 1; ; looks++) {
    const checked = await checkLedger(parts, where, deep);
    if (checked.problems.length === 0 || looks === LOOKS_MAX) return checked;
    const now = await parts.items.get(headKey(where.ledger));
    if (now?.v === checked.head?.v && now?.k === checked.head?.k && now?.k0 === checked.head?.k0) return checked;
  }
}

async function countUnnamed(parts: LogParts, named: ReadonlySet<string>): Promise<number> {
  let unnamed = 0;
  for await (const { key } of eachObject(parts.objects, OBJECT_PREFIX)) {
    if (!named.has(parseObjectKey(key)?.id ?? '')) unnamed++;
  }
  return unnamed;
}
