import { promisify } from 'node:util';
import type { ObjectPlace } from '../../port.ts';
import { rangeWithin } from '../../request.ts';
import { BLOCK_BYTES } from '../blocks.ts';
import { fileFailure, readFailure } from '../failures.ts';
import type { OpenFiles } from '../open-files.ts';
import { readRange } from '../read-range.ts';
import { bodyPosition, entryBytes, type Placed } from './format.ts';
import { findVolume } from './found.ts';
import { KeyIndex } from './key-index.ts';
import { VolumePool, type VolumesOptions } from './pool.ts';
import type { Volume } from './volume.ts';
import { VolumeWriter } from './writer.ts';

/**
 * A volume of which no more than this is wanted is emptied by moving the rest: so the disk never holds four times what is
 * wanted, and each byte moved frees three.
 */
const ALMOST_EMPTY_PART = 0.25;

/** Keys that are deleted before others get their turn: the collector deletes a hundred thousand in one call. */
const DELETES_AT_ONCE = 1_000;
const turnOfOthers = promisify(setImmediate);

/** Where an object lies. */
interface Place {
  readonly volume: Volume;
  readonly block: number;
  readonly sizeBytes: number;
}

/**
 * Objects in volumes: appended to files that are written over once nothing in them is wanted any more. An object costs one
 * write of the disk, where a file of its own costs several and an entry in the file system's journal.
 */
export class Volumes {
  readonly #files: OpenFiles;
  readonly #pool: VolumePool;
  readonly #writer: VolumeWriter;
  readonly #index = new KeyIndex<Place>();
  /** The volume that is being emptied, and the object that is on its way out of it. */
  #tidying: Volume | undefined;
  #moving: { readonly key: string; readonly ended: Promise<void> } | undefined;
  #isClosing = false;

  /** Finds what is there. @throws the file system's error */
  static async open(options: VolumesOptions): Promise<Volumes> {
    const volumes = new Volumes(options);
    const outdated = new Set<Volume>();
    volumes.#pool.takeIn((volume, { placed }) => {
      for (const one of placed) {
        const earlier = volumes.#note(volume, one);
        if (earlier) outdated.add(earlier);
      }
    });
    // Before the later one can be deleted, or the earlier would be there again.
    await Promise.all([...outdated].map((volume) => volume.save()));
    for (const volume of outdated) volumes.#pool.letGo(volume);
    await volumes.#pool.settled();
    return volumes;
  }

  private constructor(options: VolumesOptions) {
    this.#files = options.files;
    this.#pool = new VolumePool(options);
    this.#writer = new VolumeWriter(this.#pool);
  }

  sizeOf(key: string): number | undefined {
    return this.#index.get(key)?.sizeBytes;
  }

  /** Whole blocks, its head among them; undefined where the object is not here. */
  placeOf(key: string): ObjectPlace | undefined {
    const place = this.#index.get(key);
    if (!place) return undefined;
    const from = place.block * BLOCK_BYTES;
    return { path: place.volume.path, from, to: from + entryBytes(key, place.sizeBytes) };
  }

  /** Resolves when the object is durable. Its key must be free, and nobody else be putting it. @throws StoreError */
  async put(key: string, parts: readonly Uint8Array[], sizeBytes: number): Promise<void> {
    const written = await this.#writer.put(key, parts, sizeBytes);
    this.#index.set(key, { ...written, sizeBytes });
    this.#pool.prepare(written.volume);
  }

  /** As the port's `get`; undefined where the object is not here. @throws StoreError `store_corrupt`, `store_unavailable` */
  async get(key: string, from?: number, to?: number): Promise<Uint8Array | undefined> {
    const place = this.#index.get(key);
    if (!place) return undefined;
    const { volume, block, sizeBytes } = place;
    const range = rangeWithin(sizeBytes, from, to);
    const position = bodyPosition(key, block) + range.from;
    volume.readers++;
    try {
      return await this.#files.use(volume.path, (file) => readRange(key, file, position, range.to - range.from));
    } catch (error) {
      throw readFailure(error, key);
    } finally {
      volume.readers--;
      this.#pool.letGo(volume);
    }
  }

  /** Deletes what is here of `keys`, and returns the others. @throws StoreError `store_unknown` */
  async delete(keys: readonly string[]): Promise<string[]> {
    const others: string[] = [];
    const touched = new Set<Volume>();
    let moved: Promise<void> | undefined;
    for (const [i, key] of keys.entries()) {
      if (i % DELETES_AT_ONCE === DELETES_AT_ONCE - 1) await turnOfOthers();
      // What was just moved, or is being moved, must not be found again in either place.
      if (this.#tidying) touched.add(this.#tidying);
      if (key === this.#moving?.key) moved = this.#moving.ended;
      const place = this.#index.get(key);
      if (!place) {
        others.push(key);
        continue;
      }
      this.#index.delete(key);
      place.volume.remove({ key, ...place });
      touched.add(place.volume);
    }
    try {
      await Promise.all([moved, ...[...touched].map((volume) => volume.save())]);
    } catch (error) {
      throw fileFailure(error, 'Noting what was deleted', 'store_unknown');
    }
    for (const volume of touched) this.#pool.letGo(volume);
    if (touched.size > 0) this.#pool.keepUp(() => this.#tidy());
    return others;
  }

  list(prefix: string, after: string, most: number): { key: string; sizeBytes: number }[] {
    return this.#index.list(prefix, after, most).map(([key, { sizeBytes }]) => ({ key, sizeBytes }));
  }

  /** Resolves when nothing goes on behind the callers' backs. */
  settled(): Promise<void> {
    return this.#pool.settled();
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#pool.settled();
    await this.#writer.close();
    await this.#pool.close();
  }

  /**
   * Of two objects of one key the later one counts: the earlier was moved, or its put was never acknowledged. Returns the
   * volume that has an earlier one.
   */
  #note(volume: Volume, placed: Placed): Volume | undefined {
    const { key, block, sizeBytes } = placed;
    if (volume.isDead(block)) {
      volume.remove(placed);
      return undefined;
    }
    const earlier = this.#index.get(key);
    earlier?.volume.remove({ key, ...earlier });
    this.#index.set(key, { volume, block, sizeBytes });
    return earlier?.volume;
  }

  /** Empties volumes of which little is wanted. One that cannot be emptied now is tried again with the next deletion. */
  async #tidy(): Promise<void> {
    if (this.#tidying) return;
    const tried = new Set<Volume>();
    try {
      for (;;) {
        const volume = this.#pool.almostEmpty(ALMOST_EMPTY_PART, tried);
        if (!volume || this.#isClosing) return;
        tried.add(volume);
        this.#tidying = volume;
        // What is damaged in one must not keep the others as they are.
        await this.#empty(volume).catch(() => undefined);
      }
    } finally {
      this.#tidying = undefined;
    }
  }

  async #empty(volume: Volume): Promise<void> {
    try {
      for (const placed of findVolume(volume.path, volume.number).placed) {
        const ended = this.#move(volume, placed);
        this.#moving = { key: placed.key, ended };
        await ended;
      }
    } finally {
      this.#moving = undefined;
      // Wherever it came to an end: what was moved, and is deleted later, must not be found again here.
      await volume.save();
    }
    this.#pool.letGo(volume);
  }

  async #move(volume: Volume, { key, block, sizeBytes }: Placed): Promise<void> {
    const place = this.#index.get(key);
    if (place?.volume !== volume || place.block !== block || this.#isClosing) return;
    const bytes = await this.get(key);
    const written = await this.#writer.put(key, [bytes!], sizeBytes);
    if (this.#index.get(key) === place) {
      this.#index.set(key, { ...written, sizeBytes });
      volume.remove({ key, block, sizeBytes });
      return;
    }
    // It was deleted meanwhile.
    written.volume.remove({ key, block: written.block, sizeBytes });
    await written.volume.save();
  }
}
