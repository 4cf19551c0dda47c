import { expect, test } from 'vitest';
import {
  BATCH_HEADER_BYTES,
  batchHeader,
  checkBatches,
  checkRecords,
  controlType,
  decompress,
  encodeBatch,
  patchLeaderEpoch,
  readRecords,
  recodeBatch,
} from '../../lib/record/index.ts';
import { goldenCases, mixedEvents, ourCases, renderBatch } from './golden/cases.ts';

const made = goldenCases('java-made.txt');
const readByJava = goldenCases('java-read-ours.txt');

test('the fixtures hold every codec in both directions', () => {
  for (const cases of [made, readByJava]) {
    const codecs = new Set(cases.map(({ bytes }) => batchHeader(bytes).codec));
    expect([...codecs].sort()).toEqual(['gzip', 'lz4', 'none', 'snappy', 'zstd']);
  }
});

test.each(made)('reads what the Java client made as the Java client does: $name', ({ bytes, lines }) => {
  expect(checkBatches(bytes)).toHaveLength(1);
  checkRecords(bytes);
  expect(renderBatch(bytes)).toEqual(lines);
});

test.each(readByJava)('the Java client read what we made as we do: $name', ({ bytes, lines }) => {
  expect(renderBatch(bytes)).toEqual(lines);
});

test.each(ourCases())('still makes what the Java client read: $name', ({ name, bytes }) => {
  const recorded = readByJava.find((other) => other.name === name)!;
  const { codec } = batchHeader(recorded.bytes);
  // Compressed bytes depend on the compressor's release; what is in them does not.
  if (codec === 'none') expect(Buffer.compare(bytes, recorded.bytes)).toBe(0);
  const records = (batch: Uint8Array) => decompress(codec, batch.subarray(BATCH_HEADER_BYTES), 1 << 20);
  expect(Buffer.compare(records(bytes), records(recorded.bytes))).toBe(0);
});

test('makes the same bytes as the Java client, to the last one', () => {
  const ours = encodeBatch(mixedEvents(), { baseOffset: 5 });
  patchLeaderEpoch(ours, 0, 3);
  const theirs = made.find(({ name }) => name === 'mixed none')!.bytes;
  expect(Buffer.from(ours).toString('hex')).toBe(Buffer.from(theirs).toString('hex'));
});

test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('recodes the Java client’s batch from and to %s', (codec) => {
  const plain = made.find(({ name }) => name === 'mixed none')!;
  const compressed = made.find(({ name }) => name === `mixed ${codec}`)!;
  expect(Buffer.compare(recodeBatch(compressed.bytes, 0, 'none'), plain.bytes)).toBe(0);
  const recoded = recodeBatch(plain.bytes, 0, codec);
  expect(checkBatches(recoded)[0]).toMatchObject({ codec, recordCount: 25 });
  expect(renderBatch(recoded)).toEqual(compressed.lines);
});

test.each(['commit', 'abort'] as const)('recognises the Java client’s %s marker', (type) => {
  const { bytes } = made.find(({ name }) => name === `${type} marker`)!;
  const [marker] = [...readRecords(bytes)];
  expect(batchHeader(bytes)).toMatchObject({ control: true, transactional: true, producerId: 9, producerEpoch: 1 });
  expect(controlType(marker!.key)).toBe(type);
});
