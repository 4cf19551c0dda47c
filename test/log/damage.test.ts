import { describe, expect, test } from 'vitest';
import { damageObject } from '../support/damage.ts';
import { batchOf, type World, world } from './world.ts';

const HOUR = 3600_000;

/** Three batches, one object each; the second one's is changed before another process reads. */
async function damaged(): Promise<{ w: World; reader: World }> {
  const w = await world();
  for (const texts of [['a', 'b'], ['to be damaged', 'c'], ['d']]) await w.log.append([batchOf(w.at(0), texts)]);
  await damageObject(w.stores.objects, 'to be damaged');
  const reader = await world({ stores: w.stores, clock: w.clock, seed: 2 });
  return { w, reader: { ...reader, topicId: w.topicId, at: w.at } };
}

describe('a batch that has changed since it was stored', () => {
  test('is given to nobody who does not look at its CRC: what is before it comes, then an error that names it', async () => {
    const { w, reader } = await damaged();
    const from = (offset: number) => reader.log.fetch([{ from: w.at(0), offset, maxBytes: 1e6 }], { maxBytes: 1e6 });
    const [before] = await from(0);
    expect(before).toMatchObject({ nextOffset: 2, error: undefined });
    const [at] = await from(2);
    expect(at).toMatchObject({ nextOffset: -1, bytes: 0, error: { code: 'log_corrupt' } });
    expect(at!.error!.message).toMatch(/^The batch at offset 2 has changed .* What is behind it begins at offset 4;/);
    const [behind] = await from(4);
    expect(behind).toMatchObject({ nextOffset: 5, error: undefined });
  });

  test('goes to Kafka clients as it is: they look at its CRC themselves', async () => {
    const { w, reader } = await damaged();
    const options = { maxBytes: 1e6, isolation: 'read_uncommitted' } as const;
    const [found] = await reader.log.fetch([{ from: w.at(0), offset: 0, maxBytes: 1e6 }], options);
    expect(found).toMatchObject({ nextOffset: 5, error: undefined });
  });

  test('is not looked into for a time', async () => {
    const { w, reader } = await damaged();
    await expect(reader.log.offsetForTime(w.at(0), 1_000)).resolves.toMatchObject({ offset: 0 });
    const late = await world({ partitions: 1 });
    await late.log.append([batchOf(late.at(0), ['to be damaged'], 5_000)]);
    await damageObject(late.stores.objects, 'to be damaged');
    const cold = await world({ stores: late.stores, clock: late.clock, seed: 2 });
    await expect(cold.log.offsetForTime(late.at(0), 5_000)).rejects.toMatchObject({ code: 'log_corrupt' });
  });

  test('is not written anew by compaction, with a CRC that is right', async () => {
    const w = await world();
    for (let i = 0; i < 60; i++)
      await w.log.append([
        batchOf(w.at(0), [
          ['k', i === 30 ? 'to be damaged' : `v${i}`],
          [`k${i}`, 'v'],
        ]),
      ]);
    const wrong = await damageObject(w.stores.objects, 'to be damaged');
    await w.clock.advance(HOUR);
    const reader = await world({ stores: w.stores, clock: w.clock, seed: 2 });
    const layout = { topicId: w.topicId, partitions: 1, width: 32 };
    const cleaning = { deleteRetentionMs: HOUR, minCompactionLagMs: 0, minDirtyRatio: 0 };
    const report = await reader.log.tend([{ layout, retention: undefined, cleaning }], { collect: false });
    expect(report.failures).toMatchObject([{ error: { code: 'record_crc' } }]);
    expect(report.pagesCleaned).toBe(0);
    expect(Buffer.from(await w.stores.objects.get(wrong.key))).toEqual(wrong.bytes);
  });
});
