import { crc32c } from '../../../record/index.ts';
import { BlockFile } from '../block-file.ts';
import { BLOCK_BYTES, wholeBlocks } from '../blocks.ts';
import { OneBehind } from '../one-behind.ts';
import type { Desk } from './desk.ts';
import {
  encodeIndex,
  encodeState,
  entryBytes,
  FIRST_BLOCK,
  INDEX_BYTES_MAX,
  indexEntryBytes,
  isDead,
  markDead,
  noneDead,
  type Placed,
  type VolumeState,
} from './format.ts';

/** What all volumes of a folder share. */
export interface VolumeSetting {
  readonly desk: Desk;
  /** Beyond it a volume gets no more objects. */
  readonly bytesMax: number;
}

/** One volume, and its life: begun, filled, sealed with an index, emptied object by object, begun again. */
export class Volume {
  readonly path: string;
  readonly number: number;
  /** Objects that are not deleted, and the bytes that they take. */
  live = 0;
  liveBytes = 0;
  /** Reads under way: while there are any, nothing is written over. */
  readers = 0;
  /** Where the next object goes. */
  endBlock = FIRST_BLOCK;
  /** What was put into it, as long as it has no index. */
  placed: Placed[] = [];
  #indexBytes = 0;
  #state: VolumeState;
  #file: BlockFile | undefined;
  readonly #bytesMax: number;
  readonly #desk: Desk;
  readonly #saving = new OneBehind(() => this.#save());

  constructor(path: string, number: number, state: VolumeState, { desk, bytesMax }: VolumeSetting) {
    this.path = path;
    this.#bytesMax = bytesMax;
    this.number = number;
    this.#state = state;
    this.#desk = desk;
  }

  get generation(): number {
    return this.#state.generation;
  }

  get nonce(): Uint8Array {
    return this.#state.nonce;
  }

  get isSealed(): boolean {
    return this.#state.index !== undefined;
  }

  get sizeBytes(): number {
    return this.endBlock * BLOCK_BYTES;
  }

  /** Opens the volume for writing, from its first block on, under the nonce. */
  async begin(generation: number, nonce: Uint8Array, { create = false } = {}): Promise<void> {
    this.#file = await BlockFile.open(this.path, { create });
    this.#state = { ...this.#state, generation, nonce, index: undefined, dead: noneDead() };
    this.endBlock = FIRST_BLOCK;
    this.placed = [];
    this.#indexBytes = 0;
    await this.save();
  }

  /** Appends what lies in `bytes`, whole blocks; nothing else is being appended. */
  async append(bytes: Uint8Array, placed: readonly Placed[]): Promise<void> {
    await this.#file!.write(bytes, this.sizeBytes);
    this.endBlock += bytes.length / BLOCK_BYTES;
    this.add(placed);
  }

  /** Takes objects that lie in it into account. */
  add(placed: readonly Placed[]): void {
    for (const one of placed) {
      if (!this.isSealed) this.placed.push(one);
      this.#indexBytes += indexEntryBytes(one.key);
      this.live++;
      this.liveBytes += entryBytes(one.key, one.sizeBytes);
    }
  }

  /** Notes that an object is deleted; durable with the next `save`. */
  remove({ key, block, sizeBytes }: Placed): void {
    markDead(this.#state.dead, block);
    this.live--;
    this.liveBytes -= entryBytes(key, sizeBytes);
  }

  /** Takes back what a failed append may have left. */
  cut(): Promise<void> {
    return this.#file!.truncate(this.sizeBytes);
  }

  /** Whether so many bytes more, and the index of all, are within bounds. */
  hasRoom(bytes: number, indexBytes: number): boolean {
    return this.sizeBytes + bytes <= this.#bytesMax && this.#indexBytes + indexBytes <= INDEX_BYTES_MAX;
  }

  isDead(block: number): boolean {
    return isDead(this.#state.dead, block);
  }

  /** Resolves when the state as it is now is durable. */
  save(): Promise<void> {
    return this.#saving.ask();
  }

  /** Writes the index, after which nothing is appended any more, and lets go of the file. */
  async seal(): Promise<void> {
    await this.#desk.use(async (bytes) => {
      const sizeBytes = encodeIndex(this.placed, bytes);
      const index = bytes.subarray(0, wholeBlocks(sizeBytes)).fill(0, sizeBytes);
      await this.#withFile((file) => file.write(index, this.sizeBytes));
      const crc = crc32c(index.subarray(0, sizeBytes));
      this.#state = { ...this.#state, index: { block: this.endBlock, sizeBytes, crc } };
    });
    await this.save();
    await this.close();
  }

  /** Lets go of the file. */
  close(): Promise<void> {
    this.placed = [];
    return this.#desk.use(async () => {
      const file = this.#file;
      this.#file = undefined;
      await file?.close();
    });
  }

  async #save(): Promise<void> {
    const state = { ...this.#state, sequence: this.#state.sequence + 1 };
    await this.#desk.use(async (bytes) => {
      const block = bytes.subarray(0, BLOCK_BYTES);
      encodeState(state, block);
      await this.#withFile((file) => file.write(block, (state.sequence % 2) * BLOCK_BYTES));
    });
    this.#state = { ...this.#state, sequence: state.sequence };
  }

  async #withFile(work: (file: BlockFile) => Promise<void>): Promise<void> {
    if (this.#file) return work(this.#file);
    const file = await BlockFile.open(this.path);
    try {
      await work(file);
    } finally {
      await file.close();
    }
  }
}
