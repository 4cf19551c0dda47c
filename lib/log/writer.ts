import { MillraceError } from '../bytes/index.ts';
import type { Beside } from './beside.ts';
import { Committer } from './committer.ts';
import type { Slice } from './flush.ts';
import { KEYED_WRITES_MAX, TRANSACTIONAL_SLICES_MAX } from './limits.ts';
import { type Append, type Appended, LogError, ledgerName, ledgerOf } from './model.ts';
import { type Idempotency, recall, sameContent } from './once.ts';
import { writeOnce } from './once-beside.ts';
import type { LogParts } from './parts.ts';
import { isNamed, requireOneBatch } from './producers/producers.ts';
import { transactionOf } from './transactions/open.ts';

export interface AppendAnswer {
  /** In the order of the appends. */
  appended: Appended[];
  /** True where the events were stored by an earlier request with the same idempotency key. */
  replayed: boolean;
  /** The note that the first request brought. */
  note: Uint8Array | undefined;
}

/** One caller's appends, waiting for their flush. */
export interface Pending {
  slices: Slice[];
  bytes: number;
  ledgers: string[];
  once: Idempotency | undefined;
  /** Set where it goes alone, in one transaction of the store. */
  beside: Beside | undefined;
  /** Whether an idempotent producer is in it. */
  named: boolean;
  /** How many of its slices are part of a transaction. */
  transactional: number;
  settle(answer: AppendAnswer | MillraceError): void;
}

/**
 * Gathers the appends of many callers into flushes: one object each, and one write for every ledger that it touches. An
 * idle log flushes at once; while flushes are under way, what arrives waits and goes together. Commits of one ledger
 * happen in the order of the calls to `append`.
 */
export class Writer {
  readonly #parts: LogParts;
  readonly #committer: Committer;
  #queue: Pending[] = [];
  #queuedBytes = 0;
  #pendingBytes = 0;
  #flushes = 0;
  /** Ends the wait for company. */
  #lingering: AbortController | undefined;
  #closed = false;
  readonly #idle: (() => void)[] = [];
  /** Requests under way by idempotency key: a second one waits for the first one's answer. */
  readonly #underway = new Map<string, { once: Idempotency; answer: Promise<AppendAnswer> }>();

  constructor(parts: LogParts) {
    this.#parts = parts;
    this.#committer = new Committer(parts);
  }

  /** Bytes accepted and not yet answered. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  async append(appends: readonly Append[], once?: Idempotency, beside?: Beside): Promise<AppendAnswer> {
    if (!once) return (beside ? undefined : this.#recalled(appends)) ?? this.#enqueue(appends, undefined, beside);
    const underway = this.#underway.get(once.key);
    if (underway) {
      sameContent(underway.once, once);
      return { ...(await underway.answer), replayed: true };
    }
    const answer = this.#appendOnce(appends, once, beside);
    this.#underway.set(once.key, { once, answer });
    try {
      return await answer;
    } finally {
      this.#underway.delete(once.key);
    }
  }

  /** The answer to batches of idempotent producers of which all are known to be stored: nothing is written. */
  #recalled(appends: readonly Append[]): AppendAnswer | undefined {
    const appended: Appended[] = [];
    for (const append of appends) {
      const known = this.#parts.producers.recall(append);
      if (!known) return undefined;
      appended.push(known);
    }
    return appended.length > 0 ? { appended, replayed: true, note: undefined } : undefined;
  }

  /** Refuses new appends, and resolves when those under way are settled. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#lingering?.abort();
    if (this.#flushes > 0 || this.#queue.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#committer.idle();
  }

  async #appendOnce(appends: readonly Append[], once: Idempotency, beside: Beside | undefined): Promise<AppendAnswer> {
    const remembered = await recall(this.#parts.items, once.key, this.#parts.clock.nowMs());
    if (!remembered) {
      if (appends.length > 0 || !beside) return this.#enqueue(appends, once, beside);
      return this.#besideAlone(once, beside);
    }
    sameContent(remembered, once);
    return { appended: remembered.appended, replayed: true, note: remembered.note };
  }

  async #besideAlone(once: Idempotency, beside: Beside): Promise<AppendAnswer> {
    requireNarrow(0, once, beside);
    const { note } = once;
    const remembered = await writeOnce(this.#parts, this.#parts.attempts, once, beside);
    if (!remembered) return { appended: [], replayed: false, note };
    sameContent(remembered, once);
    return { appended: remembered.appended, replayed: true, note: remembered.note };
  }

  #enqueue(
    appends: readonly Append[],
    once: Idempotency | undefined,
    beside: Beside | undefined,
  ): Promise<AppendAnswer> {
    const { settings } = this.#parts;
    const bytes = appends.reduce((sum, append) => sum + append.batches.length, 0);
    const ledgers = [...new Set(appends.map((append) => ledgerName(ledgerOf(append.to))))];
    if (this.#closed)
      throw new LogError('log_closed', 'The log is closing; nothing was stored. Try again after its restart.');
    if (appends.length === 0) return Promise.resolve({ appended: [], replayed: false, note: once?.note });
    requireNarrow(ledgers.length, once, beside);
    if (bytes > settings.pendingBytesMax) {
      throw new LogError(
        'append_too_large',
        `An append of ${bytes} bytes is more than may wait to be stored, ${settings.pendingBytesMax}. Send it in parts.`,
      );
    }
    const named = requireOneBatchEach(appends, once ?? beside);
    if (this.#pendingBytes + bytes > settings.pendingBytesMax) {
      const full = new LogError(
        'log_overloaded',
        `${this.#pendingBytes} bytes wait to be stored already; try again shortly.`,
      );
      this.#failed(appends, full);
      throw full;
    }
    return new Promise((resolve, reject) => {
      const slices = appends.map((append) => ({ append, span: spanOf(append), appended: undefined }));
      let settled = false;
      const settle = (answer: AppendAnswer | MillraceError) => {
        if (settled) return;
        settled = true;
        this.#pendingBytes -= bytes;
        if (!(answer instanceof MillraceError)) return resolve(answer);
        this.#failed(appends, answer);
        reject(answer);
      };
      const transactional = appends.filter(transactionOf).length;
      this.#queue.push({ slices, bytes, ledgers, once, beside, named, transactional, settle });
      this.#queuedBytes += bytes;
      this.#pendingBytes += bytes;
      this.#pump();
    });
  }

  /** Batches that producers have sent behind these must not pass them. */
  #failed(appends: readonly Append[], error: MillraceError): void {
    for (const append of appends) this.#parts.producers.failed(append, error);
  }

  #pump(): void {
    const { settings, clock } = this.#parts;
    const full = this.#queuedBytes >= settings.flushBytesMax || this.#closed;
    if (full) this.#lingering?.abort();
    if (this.#flushes >= settings.flushesInFlightMax || this.#queue.length === 0 || this.#lingering) return;
    // Who is alone waits for nobody: company can be expected only while others are being written.
    if (settings.lingerMs > 0 && this.#flushes > 0 && !full) {
      const lingering = new AbortController();
      this.#lingering = lingering;
      const over = () => {
        this.#lingering = undefined;
        this.#flush();
        this.#pump();
      };
      clock.sleep(settings.lingerMs, lingering.signal).then(over, over);
      return;
    }
    // Once the caller's own turn is over: appends made together go together, at no cost in time.
    this.#flushes++;
    queueMicrotask(() => {
      this.#flushes--;
      this.#flush();
      this.#pump();
    });
  }

  #flush(): void {
    const batch = this.#take();
    if (batch.length === 0) return;
    this.#flushes++;
    this.#committer.flush(batch).finally(() => {
      this.#flushes--;
      this.#pump();
      if (this.#flushes === 0 && this.#queue.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  /**
   * The longest prefix of the queue that one object, and where keys are involved one transaction, can hold. Requests with
   * keys and idempotent producers do not go together: the first promise offsets, the second may have to leave. What has
   * others' writes beside it goes alone: nobody knows whether two of those would touch the same item.
   */
  #take(): Pending[] {
    const { flushBytesMax } = this.#parts.settings;
    const ledgers = new Set<string>();
    let keys = 0;
    let bytes = 0;
    let count = 0;
    let named = false;
    let transactional = 0;
    for (const pending of this.#queue) {
      const wider = pending.ledgers.reduce((more, name) => more + (ledgers.has(name) ? 0 : 1), 0);
      const keyed = keys + (pending.once ? 1 : 0);
      if (count > 0 && bytes + pending.bytes > flushBytesMax) break;
      if (count > 0 && keyed > 0 && keyed + ledgers.size + wider > KEYED_WRITES_MAX) break;
      if (keyed > 0 && (named || pending.named)) break;
      if (count > 0 && pending.beside) break;
      if (count > 0 && transactional + pending.transactional > TRANSACTIONAL_SLICES_MAX) break;
      for (const name of pending.ledgers) ledgers.add(name);
      named ||= pending.named;
      transactional += pending.transactional;
      keys = keyed;
      bytes += pending.bytes;
      count++;
      if (pending.beside) break;
    }
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }
}

/** @throws LogError `idempotency_too_wide`, `transaction_too_wide` */
function requireNarrow(ledgers: number, once: Idempotency | undefined, beside: Beside | undefined): void {
  const others = (once ? 1 : 0) + (beside?.itemsMax ?? 0);
  if ((!once && !beside) || ledgers + others <= KEYED_WRITES_MAX) return;
  if (beside) {
    throw new LogError(
      'transaction_too_wide',
      `One transaction can touch ${KEYED_WRITES_MAX} items; this one has ${ledgers} ledgers, and ${others} items beside them. Send it in parts.`,
    );
  }
  throw new LogError(
    'idempotency_too_wide',
    `A request with an Idempotency-Key can touch ${KEYED_WRITES_MAX - 1} ledgers; this one touches ${ledgers}. Send it in parts.`,
  );
}

/** Whether an idempotent producer is among the appends. @throws LogError `producer_batch_invalid` */
function requireOneBatchEach(appends: readonly Append[], once: Idempotency | Beside | undefined): boolean {
  for (const append of appends) requireOneBatch(append);
  const named = appends.some(isNamed);
  if (!named || !once) return named;
  throw new LogError(
    'producer_batch_invalid',
    'Batches of an idempotent producer are deduplicated by their sequence; an Idempotency-Key beside it is one too many.',
  );
}

function spanOf(append: Append): number {
  let span = 0;
  for (const info of append.infos) span += info.offsetSpan;
  return span;
}
