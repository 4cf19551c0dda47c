import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreError } from '../port.ts';
import { refuse } from '../value.ts';
import { systemCode } from './failures.ts';

/** A folder cannot be opened for syncing on Windows, where the file system orders such changes by itself. */
export const FOLDERS_SYNC = process.platform !== 'win32';

/** What `mkdir` takes where nothing is said: the process's umask decides. */
const MODE = 0o777;

/**
 * Makes the folder, and those above it that are absent, durably: each of them has its name in the one above. One by one,
 * since Node's `recursive` never returns where a folder that is there refuses another with ENOENT, as /proc does.
 *
 * @throws StoreError `store_invalid` where one of them is a file, `store_unavailable` where none can be made; else the file
 * system's error
 * @example
 * makeFolders('/var/lib/millrace/files', 0o700);
 */
export function makeFolders(folder: string, mode = MODE): void {
  const absent = [folder];
  for (let above = dirname(folder); !existsSync(above) && above !== dirname(above); above = dirname(above))
    absent.unshift(above);
  for (const each of absent) if (makeFolder(each, mode)) syncFolder(dirname(each));
}

/** Whether it was absent. @throws store_invalid where it, or what it is to lie in, is a file, store_unavailable where none can be made there; else what `mkdir` throws */
export function makeFolder(folder: string, mode: number): boolean {
  try {
    mkdirSync(folder, { mode });
    return true;
  } catch (error) {
    // Before it is looked at, which fails in the same way.
    if (systemCode(error) === 'ENOTDIR') refuse(`${dirname(folder)} is a file, and no folder. Use another one.`);
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return false;
    if (systemCode(error) === 'EEXIST') refuse(`${folder} is a file, and no folder. Use another one.`);
    if (systemCode(error) !== 'ENOENT') throw error;
    const message = `Cannot make the folder ${folder}: ${dirname(folder)} takes no new folders. Use another one.`;
    throw new StoreError('store_unavailable', message, { cause: error });
  }
}

/** Makes the names in it durable. */
export function syncFolder(folder: string): void {
  if (!FOLDERS_SYNC) return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
