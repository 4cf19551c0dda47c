import { MillraceError } from '../../bytes/index.ts';
import { eachItem, type Item } from '../../store/index.ts';
import { spansOf } from '../commit.ts';
import { type Head, headKey, parseHead, tailBases } from '../head.ts';
import { type Commit, type LedgerRef, LogError, ledgerName } from '../model.ts';
import { ledgerPk, PAGE_PREFIX, type Page, pageEnds, pageIndex, parsePage } from '../page.ts';
import type { LogParts } from '../parts.ts';
import { NO_ORDER, type OrderSums, orderAfter, residue, sameOrder } from '../sums.ts';
import { BytesCheck } from './bytes.ts';
import { type Problem, type ProblemCode, problem } from './problem.ts';

/** What the check of one ledger found. */
export interface Checked {
  readonly problems: Problem[];
  /** The head's item, as it was before all else was read. */
  head: Item | undefined;
  pages: number;
  commits: number;
  batches: number;
  records: number;
  bytes: number;
  /** Ids of the objects that the ledger names. */
  readonly named: Set<string>;
}

/** No clock is this far ahead: a mark beyond it keeps everything from being committed. */
const MARK_AHEAD_MS_MAX = 24 * 60 * 60_000;

/** Where the pages end that were walked; undefined what is not known, as one of them is missing or damaged. */
interface Walked {
  readonly ends: number[] | undefined;
  readonly order: OrderSums | undefined;
  /** What the versions add up to. */
  readonly versions: number | undefined;
}

/** Walks one ledger, and proves all that can be proved of it. Reads only. @throws StoreError */
export async function checkLedger(
  parts: LogParts,
  { ledger, slots, width }: { ledger: LedgerRef; slots: number; width: number },
  deep: boolean,
): Promise<Checked> {
  const counts = { pages: 0, commits: 0, batches: 0, records: 0, bytes: 0 };
  const checked: Checked = { problems: [], head: undefined, ...counts, named: new Set() };
  await new LedgerCheck(parts, ledger, width, deep, checked).run(slots);
  return checked;
}

class LedgerCheck {
  readonly #parts: LogParts;
  readonly #ledger: LedgerRef;
  readonly #checked: Checked;
  readonly #bytes: BytesCheck;

  constructor(parts: LogParts, ledger: LedgerRef, width: number, deep: boolean, checked: Checked) {
    this.#parts = parts;
    this.#ledger = ledger;
    this.#checked = checked;
    const report = (code: ProblemCode, message: string, object: string) => this.#problem(code, message, object);
    this.#bytes = new BytesCheck({ objects: parts.objects, ledger, width, deep, checked, report });
  }

  async run(slots: number): Promise<void> {
    const item = await this.#parts.items.get(headKey(this.#ledger));
    if (!item) return this.#problem('head_missing', 'It has no head.');
    this.#checked.head = item;
    let head: Head;
    try {
      head = parseHead(item);
    } catch (error) {
      // Whatever is in there: a byte that flipped may lead anywhere.
      if (!(error instanceof MillraceError || error instanceof TypeError || error instanceof RangeError)) throw error;
      return this.#problem('head_damaged', `Its head cannot be read: ${error.message}`);
    }
    this.#checkHead(head, slots);
    const walked = await this.#checkPages(head);
    await this.#checkTail(head, walked);
  }

  #checkHead(head: Head, slots: number): void {
    const { nextOffsets, logStarts, mark, rewrites } = head;
    if (nextOffsets.length < slots)
      this.#problem('head_damaged', `Its head has ${nextOffsets.length} partitions; the topic gives it ${slots}.`);
    logStarts.forEach((start, slot) => {
      if (start <= nextOffsets[slot]!) return;
      this.#problem('head_damaged', `Slot ${slot}: the log starts at ${start}, after its end, ${nextOffsets[slot]}.`);
    });
    if (mark > this.#parts.clock.nowMs() + MARK_AHEAD_MS_MAX)
      this.#problem(
        'head_damaged',
        `Its collection mark is of ${new Date(mark).toISOString()}: nothing can be committed.`,
      );
    const numbers = [
      head.trimmed,
      head.firstPage,
      head.pages,
      head.mergedPages,
      head.cleanedPages,
      head.fence,
      rewrites ?? 0,
    ];
    const whole = numbers.every((one) => Number.isSafeInteger(one) && one >= 0) && head.firstPage <= head.pages;
    if (!whole || head.mergedPages > head.pages || head.cleanedPages > head.pages)
      this.#problem('head_damaged', `Its head counts what cannot be: ${numbers.join(', ')}.`);
  }

  /** Pages are there from the first kept one on, each beginning where the one before ended. */
  async #checkPages(head: Head): Promise<Walked> {
    let before: Walked = {
      ends: undefined,
      order: head.firstPage === 0 ? NO_ORDER : undefined,
      versions: 0,
    };
    let expected = head.firstPage;
    const missing = (to: number) => {
      if (to <= expected) return;
      this.#problem('page_missing', `Pages ${expected} to ${to - 1} are missing.`);
      before = { ends: undefined, order: undefined, versions: undefined };
    };
    for await (const { sk, item } of eachItem(this.#parts.items, ledgerPk(this.#ledger), PAGE_PREFIX)) {
      const index = pageIndex(sk);
      if (index < head.firstPage) continue;
      const page = this.#parse(index, item);
      if (index >= head.pages) {
        this.#checkBeyond(head, index, page);
        continue;
      }
      missing(index);
      before = page
        ? await this.#checkPage(head, index, page, before)
        : { ends: undefined, order: undefined, versions: undefined };
      expected = index + 1;
    }
    missing(head.pages);
    return before;
  }

  #parse(index: number, item: Item): Page | undefined {
    try {
      return parsePage(item, String(index));
    } catch (error) {
      if (!(error instanceof LogError || error instanceof RangeError)) throw error;
      this.#problem('page_damaged', error.message);
      return undefined;
    }
  }

  /** Where a roll was cut short, the newest page holds what the tail still begins with; nothing else is beyond the head. */
  #checkBeyond(head: Head, index: number, page: Page | undefined): void {
    const rolled = page?.commits.every(({ object }, i) => object.id === head.tail[i]?.object.id);
    if (!page || (index === head.pages && rolled)) return;
    this.#problem(
      'head_damaged',
      `Page ${index} is there, but the head counts ${head.pages} and has other commits: it is older than it was.`,
    );
  }

  async #checkPage(head: Head, index: number, page: Page, before: Walked): Promise<Walked> {
    this.#checked.pages++;
    this.#checkBases(head, index, page, before.ends);
    const { sums } = page;
    if (page.version === 0 && sums && before.order && !sameOrder(orderAfter(before.order, page.commits), sums.order))
      this.#problem('commits_changed', `Page ${index}: its commits are not those that were appended, in their order.`);
    const offsets = [...page.bases];
    const found = await this.#checkCommits(page.commits, offsets, `page ${index}`, head.logStarts);
    if (sums?.complete) this.#compare(found, sums.bySlot, `page ${index}`);
    const versions = before.versions === undefined ? undefined : before.versions + page.version;
    return { ends: pageEnds(page), order: sums?.order, versions };
  }

  #checkBases(head: Head, index: number, page: Page, before: readonly number[] | undefined): void {
    const { logStarts, nextOffsets } = head;
    const slots = Math.max(page.bases.length, before?.length ?? 0);
    for (let slot = 0; slot < slots; slot++) {
      const base = page.bases[slot] ?? 0;
      const end = before?.[slot] ?? (before && 0);
      if (end !== undefined && base !== end)
        this.#problem(
          'offsets_broken',
          `Page ${index} begins partition slot ${slot} at offset ${base}; the page before ends at ${end}.`,
        );
      if (index === head.firstPage && slot < nextOffsets.length && logStarts[slot]! < base)
        this.#problem('head_damaged', `Slot ${slot}: the log starts at ${logStarts[slot]}, its first page at ${base}.`);
    }
  }

  async #checkTail(head: Head, walked: Walked): Promise<void> {
    const bases = tailBases(head);
    const spans = spansOf(head.tail, bases.length);
    const { rewrites } = head;
    bases.forEach((base, slot) => {
      const end = walked.ends ? (walked.ends[slot] ?? 0) : head.pages === 0 ? 0 : undefined;
      if (end === undefined || base === end) return;
      const counted = `${head.nextOffsets[slot]} less the ${spans[slot]} of its tail`;
      this.#problem('offsets_broken', `Slot ${slot}: pages end at offset ${end}, but the head has ${counted}.`);
    });
    if (rewrites !== undefined && walked.versions !== undefined && walked.versions !== rewrites) {
      const told = `Pages were replaced ${rewrites} times, but their versions add up to ${walked.versions}`;
      this.#problem('page_replaced', `${told}: a page is not the newest that was written.`);
    }
    if (walked.order && !sameOrder(orderAfter(walked.order, head.tail), head.order))
      this.#problem('commits_changed', 'The tail: its commits are not those that were appended, in their order.');
    const counted = head.tail.filter((commit) => commit.counted);
    const sums = new Array<number | undefined>(bases.length).fill(0);
    const offsets = [...bases];
    for (const commit of head.tail) {
      const found = await this.#checkCommits([commit], offsets, 'the tail', head.logStarts);
      if (counted.includes(commit)) for (const [slot, sum] of found.entries()) addSum(sums, slot, sum);
    }
    this.#compare(sums, head.sums, 'the tail');
  }

  /** Checks commits, and moves `offsets` over them. Returns per slot what their batches add up to, where that is known. */
  async #checkCommits(
    commits: readonly Commit[],
    offsets: number[],
    where: string,
    starts: readonly number[],
  ): Promise<(number | undefined)[]> {
    const sums = new Array<number | undefined>(offsets.length).fill(0);
    for (const commit of commits) {
      this.#checked.commits++;
      this.#checked.named.add(commit.object.id);
      const found = await this.#bytes.check(commit, offsets, where, starts);
      for (const [i, { slot }] of commit.runs.entries()) addSum(sums, slot, found?.[i]);
    }
    return sums;
  }

  #compare(found: readonly (number | undefined)[], kept: readonly number[], where: string): void {
    found.forEach((sum, slot) => {
      const due = residue(kept[slot] ?? 0);
      if (sum === undefined || residue(sum) === due) return;
      this.#problem(
        'batches_replaced',
        `Slot ${slot} of ${where}: its batches add up to ${residue(sum)}, those that were appended to ${due}.`,
      );
    });
  }

  #problem(code: ProblemCode, message: string, object?: string): void {
    this.#checked.problems.push(problem(code, ledgerName(this.#ledger), message, object));
  }
}

/** Adds to a slot's sum, which is not known any more where one part of it is not. */
function addSum(sums: (number | undefined)[], slot: number, sum: number | undefined): void {
  const before = sums[slot];
  sums[slot] = before === undefined || sum === undefined ? undefined : before + sum;
}
