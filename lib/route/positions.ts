import { newUlid, ulidText } from '../bytes/index.ts';
import { RouteError } from './errors.ts';
import type { Leases } from './lease.ts';
import { GROUP_PREFIX } from './limits.ts';
import type { TaskPlace } from './places.ts';
import type { WorkerParts } from './task.ts';

/** The offset that a route delivers next from a partition. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Where a replay begins: an end of the log, an offset, or the first event at or after a time. */
export type ReplayTo = 'earliest' | 'latest' | { readonly offset: number } | { readonly timeMs: number };

/** What the route has committed. */
export async function positionsOf({ groups }: WorkerParts, route: string): Promise<Position[]> {
  const committed = await groups.committed(GROUP_PREFIX + route);
  return committed.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
}

/** The position that each partition gets, within its log. A time later than all events means the end. */
export async function targetsOf(
  { events }: WorkerParts,
  places: readonly TaskPlace[],
  to: ReplayTo,
  where: { readonly topic?: string; readonly partitions?: readonly number[] },
): Promise<Position[]> {
  const wanted = places
    .filter(({ topic }) => where.topic === undefined || topic === where.topic)
    .flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
    .filter(({ partition }) => where.partitions === undefined || where.partitions.includes(partition));
  if (wanted.length === 0) {
    throw new RouteError('route_conflict', 'The route reads no such topic and partition, or its topics do not exist.');
  }
  if (typeof to === 'object' && 'offset' in to && !(Number.isSafeInteger(to.offset) && to.offset >= 0)) {
    throw new RouteError('route_conflict', `${to.offset} is no offset: offsets are whole numbers from 0.`);
  }
  const targets: Position[] = [];
  for (const { topic, partition } of wanted) {
    const [range] = await events.offsets(topic, [partition]);
    const { logStartOffset, lastStableOffset, highWatermark } = range!;
    let offset = to === 'earliest' ? logStartOffset : lastStableOffset;
    if (typeof to === 'object' && 'offset' in to) offset = Math.min(Math.max(to.offset, logStartOffset), highWatermark);
    if (typeof to === 'object' && 'timeMs' in to) {
      offset = (await events.offsetForTime(topic, partition, to.timeMs))?.offset ?? lastStableOffset;
    }
    targets.push({ topic, partition, offset });
  }
  return targets;
}

/** Takes the leases of the ledgers concerned, commits the positions under them, and gives the leases back. */
export async function movePositions(
  { groups, clock, random }: WorkerParts,
  leases: Leases,
  places: readonly TaskPlace[],
  moves: readonly Position[],
): Promise<void> {
  for (const place of places) {
    const here = moves.filter(({ topic, partition }) => topic === place.topic && place.partitions.includes(partition));
    if (here.length === 0) continue;
    const owner = `replay.${ulidText(newUlid(clock.nowMs(), random))}`;
    const lease = await leases.seize(place, owner, { replay: true });
    await groups.commit(GROUP_PREFIX + place.route, here, { guard: leases.guard(lease) });
    await leases.giveBack(lease);
  }
}
