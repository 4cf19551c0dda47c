import { StoreError, type StoreErrorCode } from '../port.ts';

/** No room: on the device, in the quota, or under the process's file size limit (`ulimit -f`). */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** SQLite's result codes that we tell apart. Source: sqlite.org, "Result and Error Codes". */
const SQLITE = { busy: 5, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** Writes that failed before the commit's last frame was there: EDQUOT, EFBIG, or a device that takes no more. */
const SQLITE_WRITE_FAILED: ReadonlySet<number> = new Set([778, 4874]);

/** The `code` of a system error (`ENOENT`, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The port's error for a failed call to the file system: store_full where there was no room, else `otherwise`. */
export function fileFailure(error: unknown, doing: string, otherwise: StoreErrorCode): StoreError {
  if (error instanceof StoreError) return error;
  const code = systemCode(error);
  const full = code !== undefined && NO_ROOM.has(code);
  const why = error instanceof Error ? error.message : String(error);
  return new StoreError(full ? 'store_full' : otherwise, `${doing} failed: ${why}.`, { cause: error });
}

/** The port's error for a failed read of an object. */
export function readFailure(error: unknown, key: string): StoreError {
  const code = systemCode(error) === 'EIO' ? 'store_corrupt' : 'store_unavailable';
  return fileFailure(error, `Reading the object "${key}"`, code);
}

/** Code and message of the port's error for a failure of SQLite; `otherwise` where it is of no special kind. */
export function sqliteFailure(error: unknown, doing: string, otherwise: StoreErrorCode): StoreError {
  if (error instanceof StoreError) return error;
  const result = sqliteCode(error);
  const why = error instanceof Error ? error.message : String(error);
  return new StoreError(
    sqliteStoreCode(result) ?? otherwise,
    `${doing} failed: ${why} (SQLite ${result ?? 'gave no code'}).`,
    {
      cause: error,
    },
  );
}

/** What to do where the item database, or its log, is not what was written. */
const ITEMS_BACK =
  'Nothing runs on the folder now: restore a backup of it, or move its items.db files (items.db*) away, all of them, and run millrace rebuild, which puts the items together from the volumes, where the events are; then millrace verify.';

/** Damage of the item database, and the way back. */
export function itemsDamaged(what: string, cause?: unknown): StoreError {
  return new StoreError('store_corrupt', `${what} ${ITEMS_BACK}`, { cause });
}

/** As `sqliteFailure`, of the item database: where it is damaged, with the way back. */
export function itemsFailure(error: unknown, doing: string, otherwise: StoreErrorCode): StoreError {
  if (error instanceof StoreError) return error;
  const failure = sqliteFailure(error, doing, otherwise);
  return failure.code === 'store_corrupt' ? itemsDamaged(failure.message, error) : failure;
}

function sqliteStoreCode(result: number | undefined): StoreErrorCode | undefined {
  if (result === undefined) return undefined;
  if (result === SQLITE.full || SQLITE_WRITE_FAILED.has(result)) return 'store_full';
  const primary = result & 0xff;
  return primary === SQLITE.corrupt || primary === SQLITE.notADatabase ? 'store_corrupt' : undefined;
}

export function isBusy(error: unknown): boolean {
  return ((sqliteCode(error) ?? 0) & 0xff) === SQLITE.busy;
}

function sqliteCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code : undefined;
}
