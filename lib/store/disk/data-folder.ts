import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../port.ts';
import { refuse } from '../value.ts';
import { fileFailure, isBusy, sqliteFailure, systemCode } from './failures.ts';
import { makeFolder, makeFolders, syncFolder } from './folders.ts';

/** Raised with every change that an older Millrace would misread. */
const FORMAT_VERSION = 2;
const FORMAT = /^millrace data, format (\d+)\n/;

/** Events are their owner's: nobody else on the machine reads the folder. */
const FOLDER_MODE = 0o700;

/** Where the parts of a data folder are. */
export interface DataFolder {
  readonly objects: string;
  readonly volumes: string;
  readonly temporary: string;
  readonly items: string;
  /** Lets another process have the folder. */
  release(): void;
}

/**
 * Takes the folder for this process alone, making it where it is absent.
 *
 * @throws store_locked where another process has it; store_invalid where it is something else, or of a newer format
 */
export function takeFolder(path: string): DataFolder {
  const folder = resolve(path);
  try {
    makeFolders(folder, FOLDER_MODE);
    const version = formatOf(folder);
    const release = lock(folder);
    try {
      if (version !== FORMAT_VERSION) writeFormat(folder);
      const temporary = join(folder, 'temporary');
      rmSync(temporary, { recursive: true, force: true });
      const parts = { objects: join(folder, 'objects'), volumes: join(folder, 'volumes') };
      for (const part of [temporary, parts.objects, parts.volumes]) makeFolder(part, FOLDER_MODE);
      // Always: whoever made volumes may have been killed before their names were durable. Those beside them: unclean.ts.
      syncFolder(parts.volumes);
      return { ...parts, temporary, items: join(folder, 'items.db'), release };
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    throw fileFailure(error, `Opening the data folder ${folder}`, 'store_unavailable');
  }
}

/** The folder's format, or undefined where nothing has been kept in it yet. */
function formatOf(folder: string): number | undefined {
  const text = textOf(join(folder, 'format'));
  if (text === undefined) {
    const others = readdirSync(folder).filter((name) => !name.startsWith('lock') && name !== 'format.new');
    if (others.length === 0) return undefined;
    return refuse(
      `${folder} is no data folder of Millrace: it has no "format" file, but "${others[0]}". Use an empty or a new folder.`,
    );
  }
  const version = Number(FORMAT.exec(text)?.[1]);
  if (Number.isNaN(version))
    throw new StoreError('store_corrupt', `${join(folder, 'format')} does not say which format the folder has.`);
  if (version > FORMAT_VERSION) {
    refuse(
      `${folder} has format ${version}, written by a newer Millrace; this one knows formats up to ${FORMAT_VERSION}. Use the newer one, or another folder.`,
    );
  }
  return version;
}

function writeFormat(folder: string): void {
  const path = join(folder, 'format');
  writeFileSync(`${path}.new`, `millrace data, format ${FORMAT_VERSION}\n`, { flush: true });
  renameSync(`${path}.new`, path);
  syncFolder(folder);
}

/**
 * Holds an exclusive transaction on a database of its own for the life of the process: the operating system's file lock
 * behind it vanishes with the process, however it ends, so there is no stale lock to clean up. The pid beside it is for
 * the message alone.
 */
function lock(folder: string): () => void {
  const pidFile = join(folder, 'lock.pid');
  const database = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw sqliteFailure(error, `Locking ${folder}`, 'store_unavailable');
    const pid = textOf(pidFile)?.trim() || 'unknown';
    throw new StoreError(
      'store_locked',
      `The data folder ${folder} is in use by another process (pid ${pid}). Stop it first, or use another folder.`,
      {
        cause: error,
      },
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return () => {
    rmSync(pidFile, { force: true });
    database.close();
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
