import { describe, expect, it } from 'vitest';
import { newUlid, ulidText } from '../../lib/bytes/index.ts';
import { Footers } from '../../lib/log/footers.ts';
import { FOOTER_ENTRIES_CACHED } from '../../lib/log/limits.ts';
import { encodeFooter, objectKey } from '../../lib/log/segment.ts';
import { memoryStores } from '../../lib/store/index.ts';
import { seededRandom } from '../support/clock.ts';
import { intercepted } from '../support/intercepted.ts';

const random = seededRandom(1);
const TOPIC = ulidText(newUlid(0, random));

/** An object that is only a footer, of one run with this many batches. */
function object(batches: number) {
  const batch = {
    lengthBytes: 70,
    span: 1,
    maxTimestampMs: 0,
    producerId: -1,
    producerEpoch: -1,
    baseSequence: -1,
  };
  const run = { topicId: TOPIC, width: 32, partition: 0, position: 0, lengthBytes: 70 * batches };
  const bytes = encodeFooter([{ ...run, batches: new Array(batches).fill(batch) }]);
  return { bytes, ref: { id: ulidText(newUlid(0, random)), sizeBytes: bytes.length } };
}

async function reading(sizes: readonly number[]) {
  const { objects } = memoryStores();
  const all = sizes.map(object);
  for (const { ref, bytes } of all) await objects.put(objectKey(ref), [bytes]);
  const read = new Set<string>();
  const watched = intercepted(objects, {
    get: (key, from, to) => {
      read.add(key);
      return objects.get(key, from, to);
    },
  });
  const footers = new Footers(watched);
  const reads = async (i: number) => {
    read.clear();
    await footers.of(all[i]!.ref);
    return read.size;
  };
  return reads;
}

describe('footers', () => {
  it('are kept as long as they are few, and those used last when they are many', async () => {
    const share = Math.floor(FOOTER_ENTRIES_CACHED / 2) - 10;
    const reads = await reading([share, share, share]);
    expect([await reads(0), await reads(1), await reads(0), await reads(1)]).toEqual([1, 1, 0, 0]);
    expect(await reads(0)).toBe(0);
    expect(await reads(2)).toBe(1);
    expect([await reads(0), await reads(1)]).toEqual([0, 1]);
  });

  it('larger than all that may be kept serve until the next is read', async () => {
    const reads = await reading([FOOTER_ENTRIES_CACHED + 1, 1]);
    expect([await reads(0), await reads(0), await reads(1), await reads(0)]).toEqual([1, 0, 1, 1]);
  });
});
