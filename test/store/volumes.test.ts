import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BLOCK_BYTES } from '../../lib/store/disk/blocks.ts';
import { OpenFiles } from '../../lib/store/disk/open-files.ts';
import { encodeState, FIRST_BLOCK, isDead, layEntry, noneDead, sealHead } from '../../lib/store/disk/volumes/format.ts';
import { findVolume, volumePath } from '../../lib/store/disk/volumes/found.ts';
import { Volumes } from '../../lib/store/disk/volumes/volumes.ts';
import { seededRandom } from '../support/clock.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-volumes-'));
afterAll(() => rmSync(root, { recursive: true }));

const KIB = 1024;
/** Sixteen blocks: two for the state, the rest for objects. */
const SMALL_VOLUME = 64 * KIB;
/** One for all openings: where it repeats itself, a volume cannot tell its lives apart. */
const random = seededRandom(1);
let serial = 0;

function newFolder(): string {
  const folder = join(root, String(serial++));
  mkdirSync(folder);
  return folder;
}

function openAt(folder: string, volumeBytesMax = SMALL_VOLUME): Promise<Volumes> {
  const files = new OpenFiles(8);
  return Volumes.open({ folder, files, random, volumeBytesMax, sync: async () => undefined });
}

/** The folder as a crash at this moment would leave it: opened in its place while the original goes on. */
async function crashed(folder: string): Promise<Volumes> {
  const copy = join(root, String(serial++));
  cpSync(folder, copy, { recursive: true });
  return openAt(copy);
}

const bodyOf = (key: string, sizeBytes: number) => Buffer.alloc(sizeBytes, `${key}|`);
const put = (volumes: Volumes, key: string, sizeBytes: number) => volumes.put(key, [bodyOf(key, sizeBytes)], sizeBytes);

async function contents(volumes: Volumes): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { key, sizeBytes } of volumes.list('', '', 1_000)) {
    const bytes = await volumes.get(key);
    expect(Buffer.from(bytes!).equals(bodyOf(key, sizeBytes)), `${key} is whole`).toBe(true);
    found[key] = sizeBytes;
  }
  return found;
}

function diskBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

describe('volumes', () => {
  it('hold after a crash, and after an orderly end, what was acknowledged', async () => {
    const folder = newFolder();
    const volumes = await openAt(folder);
    const sizes: Record<string, number> = {};
    for (let i = 0; i < 40; i++) sizes[`k${i}`] = (i * 997) % 9_000;
    await Promise.all(Object.entries(sizes).map(([key, sizeBytes]) => put(volumes, key, sizeBytes)));
    await volumes.delete(['k3', 'k4', 'k33']);
    for (const key of ['k3', 'k4', 'k33']) delete sizes[key];
    expect(await contents(await crashed(folder))).toEqual(sizes);
    expect(await contents(volumes)).toEqual(sizes);
    await volumes.close();
    expect(await contents(await openAt(folder))).toEqual(sizes);
  });

  it('that are almost empty are emptied, though one of them is damaged', async () => {
    const folder = newFolder();
    const volumes = await openAt(folder);
    // A volume's worth each.
    const keys = (group: string) => Array.from({ length: 14 }, (_, i) => `${group}${i}`);
    for (const group of ['a', 'b', 'c']) await Promise.all(keys(group).map((key) => put(volumes, key, 3_000)));
    await volumes.settled();
    truncateSync(volumePath(folder, 1), 4 * BLOCK_BYTES);
    for (const group of ['a', 'b']) {
      await volumes.delete(keys(group).slice(0, -1));
      await volumes.settled();
    }
    const { state, placed } = findVolume(volumePath(folder, 2), 2);
    expect(placed.filter(({ block }) => !isDead(state!.dead, block))).toEqual([]);
    expect(Buffer.from((await volumes.get('b13'))!).equals(bodyOf('b13', 3_000))).toBe(true);
    await volumes.close();
  });

  it('that emptied are written over, and show nothing of what they held', async () => {
    const folder = newFolder();
    const volumes = await openAt(folder);
    for (let round = 0; round < 30; round++) {
      const keys = Array.from({ length: 12 }, (_, i) => `r${round}.${i}`);
      await Promise.all(keys.map((key) => put(volumes, key, 3_000)));
      const last = keys.at(-1)!;
      await volumes.delete(keys.slice(0, -1));
      expect(await contents(await crashed(folder))).toEqual({ [last]: 3_000 });
      await volumes.delete([last]);
    }
    await volumes.close();
    // 30 rounds of 48 KiB went through.
    expect(diskBytes(folder)).toBeLessThan(8 * SMALL_VOLUME);
    expect(await contents(await openAt(folder))).toEqual({});
  });

  it('of which little is wanted are emptied by moving that', async () => {
    const folder = newFolder();
    const volumes = await openAt(folder);
    const kept: Record<string, number> = {};
    for (let i = 0; i < 200; i++) {
      await put(volumes, `k${i}`, 3_000);
      if (i % 20 === 7) kept[`k${i}`] = 3_000;
    }
    expect(diskBytes(folder)).toBeGreaterThan(12 * SMALL_VOLUME);
    await volumes.delete(Array.from({ length: 200 }, (_, i) => `k${i}`).filter((key) => !(key in kept)));
    await volumes.settled();
    await volumes.close();
    const before = diskBytes(folder);
    const again = await openAt(folder);
    expect(await contents(again)).toEqual(kept);
    // What was emptied is filled before anything grows: twelve volumes of fourteen objects went, and two took what is kept.
    for (let i = 0; i < 100; i++) await put(again, `n${i}`, 3_000);
    await again.close();
    expect(diskBytes(folder)).toBeLessThan(before + SMALL_VOLUME);
  });

  it('let a reader finish before what it reads is written over', async () => {
    const volumes = await openAt(newFolder());
    for (let round = 0; round < 20; round++) {
      const keys = [`a${round}`, `b${round}`, `c${round}`];
      for (const key of keys) await put(volumes, key, 17_000);
      const reads = keys.map((key) => volumes.get(key));
      await volumes.delete(keys);
      // These would take the place of what is being read.
      await Promise.all(keys.map((key) => put(volumes, `${key}'`, 17_000)));
      const read = await Promise.all(reads);
      for (const [i, key] of keys.entries()) expect(Buffer.from(read[i]!).equals(bodyOf(key, 17_000))).toBe(true);
      await volumes.delete(keys.map((key) => `${key}'`));
    }
    await volumes.close();
  });

  /** A volume as a crash leaves it, with one object, whose size is the volume's number. */
  function writeVolume(folder: string, number: number, generation: number): void {
    const volume = new Uint8Array(4 * BLOCK_BYTES);
    const nonce = new Uint8Array(8).fill(number);
    encodeState({ sequence: 1, generation, nonce, index: undefined, dead: noneDead() }, volume.subarray(BLOCK_BYTES));
    layEntry(volume, FIRST_BLOCK * BLOCK_BYTES, 'twice', [bodyOf('twice', number)]);
    sealHead(volume, FIRST_BLOCK * BLOCK_BYTES, nonce, FIRST_BLOCK, FIRST_BLOCK);
    writeFileSync(join(folder, `0000000${number}`), volume);
  }

  it('count the later one of two objects of one key, as a move that a crash cut short leaves them', async () => {
    const folder = newFolder();
    writeVolume(folder, 1, 7);
    writeVolume(folder, 2, 6);
    const volumes = await openAt(folder);
    expect(await contents(volumes)).toEqual({ twice: 1 });
    await volumes.delete(['twice']);
    await volumes.close();
    expect(await contents(await openAt(folder))).toEqual({});
  });

  it('are used again at once where such a move had emptied them', async () => {
    const folder = newFolder();
    writeVolume(folder, 2, 6);
    await (await openAt(folder)).close();
    writeVolume(folder, 1, 7);
    const volumes = await openAt(folder);
    await put(volumes, 'new', 3_000);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(await contents(volumes)).toEqual({ twice: 1, new: 3_000 });
    await volumes.close();
    expect(await contents(await openAt(folder))).toEqual({ twice: 1, new: 3_000 });
  });

  it('of which the state is not there, or the index is damaged, lose nothing that lies in them', async () => {
    const folder = newFolder();
    const volumes = await openAt(folder);
    await put(volumes, 'a', 5_000);
    await volumes.close();
    writeFileSync(join(folder, '00000009'), '');
    const [name] = readdirSync(folder);
    const path = join(folder, name!);
    const index = statSync(path).size - BLOCK_BYTES;
    const file = await import('node:fs/promises').then(({ open }) => open(path, 'r+'));
    await file.write(Buffer.alloc(8, 255), 0, 8, index);
    await file.close();
    const again = await openAt(folder);
    expect(await contents(again)).toEqual({ a: 5_000 });
    await put(again, 'b', 70_000);
    await again.close();
    expect(await contents(await openAt(folder))).toEqual({ a: 5_000, b: 70_000 });
  });

  it('are a map that survives, whatever is done side by side', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ put: fc.integer({ min: 0, max: 20_000 }) }) },
      { weight: 3, arbitrary: fc.record({ delete: fc.nat() }) },
      { weight: 1, arbitrary: fc.constantFrom('reopen' as const, 'crash' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 12 }), async (batches) => {
        let folder = newFolder();
        let volumes = await openAt(folder);
        const model: Record<string, number> = {};
        let number = 0;
        for (const batch of batches) {
          const work: Promise<unknown>[] = [];
          for (const one of batch) {
            if (typeof one === 'string') continue;
            if ('put' in one) {
              const key = `k${number++}`;
              work.push(put(volumes, key, one.put).then(() => (model[key] = one.put)));
            } else {
              const keys = Object.keys(model);
              const gone = keys.slice(one.delete % (keys.length + 1)).slice(0, 5);
              for (const key of gone) delete model[key];
              work.push(volumes.delete(gone));
            }
          }
          await Promise.all(work);
          expect(await contents(volumes)).toEqual(model);
          if (batch.includes('crash')) {
            const copy = newFolder();
            cpSync(folder, copy, { recursive: true });
            await volumes.close();
            folder = copy;
            volumes = await openAt(folder);
          } else if (batch.includes('reopen')) {
            await volumes.close();
            volumes = await openAt(folder);
          }
          expect(await contents(volumes)).toEqual(model);
        }
        await volumes.close();
      }),
      { seed: 1, numRuns: 30, endOnFailure: true },
    );
  });
});
