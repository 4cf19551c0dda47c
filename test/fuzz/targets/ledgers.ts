import { LogError } from '../../../lib/log/index.ts';
import type { Commit } from '../../../lib/log/model.ts';
import type { Page } from '../../../lib/log/page.ts';

/*
 * What ledgers are made of, for the targets that read it from the store.
 */
export const TOPIC_ID = '01JD9N5Q6T3M8W0Z4R7XKE2BCF';

const object = { id: '01JD9N5Q6T3M8W0Z4R7XKE2BCF', sizeBytes: 70_000 };
const run = { slot: 0, position: 0, lengthBytes: 512, span: 7, maxTimestampMs: 1_767_225_600_000 };

export const COMMITS: readonly Commit[] = [
  { object, appendTimeMs: 1_767_225_600_000, absolute: false, runs: [run] },
  {
    object,
    appendTimeMs: 1_767_225_600_123,
    absolute: true,
    runs: [run, { ...run, slot: 31, position: 512, maxTimestampMs: -1 }, { ...run, slot: 3, lengthBytes: 0, span: 90 }],
    producers: true,
    counted: true,
    aborted: [{ slot: 3, producerId: 1_000, firstOffset: 4, markerAt: 9 }],
  },
];

export const PAGES: readonly Page[] = [
  {
    version: 0,
    bases: [0],
    bytesBefore: [0],
    newestAppendMs: 1_767_225_600_000,
    tombstonesSinceMs: 0,
    maxima: [[-1]],
    commits: [COMMITS[0]!],
  },
  {
    version: 3,
    bases: Array.from({ length: 32 }, (_, slot) => slot * 1_000),
    bytesBefore: Array.from({ length: 32 }, (_, slot) => slot * 100_000),
    newestAppendMs: 1_767_225_600_123,
    tombstonesSinceMs: 1_767_225_600_100,
    maxima: Array.from({ length: 3 }, () => Array.from({ length: 32 }, () => 1_767_225_600_000)),
    commits: [...COMMITS],
    open: [{ producerId: 1_000, epoch: 2, slot: 3, firstOffset: 3_004 }],
    sums: { bySlot: Array.from({ length: 32 }, (_, slot) => slot), complete: true, order: { first: 7, second: 9 } },
  },
];

export function isLogCorrupt(error: unknown): boolean {
  return error instanceof LogError && error.code === 'log_corrupt';
}
