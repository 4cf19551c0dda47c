import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { alignedBytes, wholeBlocks } from './blocks.ts';
import { systemCode } from './failures.ts';

const open = promisify(fs.open);
const close = promisify(fs.close);
const write = promisify(fs.write);
const writev = promisify(fs.writev);
const ftruncate = promisify(fs.ftruncate);
const fdatasync = promisify(fs.fdatasync);

const FILE_MODE = 0o600;

/** From here on a file is written past the system's cache; below it that saves nothing. */
export const DIRECT_BYTES_MIN = 256 * 1024;
/** Memory of one direct write: larger pieces are no faster. */
const PIECE_BYTES = 4 << 20;

/**
 * Writes new files durably. Large ones go past the system's file cache (`O_DIRECT`), from memory that is used again: copying
 * into a cache that must first find pages takes several times as long as the disk, and most of it is CPU. What was just
 * written is in the log's own cache anyway. Where the file system refuses, they are written as small ones are.
 */
export class FileWriter {
  /** Undefined on systems that have no such thing. */
  private readonly directFlag: number | undefined = fs.constants.O_DIRECT;
  private refused = false;
  /** Pieces that no write uses; as many are made as files are ever written at once. */
  private readonly pieces: Uint8Array[] = [];

  /** Makes the file from `parts` and resolves when its bytes are durable. Its name must be the caller's alone. */
  async write(path: string, parts: readonly Uint8Array[]): Promise<void> {
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (sizeBytes >= DIRECT_BYTES_MIN && (await this.writeDirect(path, parts, sizeBytes))) return;
    // Not 'wx': a file may be left of a direct write that was refused.
    await withFile(path, 'w', async (fd) => {
      await writeAll(fd, parts);
      await fdatasync(fd);
    });
  }

  /** False where the file has to be written in the other way. */
  private async writeDirect(path: string, parts: readonly Uint8Array[], sizeBytes: number): Promise<boolean> {
    if (this.directFlag === undefined || this.refused) return false;
    const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
    const piece = this.pieces.pop() ?? alignedBytes(PIECE_BYTES);
    try {
      return await withFile(path, O_WRONLY | O_CREAT | O_EXCL | this.directFlag, async (fd) => {
        if (!(await writePieces(fd, parts, piece))) return false;
        await ftruncate(fd, sizeBytes);
        await fdatasync(fd);
        return true;
      });
    } catch (error) {
      if (systemCode(error) !== 'EINVAL') throw error;
      this.refused = true; // open(2): how file systems say that they cannot
      return false;
    } finally {
      this.pieces.push(piece);
    }
  }
}

/**
 * Copies the parts into `piece` and writes it whenever it is full, the last time rounded up to whole blocks. False where the
 * system took less, as a full disk does: the rest does not begin at a block then.
 */
async function writePieces(fd: number, parts: readonly Uint8Array[], piece: Uint8Array): Promise<boolean> {
  let position = 0;
  let filled = 0;
  const flush = async () => {
    const length = wholeBlocks(filled);
    const { bytesWritten } = await write(fd, piece, 0, length, position);
    position += bytesWritten;
    filled = 0;
    return bytesWritten === length;
  };
  for (const part of parts) {
    for (let from = 0; from < part.length; ) {
      const taken = part.subarray(from, from + piece.length - filled);
      piece.set(taken, filled);
      filled += taken.length;
      from += taken.length;
      if (filled === piece.length && !(await flush())) return false;
    }
  }
  return filled === 0 || flush();
}

async function withFile<Result>(
  path: string,
  flags: string | number,
  work: (fd: number) => Promise<Result>,
): Promise<Result> {
  const fd = await open(path, flags, FILE_MODE);
  try {
    return await work(fd);
  } finally {
    await close(fd);
  }
}

/** Writes all parts, going on where the system took only some: a full disk takes what fits first, then complains. */
async function writeAll(fd: number, parts: readonly Uint8Array[]): Promise<void> {
  let rest = parts.filter((part) => part.length > 0);
  while (rest.length > 0) {
    let { bytesWritten } = await writev(fd, rest);
    let whole = 0;
    while (whole < rest.length && bytesWritten >= rest[whole]!.length) bytesWritten -= rest[whole++]!.length;
    rest = rest.slice(whole);
    if (bytesWritten > 0) rest[0] = rest[0]!.subarray(bytesWritten);
  }
}
