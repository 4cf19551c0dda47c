import { HttpError } from '../http-error.ts';
import type { HttpServices } from '../services.ts';
import type { Instance, OffsetReset } from './instance-item.ts';
import { listPlaces, type PlaceAt, withPlaces } from './instances.ts';

/**
 * Finds where to begin in partitions that have no position yet: at what the group committed, else where the instance's
 * `auto.offset.reset` says.
 *
 * @throws HttpError offset_unset where that says `none`
 */
export async function lookUpPositions(services: HttpServices, group: string, instance: Instance): Promise<Instance> {
  const open = listPlaces(instance.places).filter(({ position }) => position < 0);
  if (open.length === 0) return instance;
  const found: PlaceAt[] = [];
  for (const [topic, places] of Map.groupBy(open, (place) => place.topic)) {
    const committed = new Map(
      (await services.groups.committed(group, topic)).map(({ partition, offset }) => [partition, offset]),
    );
    const known = places.filter(({ partition }) => committed.has(partition));
    const unknown = places.filter(({ partition }) => !committed.has(partition));
    for (const place of known) {
      const offset = committed.get(place.partition)!;
      found.push({ ...place, position: offset, committed: offset });
    }
    if (unknown.length > 0) found.push(...(await resetPlaces(services, unknown, instance.config.reset)));
  }
  return { ...instance, places: withPlaces(instance.places, found) };
}

/**
 * Places of one topic, moved to the log's start or end.
 * @throws HttpError offset_unset
 */
export async function resetPlaces(
  services: HttpServices,
  places: readonly PlaceAt[],
  to: OffsetReset,
): Promise<PlaceAt[]> {
  const [first] = places;
  if (first === undefined) return [];
  if (to === 'none') {
    throw new HttpError(
      'offset_unset',
      `Nothing readable is committed for partition ${first.partition} of topic "${first.topic}", and auto.offset.reset is none. Set a position.`,
    );
  }
  const partitions = places.map(({ partition }) => partition);
  const ranges = await services.events.offsets(first.topic, partitions);
  return places.map((place, i) => {
    const { logStartOffset, lastStableOffset } = ranges[i]!;
    return { ...place, position: to === 'earliest' ? logStartOffset : lastStableOffset };
  });
}
