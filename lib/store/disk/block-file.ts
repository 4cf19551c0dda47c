import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { StoreError } from '../port.ts';
import { BLOCK_BYTES } from './blocks.ts';
import { systemCode } from './failures.ts';

const open = promisify(fs.open);
const close = promisify(fs.close);
const write = promisify(fs.write);
const ftruncate = promisify(fs.ftruncate);
const fdatasync = promisify(fs.fdatasync);

const FILE_MODE = 0o600;
const { O_RDWR, O_CREAT, O_EXCL } = fs.constants;
/** Undefined on systems that have no such thing, whatever the types say. */
const O_DIRECT: number | undefined = fs.constants.O_DIRECT;
/** Where it reaches the disk itself: on macOS only `fdatasync`, as Node makes it, does. */
const O_DSYNC: number | undefined = process.platform === 'linux' ? fs.constants.O_DSYNC : undefined;

/**
 * A file that is written in whole blocks, past the system's file cache where the file system lets us (`O_DIRECT`), and in
 * one call to the system a write (`O_DSYNC`): 8 KiB take 0.1 ms, of which half is the way to the thread pool and back.
 */
export class BlockFile {
  readonly #path: string;
  #fd: number;
  #direct: boolean;

  private constructor(path: string, fd: number, direct: boolean) {
    this.#path = path;
    this.#fd = fd;
    this.#direct = direct;
  }

  /** Opens the file, or makes it where `create` is set: then it must not be there. */
  static async open(path: string, { create = false } = {}): Promise<BlockFile> {
    const making = create ? O_CREAT | O_EXCL : 0;
    if (O_DIRECT !== undefined) {
      try {
        return new BlockFile(path, await openFile(path, making | O_DIRECT), true);
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
    // A file system that refuses may have made the file before it did.
    return new BlockFile(path, await openFile(path, making & ~O_EXCL), false);
  }

  /**
   * Writes whole blocks from block-aligned memory; they are durable when it resolves. One that fails may have written some.
   *
   * @throws the system's error; StoreError `store_full` where the system takes less and less, and says nothing
   */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const written = await this.#writeSome(bytes.subarray(done), position + done);
      // A full disk takes what fits, then complains: what it took of a block is written again.
      const whole = written - (written % BLOCK_BYTES);
      if (whole === 0) throw new StoreError('store_full', `${this.#path} takes no more than part of a block.`);
      done += whole;
    }
    if (O_DSYNC === undefined) await fdatasync(this.#fd);
  }

  /** Cuts off all from `sizeBytes` on, durably. */
  async truncate(sizeBytes: number): Promise<void> {
    await ftruncate(this.#fd, sizeBytes);
    await fdatasync(this.#fd);
  }

  close(): Promise<void> {
    return close(this.#fd);
  }

  async #writeSome(bytes: Uint8Array, position: number): Promise<number> {
    try {
      return (await write(this.#fd, bytes, 0, bytes.length, position)).bytesWritten;
    } catch (error) {
      if (!this.#direct || !isRefusal(error)) throw error;
    }
    // Some file systems refuse only when they are written to; then it goes through the cache from here on.
    const fd = await openFile(this.#path, 0);
    await close(this.#fd);
    this.#fd = fd;
    this.#direct = false;
    return (await write(this.#fd, bytes, 0, bytes.length, position)).bytesWritten;
  }
}

function openFile(path: string, flags: number): Promise<number> {
  return open(path, O_RDWR | (O_DSYNC ?? 0) | flags, FILE_MODE);
}

/** How file systems say that they cannot write past the cache. Source: open(2), `O_DIRECT`. */
function isRefusal(error: unknown): boolean {
  return systemCode(error) === 'EINVAL';
}
