import type { Clock, Random } from '../bytes/index.ts';
import type { Item, ItemKey, KeyedItem, MetaStore } from '../store/index.ts';
import { GroupError } from './errors.ts';
import {
  groupItem,
  groupKey,
  parseGroupItem,
  replaceGroup,
  type StoredGroup,
  VERSION_START_MAX,
} from './group-item.ts';
import type { Outcome } from './membership.ts';
import { withRetries } from './retry.ts';
import { EMPTY_GROUP, type GroupState } from './state.ts';

/** What the services of this folder are made of. */
export interface GroupParts {
  readonly items: MetaStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** All groups by name, so that they can be listed. */
export const REGISTRY_PK = 'groups';

export function registryKey(group: string): ItemKey {
  return { pk: REGISTRY_PK, sk: group };
}

/** @throws GroupError group_corrupt */
export async function readGroup({ items }: GroupParts, group: string): Promise<StoredGroup | undefined> {
  const item = await items.get(groupKey(group));
  return item && parseGroupItem(item);
}

/** @throws GroupError group_unknown, group_corrupt */
export async function readKnownGroup(parts: GroupParts, group: string): Promise<StoredGroup> {
  const stored = await readGroup(parts, group);
  if (!stored) throw unknownGroup(group);
  return stored;
}

export function unknownGroup(group: string): GroupError {
  return new GroupError('group_unknown', `Group "${group}" does not exist: it has never had a member or an offset.`);
}

/**
 * Takes one step of a group's state and stores what follows, under the version that it was read with; steps again where
 * another process was faster. A step that leaves the state as it is writes nothing. Units: one strongly consistent read,
 * and where the state changes one write, of the item's size.
 *
 * @throws GroupError what the step answers (what it changed is stored all the same); group_unknown unless `create`; group_conflict
 */
export async function changeGroup<Answer>(
  parts: GroupParts,
  group: string,
  step: (state: GroupState, uncertain: boolean) => Outcome<Answer> | Promise<Outcome<Answer>>,
  { create = false } = {},
): Promise<Answer> {
  const { answer } = await withRetries(parts, group, async (uncertain) => {
    const stored = await readGroup(parts, group);
    if (!stored && !create) throw unknownGroup(group);
    const before = stored?.state ?? EMPTY_GROUP;
    const { state, answer } = await step(before, uncertain);
    // A group comes into being with its first member, not with a request that was refused.
    if (!stored && answer instanceof GroupError) throw answer;
    const kept = stored && state === before ? true : await storeGroup(parts, group, stored, state);
    if (!kept) return undefined;
    if (answer instanceof GroupError) throw answer;
    return { answer };
  });
  return answer;
}

/** Stores what was made of `stored`, or of no group; false where another was faster. @throws GroupError group_too_large */
export async function storeGroup(
  parts: GroupParts,
  group: string,
  stored: StoredGroup | undefined,
  state: GroupState,
): Promise<boolean> {
  if (!stored) return found(parts, group, state);
  return (await parts.items.write(replaceGroup(group, stored, state))).applied;
}

/** The item of a group without members, as a rebuild puts it back for each that is registered: they join again. */
export function memberlessGroup(group: string, random: Random): KeyedItem {
  return { key: groupKey(group), item: firstItem(EMPTY_GROUP, random) };
}

function firstItem(state: GroupState, random: Random): Item {
  return groupItem({ version: Math.floor(random.next() * VERSION_START_MAX), state });
}

/** Writes a group's first item together with its entry in the registry. */
async function found(parts: GroupParts, group: string, state: GroupState): Promise<boolean> {
  const answer = await parts.items.transact([
    { write: 'put', key: groupKey(group), item: firstItem(state, parts.random), when: { if: 'itemAbsent' } },
    {
      write: 'update',
      key: registryKey(group),
      actions: [{ do: 'setOnce', path: ['c'], to: parts.clock.nowMs() }],
    },
  ]);
  return answer.applied;
}
