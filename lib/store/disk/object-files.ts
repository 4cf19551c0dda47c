import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type ObjectInfo, type ObjectPlace, StoreError } from '../port.ts';
import { rangeWithin } from '../request.ts';
import type { DataFolder } from './data-folder.ts';
import { fileFailure, readFailure, systemCode } from './failures.ts';
import { FileWriter } from './file-writer.ts';
import { FolderSyncs } from './folder-syncs.ts';
import { Gate } from './gate.ts';
import { keysOf, objectFile } from './listing.ts';
import { OpenFiles } from './open-files.ts';
import { readRange } from './read-range.ts';

const link = promisify(fs.link);
const unlink = promisify(fs.unlink);
const mkdir = promisify(fs.mkdir);

/** Folders that stay open for syncing. */
const OPEN_FOLDERS_MAX = 64;

/**
 * Writes and syncs under way at once. Each holds one of the four threads of Node's pool for milliseconds, so one thread is
 * kept for reads: without it a read of 64 KiB beside 16 writers took 2 ms in place of 0.1.
 */
const SYNCS_MAX = 3;

/** Deletes under way at once; more only queue in the thread pool, before others' reads. */
const DELETES_MAX = 8;

/**
 * Large objects, as plain files. A put writes a temporary file, syncs it, links it to its name (which fails where the name is
 * taken: put-if-absent), and syncs the folder; a crash leaves the whole object, or a temporary that the next opening
 * removes.
 */
export class ObjectFiles {
  private readonly folder: DataFolder;
  private readonly writer = new FileWriter();
  private readonly files: OpenFiles;
  private readonly folders = new OpenFiles(OPEN_FOLDERS_MAX);
  private readonly gate = new Gate(SYNCS_MAX);
  private readonly folderSyncs = new FolderSyncs(this.folders, this.gate);
  /** Folders that are there for certain, with their names durable, or on the way. */
  private readonly made = new Map<string, Promise<void>>();
  /** Temporaries on their way out. */
  private readonly leaving = new Set<Promise<unknown>>();
  private serial = 0;

  constructor(folder: DataFolder, files: OpenFiles) {
    this.folder = folder;
    this.files = files;
  }

  /** Makes all names that are in `folder` durable. */
  sync(folder: string): Promise<void> {
    return this.folderSyncs.sync(folder);
  }

  /** @throws StoreError `object_exists`, `store_full`, `store_unavailable`, `store_unknown` */
  async put(key: string, parts: readonly Uint8Array[]): Promise<void> {
    const path = objectFile(this.folder.objects, key);
    const won = await this.place(key, path, parts);
    try {
      await this.sync(dirname(path));
    } catch (error) {
      throw new StoreError(
        'store_unknown',
        `The object "${key}" may be there or not: its folder could not be synced.`,
        { cause: error },
      );
    }
    if (!won) throw objectExists(key);
  }

  /** Writes the object durably and links it to its name, not durably yet; false where the name is taken. */
  private async place(key: string, path: string, parts: readonly Uint8Array[]): Promise<boolean> {
    const temporary = join(this.folder.temporary, String(this.serial++));
    try {
      await this.makeFolder(dirname(path));
      await this.gate.pass(() => this.writer.write(temporary, parts));
      await link(temporary, path);
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw fileFailure(error, `Writing the object "${key}"`, 'store_unavailable');
    } finally {
      // The second name of a linked object, or a failed write: nobody waits for it, and the next opening finds what stays.
      const gone = unlink(temporary).catch(() => undefined);
      this.leaving.add(gone);
      void gone.then(() => this.leaving.delete(gone));
    }
  }

  private makeFolder(path: string): Promise<void> {
    const known = this.made.get(path);
    if (known) return known;
    const making = this.makeFolderOnce(path);
    this.made.set(path, making);
    making.catch(() => this.made.delete(path));
    return making;
  }

  private async makeFolderOnce(path: string): Promise<void> {
    if (path === this.folder.objects) return;
    await this.makeFolder(dirname(path));
    try {
      await mkdir(path);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    await this.sync(dirname(path));
  }

  /** @throws StoreError `object_missing`, `store_corrupt`, `store_unavailable` */
  async get(key: string, from?: number, to?: number): Promise<Uint8Array> {
    try {
      return await this.files.use(objectFile(this.folder.objects, key), (file) => {
        const range = rangeWithin(file.sizeBytes, from, to);
        return readRange(key, file, range.from, range.to - range.from);
      });
    } catch (error) {
      if (systemCode(error) === 'ENOENT') throw new StoreError('object_missing', `There is no object "${key}".`);
      throw readFailure(error, key);
    }
  }

  /** Undefined where there is none. Asks the system at once: what it knows of names is in memory. */
  sizeOf(key: string): number | undefined {
    try {
      return fs.statSync(objectFile(this.folder.objects, key), { throwIfNoEntry: false })?.size;
    } catch (error) {
      if (systemCode(error) === 'ENOTDIR') return undefined;
      throw fileFailure(error, `Looking for the object "${key}"`, 'store_unavailable');
    }
  }

  placeOf(key: string): ObjectPlace | undefined {
    const sizeBytes = this.sizeOf(key);
    return sizeBytes === undefined ? undefined : { path: objectFile(this.folder.objects, key), from: 0, to: sizeBytes };
  }

  /** @throws StoreError `store_unknown` */
  async delete(keys: readonly string[]): Promise<void> {
    const rest = [...keys];
    const work = async () => {
      for (let key = rest.pop(); key !== undefined; key = rest.pop()) await this.deleteOne(key);
    };
    await Promise.all(Array.from({ length: Math.min(DELETES_MAX, keys.length) }, work));
  }

  private async deleteOne(key: string): Promise<void> {
    const path = objectFile(this.folder.objects, key);
    try {
      await unlink(path);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw fileFailure(error, `Deleting the object "${key}"`, 'store_unknown');
    }
    await this.files.drop(path);
  }

  async list(prefix: string, after: string, most: number): Promise<ObjectInfo[]> {
    const infos: ObjectInfo[] = [];
    try {
      for await (const key of keysOf(this.folder.objects, prefix, after)) {
        const found = fs.statSync(objectFile(this.folder.objects, key), { throwIfNoEntry: false });
        if (found) infos.push({ key, sizeBytes: found.size });
        if (infos.length === most) break;
      }
    } catch (error) {
      throw fileFailure(error, `Listing objects of "${prefix}"`, 'store_unavailable');
    }
    return infos;
  }

  /** Waits for what is under way behind the callers' backs. */
  async close(): Promise<void> {
    await Promise.all(this.leaving);
    await this.folders.close();
  }
}

export function objectExists(key: string): StoreError {
  return new StoreError('object_exists', `The object "${key}" exists already; objects never change.`);
}
