import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type ObjectInfo, type ObjectStore, StoreError } from '../port.ts';
import { checkLimit, checkObjectKey, checkRange, rangeWithin } from '../request.ts';
import type { DataFolder } from './data-folder.ts';
import { fileFailure, systemCode } from './failures.ts';
import { FileWriter } from './file-writer.ts';
import { FolderSyncs } from './folder-syncs.ts';
import { Gate } from './gate.ts';
import { keysOf, objectFile } from './listing.ts';
import { type OpenFile, OpenFiles } from './open-files.ts';

const read = promisify(fs.read);
const link = promisify(fs.link);
const unlink = promisify(fs.unlink);
const mkdir = promisify(fs.mkdir);
const stat = promisify(fs.stat);

/** Files that stay open for reading, and folders for syncing: well under the usual 1,024 of a process. */
const OPEN_FILES_MAX = 256;
const OPEN_FOLDERS_MAX = 64;

/**
 * Writes and syncs under way at once. Each holds one of the four threads of Node's pool for milliseconds, so one thread is
 * kept for reads: without it a read of 64 KiB beside 16 writers took 2 ms in place of 0.1.
 */
const SYNCS_MAX = 3;

/** Deletes under way at once; more only queue in the thread pool, before others' reads. */
const DELETES_MAX = 8;

/**
 * Objects as plain files. A put writes a temporary file, syncs it, links it to its name (which fails where the name is
 * taken: put-if-absent), and syncs the folder; a crash leaves the whole object, or a temporary that the next opening
 * removes.
 */
export class DiskObjects implements ObjectStore {
  private readonly folder: DataFolder;
  private readonly checkOpen: () => void;
  private readonly writer = new FileWriter();
  private readonly files = new OpenFiles(OPEN_FILES_MAX);
  private readonly folders = new OpenFiles(OPEN_FOLDERS_MAX);
  private readonly gate = new Gate(SYNCS_MAX);
  private readonly syncs = new FolderSyncs(this.folders, this.gate);
  /** Folders that are there for certain, with their names durable, or on the way. */
  private readonly made = new Map<string, Promise<void>>();
  private readonly running = new Set<Promise<unknown>>();
  private serial = 0;

  constructor(folder: DataFolder, checkOpen: () => void) {
    this.folder = folder;
    this.checkOpen = checkOpen;
  }

  put(key: string, parts: readonly Uint8Array[]): Promise<void> {
    return this.track(async () => {
      checkObjectKey(key);
      const path = objectFile(this.folder.objects, key);
      const won = await this.place(key, path, parts);
      try {
        // A racer that lost waits as well: it may rely on the winner's object from here on.
        await this.syncs.sync(dirname(path));
      } catch (error) {
        throw new StoreError(
          'store_unknown',
          `The object "${key}" may be there or not: its folder could not be synced.`,
          { cause: error },
        );
      }
      if (!won) throw new StoreError('object_exists', `The object "${key}" exists already; objects never change.`);
    });
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
      this.running.add(gone);
      void gone.then(() => this.running.delete(gone));
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
    await this.syncs.sync(dirname(path));
  }

  get(key: string, from?: number, to?: number): Promise<Uint8Array> {
    return this.track(async () => {
      checkObjectKey(key);
      checkRange(from, to);
      try {
        return await this.files.use(objectFile(this.folder.objects, key), (file) => {
          const range = rangeWithin(file.sizeBytes, from, to);
          return readRange(key, file, range.from, range.to - range.from);
        });
      } catch (error) {
        if (systemCode(error) === 'ENOENT') throw new StoreError('object_missing', `There is no object "${key}".`);
        throw fileFailure(
          error,
          `Reading the object "${key}"`,
          systemCode(error) === 'EIO' ? 'store_corrupt' : 'store_unavailable',
        );
      }
    });
  }

  size(key: string): Promise<number | undefined> {
    return this.track(async () => {
      checkObjectKey(key);
      try {
        return (await stat(objectFile(this.folder.objects, key))).size;
      } catch (error) {
        if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
        throw fileFailure(error, `Looking for the object "${key}"`, 'store_unavailable');
      }
    });
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.track(async () => {
      keys.forEach(checkObjectKey);
      const rest = [...keys];
      const work = async () => {
        for (let key = rest.pop(); key !== undefined; key = rest.pop()) await this.deleteOne(key);
      };
      await Promise.all(Array.from({ length: Math.min(DELETES_MAX, keys.length) }, work));
    });
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

  list(prefix: string, options: { after?: string; limit?: number } = {}): Promise<ObjectInfo[]> {
    return this.track(async () => {
      const most = checkLimit(options.limit);
      const infos: ObjectInfo[] = [];
      try {
        for await (const key of keysOf(this.folder.objects, prefix, options.after ?? '')) {
          const found = fs.statSync(objectFile(this.folder.objects, key), { throwIfNoEntry: false });
          if (found) infos.push({ key, sizeBytes: found.size });
          if (infos.length === most) break;
        }
      } catch (error) {
        throw fileFailure(error, `Listing objects of "${prefix}"`, 'store_unavailable');
      }
      return infos;
    });
  }

  /** Waits for what is under way, then closes all files. */
  async close(): Promise<void> {
    await Promise.allSettled(this.running);
    await Promise.all([this.files.close(), this.folders.close()]);
  }

  private async track<Result>(work: () => Promise<Result>): Promise<Result> {
    this.checkOpen();
    const running = work();
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
    }
  }
}

async function readRange(key: string, { fd }: OpenFile, from: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await read(fd, bytes, done, length - done, from + done);
    if (bytesRead === 0)
      throw new StoreError('store_corrupt', `The object "${key}" ends at ${from + done}, before its own size.`);
    done += bytesRead;
  }
  return bytes;
}
