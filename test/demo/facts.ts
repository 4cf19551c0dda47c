import { crc32 } from 'node:zlib';
import { type Flight, readFlights } from './flights.ts';

/** A flight that left so many minutes late counts as delayed. */
export const DELAYED_MINUTES = 60;

/** What the data set says, read before anything is produced: all later counts are held against it. Indexed by row. */
export interface Facts {
  readonly count: number;
  readonly timesMs: Float64Array;
  /** CRC-32 of each flight as JSON text: what arrives elsewhere must have the same. */
  readonly sums: Uint32Array;
  /** 1 for a delayed flight. */
  readonly delayed: Uint8Array;
  readonly delayedCount: number;
  readonly origins: ReadonlySet<string>;
}

export async function readFacts(count: number): Promise<Facts> {
  const timesMs = new Float64Array(count);
  const sums = new Uint32Array(count);
  const delayed = new Uint8Array(count);
  const origins = new Set<string>();
  let delayedCount = 0;
  for await (const flight of readFlights(count)) {
    timesMs[flight.row] = Date.parse(flight.date);
    sums[flight.row] = sumOf(flight);
    if (isDelayed(flight)) {
      delayed[flight.row] = 1;
      delayedCount++;
    }
    origins.add(flight.origin);
  }
  return { count, timesMs, sums, delayed, delayedCount, origins };
}

function isDelayed({ delay }: Flight): boolean {
  return delay > DELAYED_MINUTES;
}

export function sumOf(flight: Flight): number {
  return crc32(JSON.stringify(flight));
}

/** How many flights there are of which that holds. */
export function countRows({ count }: Facts, which: (row: number) => boolean): number {
  let found = 0;
  for (let row = 0; row < count; row++) if (which(row)) found++;
  return found;
}
