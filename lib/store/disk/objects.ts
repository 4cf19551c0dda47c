import type { Random } from '../../bytes/index.ts';
import type { ObjectInfo, ObjectPlace, ObjectStore } from '../port.ts';
import { checkLimit, checkObjectKey, checkRange } from '../request.ts';
import type { DataFolder } from './data-folder.ts';
import { ObjectFiles, objectExists } from './object-files.ts';
import { OpenFiles } from './open-files.ts';
import { entryBytes } from './volumes/format.ts';
import { Volumes } from './volumes/volumes.ts';
import { VOLUME_OBJECT_BYTES_MAX } from './volumes/writer.ts';

/** Files that stay open for reading: with those for writing and syncing, well under the usual 1,024 of a process. */
const OPEN_FILES_MAX = 256;

/** Objects on disk: large ones are files of their own, all others lie in volumes. */
export class DiskObjects implements ObjectStore {
  readonly #checkOpen: () => void;
  readonly #open: OpenFiles;
  readonly #files: ObjectFiles;
  readonly #volumes: Volumes;
  /** Puts under way, by key: whoever comes second waits for what becomes of the first. */
  readonly #puts = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<unknown>>();

  static async open(folder: DataFolder, random: Random, checkOpen: () => void): Promise<DiskObjects> {
    const open = new OpenFiles(OPEN_FILES_MAX);
    const files = new ObjectFiles(folder, open);
    const sync = () => files.sync(folder.volumes);
    const volumes = await Volumes.open({ folder: folder.volumes, files: open, random, sync });
    return new DiskObjects(open, files, volumes, checkOpen);
  }

  private constructor(open: OpenFiles, files: ObjectFiles, volumes: Volumes, checkOpen: () => void) {
    this.#open = open;
    this.#files = files;
    this.#volumes = volumes;
    this.#checkOpen = checkOpen;
  }

  put(key: string, parts: readonly Uint8Array[]): Promise<void> {
    return this.#track(async () => {
      checkObjectKey(key);
      for (let other = this.#puts.get(key); other; other = this.#puts.get(key)) await other.catch(() => undefined);
      const putting = this.#put(key, parts);
      this.#puts.set(key, putting);
      try {
        await putting;
      } finally {
        this.#puts.delete(key);
      }
    });
  }

  async #put(key: string, parts: readonly Uint8Array[]): Promise<void> {
    if (this.#sizeOf(key) !== undefined) throw objectExists(key);
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (entryBytes(key, sizeBytes) > VOLUME_OBJECT_BYTES_MAX) return this.#files.put(key, parts);
    return this.#volumes.put(key, parts, sizeBytes);
  }

  get(key: string, from?: number, to?: number): Promise<Uint8Array> {
    return this.#track(async () => {
      checkObjectKey(key);
      checkRange(from, to);
      return (await this.#volumes.get(key, from, to)) ?? this.#files.get(key, from, to);
    });
  }

  size(key: string): Promise<number | undefined> {
    return this.#track(async () => {
      checkObjectKey(key);
      return this.#sizeOf(key);
    });
  }

  placeOf(key: string): ObjectPlace | undefined {
    return this.#volumes.placeOf(key) ?? this.#files.placeOf(key);
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#track(async () => {
      keys.forEach(checkObjectKey);
      await this.#files.delete(await this.#volumes.delete(keys));
    });
  }

  list(prefix: string, { after = '', limit }: { after?: string; limit?: number } = {}): Promise<ObjectInfo[]> {
    return this.#track(async () => {
      const most = checkLimit(limit);
      const large = await this.#files.list(prefix, after, most);
      const all = [...large, ...this.#volumes.list(prefix, after, most)];
      return all.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, most);
    });
  }

  /** Waits for what is under way, then closes all files. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#volumes.close();
    await this.#files.close();
    await this.#open.close();
  }

  #sizeOf(key: string): number | undefined {
    return this.#volumes.sizeOf(key) ?? this.#files.sizeOf(key);
  }

  async #track<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#checkOpen();
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}
