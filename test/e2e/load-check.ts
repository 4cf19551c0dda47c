import { expect } from 'vitest';
import type { Batch, Writer } from './load.ts';

/**
 * Holds what a topic has (`values`, by partition and offset) against what writers sent, and what they were told:
 * everything acknowledged is where it was acknowledged, nothing is there twice, no request with a key is half there.
 */
export function checkLoad(values: readonly (readonly string[])[], writers: readonly Writer[]): void {
  const places = new Map<string, string>();
  const twice: string[] = [];
  for (const [partition, there] of values.entries()) {
    for (const [offset, value] of there.entries()) {
      const id = JSON.parse(value) as string;
      if (places.has(id)) twice.push(id);
      places.set(id, `${partition}/${offset}`);
    }
  }
  expect(twice, 'events that are there twice').toEqual([]);
  const batches = writers.flatMap((writer) => writer.batches);
  const missing = batches.flatMap((batch) => lost(batch, places));
  expect(missing, 'acknowledged events that are not where they were').toEqual([]);
  const keyed = batches.filter(({ idempotencyKey }) => idempotencyKey !== undefined);
  const halves = keyed.filter((batch) => isHalf(batch, places));
  expect(halves, 'requests that are half there').toEqual([]);
  const sent = new Set(batches.flatMap(({ ids }) => ids));
  const strangers = [...places.keys()].filter((id) => !sent.has(id));
  expect(strangers, 'events that nobody sent').toEqual([]);
}

function lost({ ids, placed }: Batch, places: ReadonlyMap<string, string>): string[] {
  return ids.filter((id, i) => placed && places.get(id) !== `${placed[i]!.partition}/${placed[i]!.offset}`);
}

function isHalf({ ids }: Batch, places: ReadonlyMap<string, string>): boolean {
  return ids.some((id) => places.has(id)) && !ids.every((id) => places.has(id));
}
