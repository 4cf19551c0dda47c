import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Item, ItemKey } from '../port.ts';
import { QUERY_BYTES_MAX } from '../request.ts';
import { successor } from '../sorted-map.ts';
import { itemsDamaged, itemsFailure } from './failures.ts';
import { decodeItem } from './items-table.ts';

/** SQLite orders every blob after every text, so this bounds nothing. */
const AFTER_ALL_TEXTS = new Uint8Array(0);

/**
 * Reads of items, by a second connection on the caller's own thread: write-ahead logging shows it what is committed, and
 * a point read takes less time than a message to another thread would.
 */
export class ItemsReader {
  private readonly path: string;
  private readonly database: DatabaseSync;
  private readonly selectOne: StatementSync;
  private readonly upward: StatementSync;
  private readonly downward: StatementSync;

  constructor(path: string) {
    this.path = path;
    this.database = new DatabaseSync(path, { readOnly: true });
    const range = 'SELECT sk, item FROM items WHERE pk = ? AND sk >= ? AND sk < ? ORDER BY sk';
    this.selectOne = this.database.prepare('SELECT item FROM items WHERE pk = ? AND sk = ?');
    this.upward = this.database.prepare(range);
    this.downward = this.database.prepare(`${range} DESC`);
    for (const statement of [this.selectOne, this.upward, this.downward]) statement.setReturnArrays(true);
  }

  get({ pk, sk }: ItemKey): Item | undefined {
    return this.reading(() => {
      const row = this.selectOne.get(pk, sk) as unknown as [Uint8Array] | undefined;
      return row && decodeItem(row[0]);
    });
  }

  query(
    pk: string,
    prefix: string,
    after: string | undefined,
    limit: number,
    reverse: boolean,
  ): { items: { sk: string; item: Item }[]; next?: string } {
    return this.reading(() => {
      const rows = reverse ? this.downRows(pk, prefix, after) : this.upRows(pk, prefix, after);
      const items: { sk: string; item: Item }[] = [];
      let bytes = 0;
      for (const [sk, item] of rows) {
        if (items.length === limit || bytes >= QUERY_BYTES_MAX) return { items, next: items.at(-1)!.sk };
        bytes += item.length;
        items.push({ sk, item: decodeItem(item) });
      }
      return { items };
    });
  }

  /** @throws store_corrupt where SQLite finds that the database is not sound */
  prove(): void {
    const rows = this.reading(() => this.database.prepare('PRAGMA integrity_check(1)').all());
    const found = rows.map((row) => String(row.integrity_check).replaceAll('\n', ' '));
    if (found.length === 1 && found[0] === 'ok') return;
    throw itemsDamaged(`The item database ${this.path} is damaged: SQLite says "${found[0]}".`);
  }

  close(): void {
    this.database.close();
  }

  private upRows(pk: string, prefix: string, after: string | undefined): Iterable<[string, Uint8Array]> {
    const beyond = successor(prefix) ?? AFTER_ALL_TEXTS;
    // The least text after another is that one with a zero behind.
    const start =
      after === undefined || Buffer.compare(Buffer.from(after), Buffer.from(prefix)) < 0 ? prefix : `${after}\0`;
    return this.upward.iterate(pk, start, beyond) as unknown as Iterable<[string, Uint8Array]>;
  }

  private downRows(pk: string, prefix: string, after: string | undefined): Iterable<[string, Uint8Array]> {
    const beyond = successor(prefix);
    const first =
      after !== undefined && (beyond === undefined || Buffer.compare(Buffer.from(after), Buffer.from(beyond)) < 0);
    const end = first ? after : (beyond ?? AFTER_ALL_TEXTS);
    return this.downward.iterate(pk, prefix, end) as unknown as Iterable<[string, Uint8Array]>;
  }

  private reading<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw itemsFailure(error, 'Reading items', 'store_unavailable');
    }
  }
}
