import type { Topics } from '../topic/index.ts';
import type { LeasePlace } from './lease.ts';

/** One ledger that a route reads: its lease's place, and the partitions in it. */
export interface TaskPlace extends LeasePlace {
  /** Counted over the ledgers of all topics of the route, in the order of its config. */
  readonly taskId: number;
  readonly partitions: readonly number[];
}

/**
 * All ledgers of a route's topics. Topics that do not exist (yet) have none.
 * @throws errors of the stores
 */
export async function placesOf(topics: Topics, route: string, names: readonly string[]): Promise<TaskPlace[]> {
  const places: TaskPlace[] = [];
  for (const topic of names) {
    const layout = await topics.layout(topic);
    if (!layout) continue;
    const { topicId, partitions, width } = layout;
    for (let first = 0; first < partitions; first += width) {
      const count = Math.min(width, partitions - first);
      places.push({
        route,
        topic,
        topicId,
        ledger: first / width,
        taskId: places.length,
        partitions: Array.from({ length: count }, (_, slot) => first + slot),
      });
    }
  }
  return places;
}
