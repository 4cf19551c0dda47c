import { headKey, parseHead, tailBases } from '../head.ts';
import type { NumberedPage } from '../lineage.ts';
import { type Commit, type LedgerRef, ledgerName } from '../model.ts';
import { ledgerPk, type Page } from '../page.ts';
import type { LogParts } from '../parts.ts';
import { pagesAmong, readCopies } from '../rebuild/copies.ts';
import type { KeptLedgers } from '../rebuild/rebuild.ts';
import { type FreshShare, type Survey, surveyObjects } from '../rebuild/survey.ts';
import { tailSums } from '../roll.ts';

/** What is known of ledgers beside their own items: by footers of objects, copies of pages, and catalogs. */
export class Evidence {
  readonly #survey: Survey;
  readonly #copies: ReadonlyMap<string, readonly NumberedPage[]>;
  readonly #kept: KeptLedgers;

  private constructor(survey: Survey, copies: ReadonlyMap<string, readonly NumberedPage[]>, kept: KeptLedgers) {
    this.#survey = survey;
    this.#copies = copies;
    this.#kept = kept;
  }

  /** Reads all footers. What cannot be read proves nothing. @throws StoreError */
  static async gather({ objects }: LogParts, kept: KeptLedgers): Promise<Evidence> {
    return new Evidence(await surveyObjects(objects), await readCopies(objects, () => {}), kept);
  }

  /** Pages of the ledger as merged objects, copies and catalogs have them, whose objects are all there. */
  pages(ledger: LedgerRef): NumberedPage[] {
    const kept = [...this.#kept.newest, ...this.#kept.before].filter(({ key }) => key.pk === ledgerPk(ledger));
    const tails = kept
      .filter(({ key }) => key.sk === headKey(ledger).sk)
      .map(({ item }) => parseHead(item))
      .filter(({ tail }) => tail.length > 0)
      .map((head): NumberedPage => {
        const page = { ...pageOf(head.tail, tailBases(head)), sums: tailSums(head), open: head.open.partitions };
        return { index: head.pages, page };
      });
    const name = ledgerName(ledger);
    const merged = this.#survey.ledgers.get(name)?.merged ?? [];
    const all = [...merged, ...(this.#copies.get(name) ?? []), ...pagesAmong(kept, ledger), ...tails];
    return all.filter(({ page }) => page.commits.every(({ object }) => this.#survey.objects.has(object.id)));
  }

  /** Shares of objects as first written, oldest object first, that no merged object holds, nor `named` has. */
  unnamed(ledger: LedgerRef, named: ReadonlySet<string>): FreshShare[] {
    const survey = this.#survey.ledgers.get(ledgerName(ledger));
    const fresh = [...(survey?.fresh ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return fresh.filter(([id]) => !named.has(id) && !survey!.sources.has(id)).map(([, share]) => share);
  }
}

/** A page of commits, which says nothing yet of the pages before it. */
export function pageOf(commits: readonly Commit[], bases: readonly number[]): Page {
  return {
    version: 0,
    bases: [...bases],
    bytesBefore: [],
    newestAppendMs: Math.max(0, ...commits.map(({ appendTimeMs }) => appendTimeMs)),
    tombstonesSinceMs: 0,
    maxima: [],
    commits: [...commits],
  };
}
