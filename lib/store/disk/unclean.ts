import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { itemsDamaged } from './failures.ts';
import { syncFolder } from './folders.ts';

/*
 * A mark beside the items that is there while they are open: the newest commits may stand in their log alone then, which a
 * process that was killed leaves behind. SQLite takes a log that is gone for one that was not needed.
 */

/** Begins with the database's name: who moves its files away takes it along. */
const markOf = (items: string) => `${items}-unclean`;

/**
 * To be called when the log is there, and before anything is acknowledged: all names in the folder become durable, whoever made
 * them. That of the log does so before the mark is made, so that no crash leaves the mark alone.
 */
export function markUnclean(items: string): void {
  syncFolder(dirname(items));
  if (existsSync(markOf(items)) || !existsSync(`${items}-wal`)) return;
  writeFileSync(markOf(items), '');
  syncFolder(dirname(items));
}

/**
 * To be called when the items were closed: takes the mark away, unless the log still has commits, as where another program read
 * the database meanwhile, or the disk was full. The log stays, empty, so a crash that brings the mark back harms nobody.
 */
export function markClean(items: string): void {
  if (statSync(`${items}-wal`, { throwIfNoEntry: false })?.size) return;
  rmSync(markOf(items), { force: true });
}

/** @throws store_corrupt where the items were not closed, and their log is gone */
export function requireLog(items: string): void {
  const log = `${items}-wal`;
  if (!existsSync(items) || !existsSync(markOf(items)) || existsSync(log)) return;
  throw itemsDamaged(
    `${log} is gone: whoever had the folder last was killed, and its newest commits were in that file. No file was changed. Bring it back if you can. Where another program (sqlite3, say) has opened ${basename(items)} since, it took them over: then remove ${basename(markOf(items))}, and run millrace verify.`,
  );
}
