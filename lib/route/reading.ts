import type { BatchRange, Lease } from './lease.ts';
import { GROUP_PREFIX } from './limits.ts';
import type { CompiledRoute, WorkerParts } from './task.ts';
import { Window } from './window.ts';

/** One partition that a worker reads. */
export interface Reading {
  readonly partition: number;
  readonly slot: number;
  readonly window: Window;
  committed: number | undefined;
  highWatermark: number;
  /** Everything before it was handed to the sink: where the next batch's range begins. */
  handed: number;
  /** A batch that a former worker began: to be delivered again as it was. */
  pending: BatchRange | undefined;
}

/** Where a worker begins: at the committed positions, else where the route's reset says. */
export async function beginReadings(
  { groups, events }: WorkerParts,
  { place, batches }: Lease,
  { name, offsetReset, sink }: CompiledRoute,
  partitions: readonly number[],
): Promise<Reading[]> {
  const committed = await groups.committed(GROUP_PREFIX + name, place.topic);
  const positions = new Map(committed.map(({ partition, offset }) => [partition, offset]));
  const offsets = await events.offsets(place.topic, partitions);
  return partitions.map((partition, slot) => {
    const { logStartOffset, lastStableOffset, highWatermark } = offsets[slot]!;
    const stored = positions.get(partition);
    const start = offsetReset === 'earliest' ? logStartOffset : lastStableOffset;
    const reached = Math.max(stored ?? start, logStartOffset);
    // A batch is begun when all before it is delivered, which is told at once; the position is committed later, and may
    // lie within it. Only as a whole is it the same batch again: any other cut could deliver twice.
    const batch = sink.sameBatches ? batches.get(slot) : undefined;
    const pending = batch && reached < batch.to ? batch : undefined;
    const window = new Window(pending ? Math.max(pending.from, logStartOffset) : reached);
    return { partition, slot, window, committed: stored, highWatermark, handed: pending?.from ?? reached, pending };
  });
}
