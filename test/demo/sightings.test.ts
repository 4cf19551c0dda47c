import { describe, expect, test } from 'vitest';
import { countRows, type Facts, readFacts } from './facts.ts';
import { Sightings } from './sightings.ts';

const facts: Facts = {
  count: 3,
  timesMs: new Float64Array(3),
  sums: Uint32Array.of(10, 11, 12),
  delayed: Uint8Array.of(0, 1, 0),
  delayedCount: 1,
  origins: new Set(['ORD']),
};
const at = (row: number, offset: number, sum = 10 + row) => ({ row, sum, partition: 0, offset });

describe('what the demo counts by', () => {
  test('tells a flight that came again from one that is there twice', () => {
    const seen = new Sightings(facts);
    for (const one of [at(0, 0), at(0, 0), at(1, 1), at(1, 2)]) seen.note(one);
    expect(seen).toMatchObject({ total: 4, distinct: 2, repeated: 2, doubled: 1 });
  });

  test('does not count a flight with other content, or one that the data set does not have', () => {
    const seen = new Sightings(facts);
    expect(seen.note(at(2, 0, 99))).toBe(false);
    expect(seen.note(at(7, 0))).toBe(false);
    expect(seen).toMatchObject({ distinct: 0, changed: 2 });
  });

  test('finds flights at other offsets than were acknowledged, and offsets that two flights have', () => {
    const [acknowledged, seen] = [new Sightings(facts), new Sightings(facts)];
    for (const one of [at(0, 0), at(1, 1)]) acknowledged.note(one);
    for (const one of [at(0, 1), at(1, 1), at(2, 2)]) seen.note(one);
    expect(seen.misplaced(acknowledged)).toBe(2);
    expect(seen.shared()).toBe(1);
    expect(acknowledged.shared()).toBe(0);
  });

  test('is what the data set says', async () => {
    const read = await readFacts(1_000);
    // Counted with another program.
    expect(read).toMatchObject({ count: 1_000, delayedCount: 48 });
    expect(read.origins.size).toBe(158);
    expect(countRows(read, (row) => read.delayed[row] === 1)).toBe(48);
    expect(new Date(read.timesMs[0]!).toISOString()).toBe('2001-01-01T00:01:00.000Z');
  });
});
