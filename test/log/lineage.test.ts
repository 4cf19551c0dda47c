import { expect, test } from 'vitest';
import { decodeLineage, encodeLineage } from '../../lib/log/lineage.ts';
import { decodeFooter, encodeFooter } from '../../lib/log/segment.ts';
import { memoryStores } from '../../lib/store/index.ts';
import { intercepted } from '../support/intercepted.ts';
import { batchOf, world } from './world.ts';

const TOPIC = '01JD9N5Q6T3M8W0Z4R7XKE2BCF';
const OBJECT = { id: '01JD9N5Q6T3M8W0Z4R7XKE2BCG', sizeBytes: 40_000 };
const RUN = {
  topicId: TOPIC,
  width: 32,
  partition: 3,
  position: 0,
  lengthBytes: 100,
  batches: [{ lengthBytes: 100, span: 5, maxTimestampMs: 1_000, producerId: -1, producerEpoch: -1, baseSequence: -1 }],
};
const PAGE = {
  version: 2,
  bases: [7, 0],
  bytesBefore: [1_000, 0],
  newestAppendMs: 1_700_000_000_000,
  tombstonesSinceMs: 0,
  maxima: [[5, -1]],
  commits: [
    {
      object: OBJECT,
      appendTimeMs: 1_700_000_000_000,
      absolute: true,
      runs: [{ slot: 0, position: 0, lengthBytes: 100, span: 5, maxTimestampMs: 1_000 }],
    },
  ],
};
const LINEAGE = { ledger: { topicId: TOPIC, index: 4 }, pages: [{ index: 9, page: PAGE }], sources: [TOPIC] };

/** The bytes of an object's footer as it was first released: what is stored must be readable for ever. */
const FIRST = '0101935352dcda1d11c07c983f66e12d8f20030064016405d00f000000001bffd8e9b44d4c5231';

test('the footer of an object as first written has not changed', () => {
  const bytes = Buffer.from(FIRST, 'hex');
  expect(Buffer.from(encodeFooter([RUN]))).toEqual(bytes);
  const footer = decodeFooter(bytes, 'x');
  if ('needBytes' in footer) throw new Error('The footer is whole.');
  expect(footer.runs).toEqual([RUN]);
  expect(footer.lineage).toHaveLength(0);
});

test('a merged object’s footer has its runs, and tells where they come from', () => {
  const footer = decodeFooter(encodeFooter([RUN], encodeLineage(LINEAGE)), 'x');
  if ('needBytes' in footer) throw new Error('The footer is whole.');
  expect(footer.runs).toEqual([RUN]);
  expect(decodeLineage(footer.lineage, OBJECT)).toEqual(LINEAGE);
});

test('an object without lineage is one as first written; a lineage of another layout is refused', () => {
  expect(decodeLineage(new Uint8Array(0), OBJECT)).toBeUndefined();
  expect(() => decodeLineage(Uint8Array.of(2), OBJECT)).toThrow(expect.objectContaining({ code: 'log_corrupt' }));
});

test('objects of one writer sort as they were made, however many in one millisecond', async () => {
  const stores = memoryStores();
  const puts: string[] = [];
  const objects = intercepted(stores.objects, {
    put: (key, parts) => {
      puts.push(key.slice('seg/0/'.length));
      return stores.objects.put(key, parts);
    },
  });
  const w = await world({ stores: { ...stores, objects } });
  for (let i = 0; i < 100; i++) await w.log.append([batchOf(w.at(0), [`${i}`])]);
  expect(puts).toHaveLength(100);
  expect([...puts].sort()).toEqual(puts);
});
