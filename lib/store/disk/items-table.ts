import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { deserialize, serialize } from 'node:v8';
import { type Item, type ItemKey, StoreError } from '../port.ts';

/**
 * Pages of the write-ahead log after which SQLite copies them into the database, and writes the log over from its beginning:
 * 4 MiB. Until it has been that large once, the log grows, and each commit then waits for the file system's journal. What is copied
 * is little: heads are the same pages again and again.
 */
const CHECKPOINT_PAGES = 1_000;

/** An item in memory and as it is stored: node:v8's serialization, which Node documents as readable by later versions. */
export interface StoredItem {
  readonly item: Item;
  readonly bytes: Uint8Array;
}

export function storedItem(item: Item): StoredItem {
  return { item, bytes: serialize(item) };
}

/** @throws store_corrupt */
export function decodeItem(bytes: Uint8Array): Item {
  try {
    return deserialize(bytes) as Item;
  } catch (cause) {
    throw new StoreError(
      'store_corrupt',
      `A stored item of ${bytes.length} bytes cannot be read; the database is damaged.`,
      { cause },
    );
  }
}

/**
 * The one table, as its one writer sees it. It has row ids: an item of 2 KB then lies in one page, and a group of 64 updates
 * of such items commits in a third of the time that a table ordered by the key itself takes, which spills each into more.
 */
export class ItemsTable {
  private readonly database: DatabaseSync;
  private readonly selectOne: StatementSync;
  private readonly upsert: StatementSync;
  private readonly remove: StatementSync;
  private readonly sweepExpired: StatementSync;

  constructor(path: string) {
    this.database = new DatabaseSync(path);
    this.database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      CREATE TABLE IF NOT EXISTS items (pk TEXT NOT NULL, sk TEXT NOT NULL, item BLOB NOT NULL, ttl INTEGER, PRIMARY KEY (pk, sk));
      CREATE INDEX IF NOT EXISTS items_by_ttl ON items (ttl) WHERE ttl IS NOT NULL;
    `);
    this.selectOne = this.database.prepare('SELECT item FROM items WHERE pk = ? AND sk = ?');
    this.upsert = this.database.prepare(
      'INSERT INTO items (pk, sk, item, ttl) VALUES (?, ?, ?, ?) ON CONFLICT (pk, sk) DO UPDATE SET item = excluded.item, ttl = excluded.ttl',
    );
    this.remove = this.database.prepare('DELETE FROM items WHERE pk = ? AND sk = ?');
    this.sweepExpired = this.database.prepare(
      'DELETE FROM items WHERE (pk, sk) IN (SELECT pk, sk FROM items WHERE ttl < ? ORDER BY ttl LIMIT ?)',
    );
    this.selectOne.setReturnArrays(true);
  }

  begin(): void {
    this.database.exec('BEGIN IMMEDIATE');
  }

  /** Durable when it returns. */
  commit(): void {
    this.database.exec('COMMIT');
  }

  /** SQLite has rolled back by itself after some failures. */
  rollback(): void {
    if (this.database.isTransaction) this.database.exec('ROLLBACK');
  }

  read({ pk, sk }: ItemKey): StoredItem | undefined {
    const row = this.selectOne.get(pk, sk) as unknown as [Uint8Array] | undefined;
    return row && { item: decodeItem(row[0]), bytes: row[0] };
  }

  write({ pk, sk }: ItemKey, stored: StoredItem | undefined): void {
    if (!stored) {
      this.remove.run(pk, sk);
      return;
    }
    const { ttl } = stored.item;
    this.upsert.run(pk, sk, stored.bytes, typeof ttl === 'number' ? Math.floor(ttl) : null);
  }

  /** Removes up to `most` items whose time has passed, and returns how many it removed. */
  sweep(nowS: number, most: number): number {
    return Number(this.sweepExpired.run(Math.floor(nowS), most).changes);
  }

  /** Copies the log into the database, so that none is left in which damage could be taken for a torn end. */
  close(): void {
    try {
      this.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      this.database.close();
    }
  }
}
