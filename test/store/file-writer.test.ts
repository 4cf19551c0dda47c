import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DIRECT_BYTES_MIN, FileWriter } from '../../lib/store/disk/file-writer.ts';

/** Bytes that tell where they stood: no block, and no 4 MiB piece, equals another. */
function bytesOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) * 7 + (at >> 16) * 13) & 0xff;
  return bytes;
}

/** `bytes` cut into parts of the lengths given, the last one taking the rest. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let at = 0;
  return [...lengths, bytes.length].map((length) => {
    const from = at;
    at += length;
    return bytes.subarray(from, at);
  });
}

describe('a file writer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-file-'));
  const writer = new FileWriter();
  let serial = 0;
  afterAll(() => rmSync(folder, { recursive: true }));

  async function written(parts: readonly Uint8Array[], by = writer): Promise<Buffer> {
    const path = join(folder, String(serial++));
    await by.write(path, parts);
    return readFileSync(path);
  }

  const MIB = 1 << 20;
  it.each([
    ['of nothing', 0, []],
    ['below what is written directly', DIRECT_BYTES_MIN - 1, [7, 4096]],
    ['of whole blocks', DIRECT_BYTES_MIN, [1, 4095]],
    ['that ends within a block', DIRECT_BYTES_MIN + 1, [4097]],
    ['of whole pieces', 8 * MIB, [3 * MIB, 0, MIB]],
    ['of pieces whose seams lie within parts', 9 * MIB + 301, [5, 4 * MIB - 1, 11]],
  ])('writes a file %s as it was given', async (_, length, lengths) => {
    const bytes = bytesOf(length);
    expect((await written(cut(bytes, lengths))).equals(bytes)).toBe(true);
  });

  it('keeps files apart that are written at once', async () => {
    const all = [5 * MIB + 1, 4 * MIB, MIB + 4095, 300_001].map(bytesOf);
    const found = await Promise.all(all.map((bytes) => written([bytes])));
    expect(found.map((bytes, i) => bytes.equals(all[i]!))).toEqual([true, true, true, true]);
  });

  it('leaves no bytes of an earlier file behind a shorter one', async () => {
    const other = new FileWriter();
    await written([new Uint8Array(2 * MIB).fill(255)], other);
    const bytes = bytesOf(MIB + 17);
    expect((await written([bytes], other)).equals(bytes)).toBe(true);
  });
});
