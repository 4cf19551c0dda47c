import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type ItemKey, StoreError } from '../port.ts';
import { outcomeOf, outcomeOfAll } from '../write.ts';
import { itemsFailure } from './failures.ts';
import type { ItemsAnswer, ItemsRequest, WorkerMessage, WorkerStart } from './items-messages.ts';
import { ItemsTable, type StoredItem, storedItem } from './items-table.ts';

/** Requests that share a commit at most; more only make the first of them wait. */
const GROUP_MAX = 1_024;

/** Seconds between two looks for expired items. */
const SWEEP_EVERY_S = 10;

/**
 * Expired items removed with one group: bounded, so that no write waits long, but at least two for each of its requests,
 * since each may have brought one.
 */
const SWEEP_MIN = 64;
const SWEEP_PER_REQUEST = 2;

/** What the group at work has read and will write: an item that many of its requests update is read and written once. */
interface Group {
  readonly items: Map<string, { readonly key: ItemKey; stored: StoredItem | undefined; changed: boolean }>;
}

/**
 * The one writer of the items. It takes all requests that came while the last commit was under way, evaluates them in
 * order, and commits them together.
 */
class ItemsWriter {
  private readonly port: MessagePort;
  private readonly table: ItemsTable;
  private sweptS = 0;

  constructor(port: MessagePort, table: ItemsTable) {
    this.port = port;
    this.table = table;
  }

  /** Serves `first` and everything that waits behind it. */
  serve(first: ItemsRequest): void {
    const requests = [first];
    while (requests.length < GROUP_MAX && requests.at(-1)!.kind !== 'close') {
      const next = receiveMessageOnPort(this.port) as { message: ItemsRequest } | undefined;
      if (!next) break;
      requests.push(next.message);
    }
    const closing = requests.at(-1)!.kind === 'close';
    if (closing) requests.pop();
    if (requests.length > 0) this.post({ answers: this.commitGroup(requests) });
    if (closing) {
      this.table.close();
      this.port.close();
    }
  }

  private post(message: WorkerMessage): void {
    this.port.postMessage(message);
  }

  private commitGroup(requests: readonly ItemsRequest[]): ItemsAnswer[] {
    let committing = false;
    try {
      this.table.begin();
      const group: Group = { items: new Map() };
      const answers = requests.map((request) => this.answer(group, request));
      for (const { key, stored, changed } of group.items.values()) if (changed) this.table.write(key, stored);
      this.sweep(requests);
      committing = true;
      this.table.commit();
      return answers;
    } catch (error) {
      this.table.rollback();
      // Before the COMMIT nothing can be durable; a COMMIT that failed for another reason than room may yet be.
      const { code, message } = itemsFailure(
        error,
        'Writing items',
        committing ? 'store_unknown' : 'store_unavailable',
      );
      return requests.map(() => ({ kind: 'error', code, message }));
    }
  }

  /** Evaluates one request on the group's items; one that is invalid is refused alone. */
  private answer(group: Group, request: ItemsRequest): ItemsAnswer {
    try {
      if (request.kind === 'write') return this.write(group, request.write);
      if (request.kind === 'transact') return this.transact(group, request.writes);
      throw new StoreError('store_closed', 'The store was closed.');
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return { kind: 'error', code: error.code, message: error.message };
    }
  }

  private write(group: Group, write: Extract<ItemsRequest, { kind: 'write' }>['write']): ItemsAnswer {
    const entry = this.entryOf(group, write.key);
    const before = entry.stored;
    const { applied, after } = outcomeOf(write, before?.item);
    if (applied) {
      entry.stored = after && storedItem(after);
      entry.changed = true;
    }
    return { kind: 'write', applied, old: before?.bytes };
  }

  private transact(group: Group, writes: Extract<ItemsRequest, { kind: 'transact' }>['writes']): ItemsAnswer {
    const entries = writes.map((write) => this.entryOf(group, write.key));
    const { answer, after } = outcomeOfAll(
      writes,
      entries.map((entry) => entry.stored?.item),
    );
    if (!answer.applied) {
      return { kind: 'transact', failed: answer.failed.map((why, i) => why && { item: entries[i]!.stored?.bytes }) };
    }
    entries.forEach((entry, i) => {
      if (writes[i]!.write === 'check') return;
      const item = after[i];
      entry.stored = item && storedItem(item);
      entry.changed = true;
    });
    return { kind: 'transact', failed: undefined };
  }

  private entryOf(group: Group, key: ItemKey) {
    const name = `${key.pk.length}:${key.pk}${key.sk}`;
    let entry = group.items.get(name);
    if (!entry) {
      entry = { key, stored: this.table.read(key), changed: false };
      group.items.set(name, entry);
    }
    return entry;
  }

  private sweep(requests: readonly ItemsRequest[]): void {
    const last = requests.at(-1)!;
    if (last.kind === 'close' || Math.abs(last.nowS - this.sweptS) < SWEEP_EVERY_S) return;
    const most = Math.max(SWEEP_MIN, requests.length * SWEEP_PER_REQUEST);
    // Where as many were due, more may be: the next group goes on.
    if (this.table.sweep(last.nowS, most) < most) this.sweptS = last.nowS;
  }
}

const port = parentPort!;
const writer = new ItemsWriter(port, new ItemsTable((workerData as WorkerStart).path));
port.on('message', (request: ItemsRequest) => writer.serve(request));
port.postMessage({ ready: true } satisfies WorkerMessage);
