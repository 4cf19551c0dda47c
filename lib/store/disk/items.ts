import { Worker } from 'node:worker_threads';
import type { Clock } from '../../bytes/index.ts';
import {
  type Item,
  type ItemKey,
  type MetaStore,
  StoreError,
  type TransactAnswer,
  type Write,
  type WriteAnswer,
} from '../port.ts';
import { checkLimit } from '../request.ts';
import { checkKey, checkKeyPart } from '../value.ts';
import { takeSingle, takeTransaction } from '../write.ts';
import { fileFailure, itemsDamaged, itemsFailure } from './failures.ts';
import type { ItemsAnswer, ItemsRequest, WorkerMessage, WorkerStart } from './items-messages.ts';
import { ItemsReader } from './items-reader.ts';
import { decodeItem } from './items-table.ts';
import { markClean, markUnclean, requireLog } from './unclean.ts';
import { findWalFileDamage, type WalDamage } from './wal.ts';

interface Pending {
  resolve(answer: ItemsAnswer): void;
  reject(error: StoreError): void;
}

interface ItemsParts {
  readonly worker: Worker;
  readonly reader: ItemsReader;
  readonly path: string;
  readonly clock: Clock;
  checkOpen(): void;
}

/** Beside this file, and compiled where this file is: the compiler does not look into URLs. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './items-worker.ts' : './items-worker.js', import.meta.url);

/**
 * What the worker allocates before it collects: little, as all commits wait for each collection. By itself V8 lets it grow
 * until one takes 15 to 30 ms, once a second at 500 commits a second: the larger part of the slowest appends.
 */
const YOUNG_MIB = 2;

/**
 * Items in SQLite: written by a worker thread, which commits all that came during the last commit together, and read on
 * the caller's thread. A worker that dies is not started again: what kills it (memory, a defect) would kill it again, and
 * the process must not go on as if nothing were.
 */
export class DiskItems implements MetaStore {
  private readonly checkOpen: () => void;
  private readonly path: string;
  private readonly clock: Clock;
  private readonly worker: Worker;
  private readonly reader: ItemsReader;
  private readonly exited: Promise<void>;
  /** Calls under way, in the order of their requests, which is that of the answers. */
  private readonly pending: Pending[] = [];
  private death: StoreError | undefined;

  static async open(path: string, clock: Clock, checkOpen: () => void): Promise<DiskItems> {
    const workerData: WorkerStart = { path };
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MIB };
    const worker = new Worker(WORKER, { workerData, name: 'millrace items', resourceLimits });
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: unknown) => reject(itemsFailure(cause, opening(path), 'store_unavailable'));
      worker.once('message', () => {
        worker.off('error', fail);
        resolve();
      });
      worker.once('error', fail);
    });
    try {
      const reader = new ItemsReader(path);
      markUnclean(path);
      return new DiskItems({ worker, reader, path, clock, checkOpen });
    } catch (error) {
      await worker.terminate();
      throw itemsFailure(error, opening(path), 'store_unavailable');
    }
  }

  private constructor({ worker, reader, path, clock, checkOpen }: ItemsParts) {
    this.worker = worker;
    this.reader = reader;
    this.path = path;
    this.clock = clock;
    this.checkOpen = checkOpen;
    worker.on('message', (message: WorkerMessage) => {
      if ('answers' in message) this.settle(message.answers);
    });
    worker.on('error', (error) => this.die(error));
    this.exited = new Promise((resolve) => {
      worker.on('exit', () => {
        this.die(undefined);
        resolve();
      });
    });
    worker.unref(); // only calls under way keep the process alive
  }

  /**
   * Proves that the database is sound in itself: each page in its place, each row found by its key. All of its pages are
   * read, which are few beside the events; the shorter quick_check would not compare the keys with the rows.
   *
   * @throws store_corrupt
   */
  prove(): void {
    this.checkOpen();
    this.reader.prove();
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    this.checkOpen();
    checkKey(key);
    return this.reader.get(key);
  }

  async getMany(keys: readonly ItemKey[]): Promise<(Item | undefined)[]> {
    this.checkOpen();
    keys.forEach(checkKey);
    return keys.map((key) => this.reader.get(key));
  }

  async query(
    pk: string,
    { prefix = '', after, limit, reverse = false }: NonNullable<Parameters<MetaStore['query']>[1]> = {},
  ): Promise<{ items: { sk: string; item: Item }[]; next?: string }> {
    this.checkOpen();
    checkKeyPart('pk', pk);
    return this.reader.query(pk, prefix, after, checkLimit(limit), reverse);
  }

  async write(write: Exclude<Write, { write: 'check' }>): Promise<WriteAnswer> {
    this.checkOpen();
    const taken = takeSingle(write);
    const answer = await this.ask({ kind: 'write', write: taken, nowS: this.clock.nowMs() / 1_000 });
    if (answer.kind !== 'write') throw failureOf(answer);
    return { applied: answer.applied, old: answer.old && decodeItem(answer.old) };
  }

  async transact(writes: readonly Write[]): Promise<TransactAnswer> {
    this.checkOpen();
    const taken = takeTransaction(writes);
    const answer = await this.ask({ kind: 'transact', writes: taken, nowS: this.clock.nowMs() / 1_000 });
    if (answer.kind !== 'transact') throw failureOf(answer);
    if (!answer.failed) return { applied: true };
    return { applied: false, failed: answer.failed.map((why) => why && { item: why.item && decodeItem(why.item) }) };
  }

  /** Waits for what is under way, then ends the worker, which leaves an empty log. */
  async close(): Promise<void> {
    this.worker.ref();
    this.worker.postMessage({ kind: 'close' } satisfies ItemsRequest);
    await this.exited;
    markClean(this.path);
    this.reader.close();
  }

  private ask(request: ItemsRequest): Promise<ItemsAnswer> {
    if (this.death) return Promise.reject(this.death);
    return new Promise((resolve, reject) => {
      this.worker.postMessage(request);
      if (this.pending.length === 0) this.worker.ref();
      this.pending.push({ resolve, reject });
    });
  }

  private settle(answers: readonly ItemsAnswer[]): void {
    const settled = this.pending.splice(0, answers.length);
    if (this.pending.length === 0) this.worker.unref();
    for (const [i, { resolve }] of settled.entries()) resolve(answers[i]!);
  }

  private die(cause: unknown): void {
    if (this.death) return;
    this.death = new StoreError('store_unavailable', 'The thread that writes items has ended; restart the process.', {
      cause,
    });
    const doubt = new StoreError('store_unknown', 'The thread that writes items ended before it answered.', { cause });
    for (const { reject } of this.pending.splice(0)) reject(doubt);
  }
}

function failureOf(answer: ItemsAnswer): StoreError {
  if (answer.kind === 'error') return new StoreError(answer.code, answer.message);
  return new StoreError('store_corrupt', `The item worker answered with a ${answer.kind}, which was not asked.`);
}

function opening(path: string): string {
  return `Opening the item database ${path}`;
}

/**
 * Looks at the log of an item database before SQLite does, which takes damage for a torn end. Changes nothing.
 *
 * @throws store_corrupt where acknowledged commits are behind a damaged frame, or it is gone after a crash; store_unavailable
 * where it cannot be read
 */
export function checkItemsLog(path: string): void {
  requireLog(path);
  const log = `${path}-wal`;
  const damage = damageOf(log);
  if (!damage) return;
  const { frame, atBytes, commits } = damage;
  const where = frame === 0 ? 'its header' : `frame ${frame}, at byte ${atBytes},`;
  const behind = commits === 1 ? '1 commit' : `${commits} commits`;
  throw itemsDamaged(
    `${log} is damaged: ${where} is not what was written, and SQLite would drop ${behind} from there on, with what was acknowledged. No file was changed.`,
  );
}

function damageOf(log: string): WalDamage | undefined {
  try {
    return findWalFileDamage(log);
  } catch (error) {
    throw fileFailure(error, `Reading the log ${log}`, 'store_unavailable');
  }
}
