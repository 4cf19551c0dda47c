import { StoreError } from '../../port.ts';
import { alignedBytes, BLOCK_BYTES } from '../blocks.ts';
import { fileFailure } from '../failures.ts';
import { entryBytes, INDEX_BYTES_MAX, indexEntryBytes, layEntry, type Placed, sealHead } from './format.ts';
import type { Volume } from './volume.ts';

/**
 * What an object may take of a volume. Larger ones are better off as files: what a file costs is little beside their bytes, and
 * several are written side by side. 32 writers of 1 MiB, in flushes of 8 MiB, stored a tenth more.
 */
export const VOLUME_OBJECT_BYTES_MAX = 4 << 20;
/** What goes into a volume with one write at most. */
const WRITE_BYTES_MAX = 2 * VOLUME_OBJECT_BYTES_MAX;

/** Where an object has come to lie. */
export interface Written {
  readonly volume: Volume;
  readonly block: number;
}

/** Objects laid out one behind the other, to be written together. */
interface Group {
  readonly bytes: Uint8Array;
  filled: number;
  indexBytes: number;
  /** In their order; `at` is where each begins in the group. */
  objects: { readonly key: string; readonly at: number; readonly sizeBytes: number }[];
  /** Resolves with the place of the group's first block when all is durable. */
  written: PromiseWithResolvers<Written>;
  /** Resolves when the group is being written: the other one is empty then. */
  begun: PromiseWithResolvers<void>;
}

/** Where volumes come from, and go to when they are full. */
export interface VolumeSupply {
  next(): Promise<Volume>;
  /** It gets no more objects. */
  leave(volume: Volume): void;
}

/**
 * Appends objects to the current volume. One write is under way at a time, so whatever was acknowledged has nothing torn
 * before it; what comes meanwhile is laid out in other memory and goes with the next write.
 */
export class VolumeWriter {
  readonly #supply: VolumeSupply;
  #current: Volume | undefined;
  #filling: Group | undefined;
  #writing: Group | undefined;
  /** Memory of groups that were written: there are never more than two. */
  readonly #spare: Uint8Array[] = [];

  constructor(supply: VolumeSupply) {
    this.#supply = supply;
  }

  /**
   * Resolves when the object is durable. It must not take more than VOLUME_OBJECT_BYTES_MAX.
   * @throws StoreError `store_full`, `store_unavailable`, `store_unknown`
   */
  async put(key: string, parts: readonly Uint8Array[], sizeBytes: number): Promise<Written> {
    while (this.#filling && !hasRoom(this.#filling, key, sizeBytes)) await this.#filling.begun.promise;
    const group = this.#open();
    const at = group.filled;
    group.filled += layEntry(group.bytes, at, key, parts);
    group.indexBytes += indexEntryBytes(key);
    group.objects.push({ key, at, sizeBytes });
    this.#pump();
    const { volume, block } = await group.written.promise;
    return { volume, block: block + at / BLOCK_BYTES };
  }

  /** Resolves when nothing is being written; the current volume, if any, is left to its supply. */
  async close(): Promise<void> {
    while (this.#filling || this.#writing)
      await (this.#writing ?? this.#filling)!.written.promise.catch(() => undefined);
    if (this.#current) this.#supply.leave(this.#current);
    this.#current = undefined;
  }

  #open(): Group {
    this.#filling ??= {
      bytes: this.#spare.pop() ?? alignedBytes(WRITE_BYTES_MAX),
      filled: 0,
      indexBytes: 0,
      objects: [],
      written: Promise.withResolvers(),
      begun: Promise.withResolvers(),
    };
    return this.#filling;
  }

  #pump(): void {
    const group = this.#filling;
    if (!group || this.#writing) return;
    this.#filling = undefined;
    this.#writing = group;
    group.begun.resolve();
    const ended = () => {
      this.#writing = undefined;
      this.#spare.push(group.bytes);
      this.#pump();
    };
    this.#write(group).then(
      (written) => {
        ended();
        group.written.resolve(written);
      },
      (error) => {
        ended();
        group.written.reject(error);
      },
    );
  }

  async #write(group: Group): Promise<Written> {
    const volume = await this.#roomFor(group);
    const block = volume.endBlock;
    const placed: Placed[] = group.objects.map(({ key, at, sizeBytes }) => ({
      key,
      block: block + at / BLOCK_BYTES,
      sizeBytes,
    }));
    for (const { at } of group.objects) sealHead(group.bytes, at, volume.nonce, block + at / BLOCK_BYTES, block);
    try {
      await volume.append(group.bytes.subarray(0, group.filled), placed);
    } catch (error) {
      await this.#undo(volume, error);
      throw fileFailure(error, `Writing to the volume ${volume.path}`, 'store_unavailable');
    }
    return { volume, block };
  }

  async #roomFor(group: Group): Promise<Volume> {
    if (this.#current && !this.#current.hasRoom(group.filled, group.indexBytes)) {
      this.#supply.leave(this.#current);
      this.#current = undefined;
    }
    try {
      this.#current ??= await this.#supply.next();
      return this.#current;
    } catch (error) {
      throw fileFailure(error, 'Making a volume', 'store_unavailable');
    }
  }

  /** Makes sure that nothing of a failed write is ever found; where that fails as well, nobody knows. */
  async #undo(volume: Volume, cause: unknown): Promise<void> {
    try {
      await volume.cut();
    } catch {
      // The disk is in a bad way: others may fare better with another volume.
      this.#supply.leave(volume);
      this.#current = undefined;
      throw new StoreError(
        'store_unknown',
        `Writing to the volume ${volume.path} failed halfway, and so did undoing it.`,
        {
          cause,
        },
      );
    }
  }
}

function hasRoom(group: Group, key: string, sizeBytes: number): boolean {
  const indexBytes = group.indexBytes + indexEntryBytes(key);
  return group.filled + entryBytes(key, sizeBytes) <= WRITE_BYTES_MAX && indexBytes <= INDEX_BYTES_MAX;
}
