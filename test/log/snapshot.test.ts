import { describe, expect, it } from 'vitest';
import { BATCHES_REMEMBERED, type ProducerEntry } from '../../lib/log/producers/entry.ts';
import { decodeSnapshot, encodeSnapshot } from '../../lib/log/producers/snapshot.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const HOUR = 3600_000;

function entry(producerId: number, lastMs: number, firstSequence = 0): ProducerEntry {
  const batches = Array.from({ length: BATCHES_REMEMBERED }, (_, i) => ({
    firstSequence: (firstSequence + i * 10) % 2 ** 31,
    span: 10,
    baseOffset: 5_000_000 + i * 50,
  }));
  return { slot: producerId % 32, producerId, epoch: 3, batches, lastMs };
}

const ids = (entries: readonly ProducerEntry[]) => entries.map(({ producerId }) => producerId);

describe('a snapshot of producers', () => {
  it('gives back what was put in, newest first, wrapped sequences and markers without batches included', () => {
    const entries = [entry(9, NOW), entry(1, NOW - 5, 2 ** 31 - 15), { ...entry(2, NOW - 7), batches: [] }];
    expect(decodeSnapshot(encodeSnapshot([...entries].reverse())!)).toEqual(entries);
    expect(encodeSnapshot([])).toBeUndefined();
  });

  it('takes some 30 bytes for a producer in a partition', () => {
    const bytes = encodeSnapshot(Array.from({ length: 1_000 }, (_, i) => entry(NOW + i, NOW - i)))!;
    expect(bytes.length / 1_000).toBeLessThan(32);
  });

  it('keeps all that were at work within the hour, and of the others what fits into 4 KB', () => {
    const working = Array.from({ length: 500 }, (_, i) => entry(i, NOW - i));
    const silent = Array.from({ length: 500 }, (_, i) => entry(1_000 + i, NOW - 2 * HOUR - i));
    expect(ids(decodeSnapshot(encodeSnapshot([...silent, ...working])!))).toEqual(ids(working));
    const kept = decodeSnapshot(encodeSnapshot([entry(0, NOW), ...silent])!);
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.length).toBeLessThan(250);
    expect(ids(kept)).toEqual([0, ...ids(silent)].slice(0, kept.length));
  });

  it('has room in an item, however many there are', () => {
    const bytes = encodeSnapshot(Array.from({ length: 20_000 }, (_, i) => entry(i, NOW - i)))!;
    expect(bytes.length).toBeLessThan(260 * 1024);
    expect(decodeSnapshot(bytes).length).toBeGreaterThan(8_000);
  });

  it('of another layout is refused', () => {
    expect(() => decodeSnapshot(Uint8Array.of(9, 0))).toThrow(expect.objectContaining({ code: 'log_corrupt' }));
  });
});
