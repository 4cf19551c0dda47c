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
    const { logStartOffset, highWatermark } = offsets[slot]!;
    const stored = positions.get(partition);
    const start = offsetReset === 'earliest' ? logStartOffset : highWatermark;
    const batch = sink.sameBatches ? batches.get(slot) : undefined;
    // A batch is begun when all before it is delivered, which is told at once; the position is committed later. Going
    // back behind the batch would cut what was delivered into other batches, and so deliver it twice.
    const position = Math.max(stored ?? start, logStartOffset, batch?.from ?? 0);
    const pending = batch && batch.from <= position && position < batch.to ? batch : undefined;
    const window = new Window(position);
    return { partition, slot, window, committed: stored, highWatermark, handed: pending?.from ?? position, pending };
  });
}
