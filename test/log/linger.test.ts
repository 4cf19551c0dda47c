import { expect, test } from 'vitest';
import { memoryStores } from '../../lib/store/index.ts';
import { settle } from '../support/clock.ts';
import { intercepted } from '../support/intercepted.ts';
import { batchOf, world } from './world.ts';

/** Stores whose puts wait until they are let through, and how many objects were put so far. */
function heldStores() {
  const memory = memoryStores();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const puts: string[] = [];
  const objects = intercepted(memory.objects, {
    put: async (key, parts) => {
      puts.push(key);
      if (puts.length === 1) await held;
      return memory.objects.put(key, parts);
    },
  });
  return { stores: { ...memory, objects }, puts, release };
}

test('an idle log writes at once; while it writes, what comes lingers for company', async () => {
  const { stores, puts, release } = heldStores();
  const w = await world({ stores, settings: { lingerMs: 5, flushesInFlightMax: 2 } });
  const appends = [w.log.append([batchOf(w.at(0), ['first'])])];
  await settle();
  expect(puts).toHaveLength(1);
  appends.push(w.log.append([batchOf(w.at(0), ['a'])]));
  await w.clock.advance(4);
  appends.push(w.log.append([batchOf(w.at(0), ['b'])]));
  await settle();
  expect(puts).toHaveLength(1);
  await w.clock.advance(1);
  expect(puts).toHaveLength(2);
  release();
  expect((await Promise.all(appends)).map(({ appended }) => appended[0]!.baseOffset)).toEqual([0, 1, 2]);
  await w.log.close();
});

test('a flush that is full goes without lingering on, and so does one that the log’s end waits for', async () => {
  const { stores, puts, release } = heldStores();
  const w = await world({ stores, settings: { lingerMs: 60_000, flushesInFlightMax: 2, flushBytesMax: 400 } });
  const appends = [w.log.append([batchOf(w.at(0), ['first'])])];
  await settle();
  appends.push(w.log.append([batchOf(w.at(0), ['a'.repeat(100)])]));
  await settle();
  expect(puts).toHaveLength(1);
  appends.push(w.log.append([batchOf(w.at(0), ['b'.repeat(300)])]));
  await settle();
  expect(puts).toHaveLength(2);
  appends.push(w.log.append([batchOf(w.at(0), ['c'])]));
  release();
  await w.log.close();
  expect(await Promise.all(appends)).toHaveLength(4);
});
