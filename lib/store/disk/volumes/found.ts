import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c } from '../../../record/index.ts';
import { BLOCK_BYTES } from '../blocks.ts';
import { decodeIndex, decodeStates, FIRST_BLOCK, type Placed, scanEntries, type VolumeState } from './format.ts';

/** A volume as it was found when the folder was opened. */
export interface FoundVolume {
  readonly path: string;
  readonly number: number;
  /** Undefined where it had not even begun. */
  readonly state: VolumeState | undefined;
  /** All objects that are whole, the deleted ones among them, in order. */
  readonly placed: readonly Placed[];
  readonly endBlock: number;
}

const NAME = /^\d{8,}$/;

export function volumePath(folder: string, number: number): string {
  return join(folder, String(number).padStart(8, '0'));
}

/** The volumes of the folder, oldest life first. Reads all of those alone that were being written: one, after a crash. */
export function findVolumes(folder: string): FoundVolume[] {
  const numbers = readdirSync(folder)
    .filter((name) => NAME.test(name))
    .map(Number);
  const found = numbers.map((number) => findVolume(volumePath(folder, number), number));
  return found.sort((a, b) => (a.state?.generation ?? 0) - (b.state?.generation ?? 0));
}

/** What is in the volume at `path`. */
export function findVolume(path: string, number: number): FoundVolume {
  const fd = openSync(path, 'r');
  try {
    const state = decodeStates(readAt(fd, 0, FIRST_BLOCK * BLOCK_BYTES));
    if (!state) return { path, number, state, placed: [], endBlock: FIRST_BLOCK };
    if (state.index) {
      const { block, sizeBytes, crc } = state.index;
      const index = readAt(fd, block * BLOCK_BYTES, sizeBytes);
      if (index.length === sizeBytes && crc32c(index) === crc)
        return { path, number, state, placed: decodeIndex(index), endBlock: block };
    }
    // Without an index, or with a damaged one, the objects themselves tell.
    const scanned = scanEntries(readAt(fd, 0, fstatSync(fd).size), state.nonce);
    return { path, number, state: { ...state, index: undefined }, ...scanned };
  } finally {
    closeSync(fd);
  }
}

/** Shorter where the file ends. */
function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const read = readSync(fd, bytes, done, length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}
