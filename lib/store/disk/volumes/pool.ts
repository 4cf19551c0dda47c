import { unlink } from 'node:fs/promises';
import type { Random } from '../../../bytes/index.ts';
import type { OpenFiles } from '../open-files.ts';
import { Desk } from './desk.ts';
import { NONCE_BYTES, noneDead, VOLUME_BYTES_MAX, type VolumeState } from './format.ts';
import { type FoundVolume, findVolumes, volumePath } from './found.ts';
import { Volume, type VolumeSetting } from './volume.ts';
import type { VolumeSupply } from './writer.ts';

/** Volumes that hold nothing and are kept for the next ones, since one written over is faster than one that grows. 1 GiB. */
const FREE_MAX = 16;

const NEVER_BEGUN: VolumeState = {
  sequence: 0,
  generation: 0,
  nonce: new Uint8Array(NONCE_BYTES),
  index: undefined,
  dead: noneDead(),
};

export interface VolumesOptions {
  /** Where the files are; it exists. */
  readonly folder: string;
  readonly files: OpenFiles;
  readonly random: Random;
  /** What a volume grows to, at most VOLUME_BYTES_MAX, which it is unless given. */
  readonly volumeBytesMax?: number;
  /** Makes the names in the folder durable. */
  sync(): Promise<void>;
}

/** All volumes, and their way through life: new or free, being filled, retired, free again. */
export class VolumePool implements VolumeSupply {
  readonly #options: VolumesOptions;
  readonly #setting: VolumeSetting;
  /** Volumes that get no more objects. */
  readonly #retired = new Set<Volume>();
  readonly #free: Volume[] = [];
  /** What goes on behind the callers' backs. */
  readonly #upkeep = new Set<Promise<void>>();
  #next: Promise<Volume> | undefined;
  #numbers = 0;
  #generations = 0;

  constructor(options: VolumesOptions) {
    this.#options = options;
    this.#setting = { desk: new Desk(), bytesMax: options.volumeBytesMax ?? VOLUME_BYTES_MAX };
  }

  /** Takes in what is in the folder, volume by volume, the oldest first. @throws the file system's error */
  takeIn(onVolume: (volume: Volume, found: FoundVolume) => void): void {
    for (const found of findVolumes(this.#options.folder)) {
      const volume = new Volume(found.path, found.number, found.state ?? NEVER_BEGUN, this.#setting);
      this.#numbers = Math.max(this.#numbers, found.number);
      this.#generations = Math.max(this.#generations, volume.generation);
      volume.endBlock = found.endBlock;
      volume.add(found.placed);
      onVolume(volume, found);
      if (volume.isSealed || volume.live === 0) this.#retire(volume);
      else this.leave(volume);
    }
  }

  async next(): Promise<Volume> {
    const next = this.#next ?? this.#make();
    this.#next = undefined;
    return next;
  }

  /** Has the next volume ready before this one is full: a new file takes milliseconds. */
  prepare(current: Volume): void {
    if (this.#next || current.sizeBytes < this.#setting.bytesMax / 2) return;
    const next = this.#make();
    this.#next = next;
    this.keepUp(async () => {
      // Where there is no room for it now, there may be when it is wanted; else whoever wants it is told.
      await next.catch(() => {
        if (this.#next === next) this.#next = undefined;
      });
    });
  }

  /** Gives a volume its index. Where that fails it is none the worse: the next opening reads its objects. */
  leave(volume: Volume): void {
    this.keepUp(async () => {
      await volume.seal().catch(() => volume.close());
      this.#retire(volume);
    });
  }

  /** A volume that gets nothing any more, and of which nothing is wanted, begins anew; or goes, where enough wait. */
  letGo(volume: Volume): void {
    if (volume.live > 0 || volume.readers > 0 || !this.#retired.delete(volume)) return;
    if (this.#free.length < FREE_MAX) this.#free.push(volume);
    else this.keepUp(() => this.#remove(volume));
  }

  /** A retired volume, none of those left out, of which no more than the given part is wanted. */
  almostEmpty(part: number, leftOut: ReadonlySet<Volume>): Volume | undefined {
    for (const volume of this.#retired) {
      const { live, liveBytes, sizeBytes } = volume;
      if (live > 0 && liveBytes <= sizeBytes * part && !leftOut.has(volume)) return volume;
    }
    return undefined;
  }

  /** Work that nobody waits for; what fails of it, the next opening finds undone. */
  keepUp(work: () => Promise<void>): void {
    const running = work().catch(() => undefined);
    this.#upkeep.add(running);
    void running.then(() => this.#upkeep.delete(running));
  }

  /** Resolves when nothing goes on behind the callers' backs. */
  async settled(): Promise<void> {
    while (this.#upkeep.size > 0) await Promise.all(this.#upkeep);
  }

  async close(): Promise<void> {
    await this.settled();
    await (await this.#next)?.close();
  }

  async #make(): Promise<Volume> {
    const generation = ++this.#generations;
    const nonce = this.#options.random.fill(new Uint8Array(NONCE_BYTES));
    const free = this.#free.pop();
    if (free) return this.#begin(free, () => free.begin(generation, nonce));
    const number = ++this.#numbers;
    const volume = new Volume(volumePath(this.#options.folder, number), number, NEVER_BEGUN, this.#setting);
    return this.#begin(volume, async () => {
      await volume.begin(generation, nonce, { create: true });
      await this.#options.sync();
    });
  }

  async #begin(volume: Volume, begin: () => Promise<void>): Promise<Volume> {
    try {
      await begin();
      return volume;
    } catch (error) {
      await volume.close();
      await this.#remove(volume);
      throw error;
    }
  }

  #retire(volume: Volume): void {
    this.#retired.add(volume);
    this.letGo(volume);
  }

  /** One that stays is found empty at the next opening. */
  async #remove({ path }: Volume): Promise<void> {
    await this.#options.files.drop(path);
    await unlink(path).catch(() => undefined);
  }
}
