import { GROUP_PREFIX } from './limits.ts';
import type { TaskPlace } from './places.ts';
import type { WorkerParts } from './task.ts';

/** Whether events wait that the route has no position behind, or it has no position at all. */
export async function isBehind({ groups, events }: WorkerParts, place: TaskPlace): Promise<boolean> {
  const committed = await groups.committed(GROUP_PREFIX + place.route, place.topic);
  const positions = new Map(committed.map(({ partition, offset }) => [partition, offset]));
  const offsets = await events.offsets(place.topic, place.partitions);
  return place.partitions.some((partition, index) => {
    const { lastStableOffset, highWatermark } = offsets[index]!;
    const position = positions.get(partition) ?? -1;
    // What a transaction holds back waits for its end, and wakes by it.
    return position < lastStableOffset || position > highWatermark;
  });
}
