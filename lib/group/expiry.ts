import { eachItem, type Item } from '../store/index.ts';
import { memberCount } from './classic-state.ts';
import { groupKey, parseGroupItem } from './group-item.ts';
import { type GroupParts, REGISTRY_PK, registryKey } from './group-store.ts';
import { sweep } from './membership.ts';
import { readStored } from './offsets.ts';
import { hasPending, type StoredOffsets } from './offsets-item.ts';
import { removeLeft } from './removal.ts';
import { EMPTY_GROUP } from './state.ts';

/*
 * Groups that nobody uses go after a while, and their offsets with them, by Kafka's rule (KIP-211): none while it has
 * members; then from when it was last seen to have lost them, or its latest commit, whichever is later. All of a group
 * goes at once, where Kafka forgets partition by partition.
 *
 * When a group lost its members stands nowhere: sessions end by themselves. So its entry in the registry tells since when
 * it has been seen without any, and is written anew whenever the group was used in between:
 *   e  wall time (ms) at which it was first seen empty
 *   v  the version of the group's item then: any member that came since has changed it
 */

/** Kafka's default of `offsets.retention.minutes`: seven days. */
export const OFFSETS_RETENTION_MS = 7 * 24 * 60 * 60_000;

/** Stands for the version of a group that has no item: its removal was cut short, or it was rebuilt by an earlier version. */
const NO_ITEM = -1;

export interface ExpiryOptions {
  /** How long a group is kept without members and commits, in ms. */
  readonly retentionMs: number;
  /** Whether a group is never to go: those that are no consumers', but positions that somebody else looks after. */
  readonly spares: (group: string) => boolean;
  readonly signal?: AbortSignal;
  /** Told of a group that could not be looked after; it is looked at again the next time. */
  readonly onError: (error: unknown, group: string) => void;
}

/**
 * One round: notes which groups are empty, and removes those that have been for long enough. Returns their names. May run
 * anywhere, any number of times, and be cut short anywhere.
 *
 * Units: a read of the registry, half a unit per group; a write when one is first seen empty.
 */
export async function expireGroups(parts: GroupParts, options: ExpiryOptions): Promise<string[]> {
  const expired: string[] = [];
  for await (const { sk: group, item: entry } of eachItem(parts.items, REGISTRY_PK)) {
    if (options.signal?.aborted) break;
    if (options.spares(group)) continue;
    try {
      if (await expire(parts, group, entry, options.retentionMs)) expired.push(group);
    } catch (error) {
      options.onError(error, group);
    }
  }
  return expired;
}

async function expire(parts: GroupParts, group: string, entry: Item, retentionMs: number): Promise<boolean> {
  const { items, clock } = parts;
  const nowMs = clock.nowMs();
  const expiredMs = nowMs - retentionMs;
  const isUsed = isUsedSince(expiredMs);
  const item = await items.get(groupKey(group), { stale: true });
  const { version, state } = item ? parseGroupItem(item) : { version: NO_ITEM, state: EMPTY_GROUP };
  if (memberCount(sweep(state, nowMs)) > 0) return false;
  const seen = entry.v === version && typeof entry.e === 'number' && entry.e <= nowMs;
  if (!seen) {
    await noteEmpty(parts, group, version, nowMs);
    return false;
  }
  if ((entry.e as number) > expiredMs || (await readStored(parts, group)).some(isUsed)) return false;
  if (!item) return removeLeft(parts, group, isUsed);
  const unchanged = { if: 'is', path: ['v'], value: version } as const;
  const removed = await items.write({ write: 'delete', key: groupKey(group), when: unchanged });
  return removed.applied && removeLeft(parts, group, isUsed);
}

async function noteEmpty({ items }: GroupParts, group: string, version: number, nowMs: number): Promise<void> {
  await items.write({
    write: 'update',
    key: registryKey(group),
    actions: [
      { do: 'set', path: ['e'], to: nowMs },
      { do: 'set', path: ['v'], to: version },
    ],
    when: { if: 'itemExists' },
  });
}

/** Whether anything was committed since, or is about to be. */
function isUsedSince(expiredMs: number): (offsets: StoredOffsets) => boolean {
  return (offsets) => hasPending(offsets) || [...offsets.slots.values()].some(({ timeMs }) => timeMs > expiredMs);
}
