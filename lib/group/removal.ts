import { type Action, TRANSACT_WRITES_MAX, type Write } from '../store/index.ts';
import { memberCount } from './classic-state.ts';
import { subscribedTopics } from './consumer-protocol.ts';
import { GroupError } from './errors.ts';
import { groupKey } from './group-item.ts';
import { type GroupParts, REGISTRY_PK, readGroup, readKnownGroup, unknownGroup } from './group-store.ts';
import { sweep } from './membership.ts';
import { readStored } from './offsets.ts';
import { offsetsKey, type StoredOffsets } from './offsets-item.ts';
import { withRetries } from './retry.ts';
import type { GroupState } from './state.ts';

/** Single deletes under way at once. */
const DELETES_AT_ONCE = 25;

/**
 * Deletes the group item first, so that nobody can join or commit any more, and its entry in the registry last, so that
 * what a crash left over is still listed and can be deleted again.
 */
export async function removeGroup(parts: GroupParts, group: string): Promise<void> {
  const registryKey = { pk: REGISTRY_PK, sk: group };
  const { items, clock } = parts;
  await withRetries(parts, group, async (uncertain) => {
    const stored = await readGroup(parts, group);
    if (!stored && !uncertain && !(await items.get(registryKey))) throw unknownGroup(group);
    if (stored) {
      const members = memberCount(sweep(stored.state, clock.nowMs()));
      if (members > 0) {
        throw new GroupError('group_not_empty', `Group "${group}" has ${members} members and can't be deleted.`);
      }
      const when = { if: 'is', path: ['v'], value: stored.version } as const;
      const { applied } = await items.write({ write: 'delete', key: groupKey(group), when });
      if (!applied) return undefined;
    }
    const keys = (await readStored(parts, group)).map(({ topicId, ledger }) => offsetsKey(group, topicId, ledger));
    for (let from = 0; from < keys.length; from += DELETES_AT_ONCE) {
      const some = keys.slice(from, from + DELETES_AT_ONCE);
      await Promise.all(some.map((key) => items.write({ write: 'delete', key })));
    }
    await items.write({ write: 'delete', key: registryKey });
    return { done: true };
  });
}

/**
 * Forgets what is committed for a topic, or for one of that name that was deleted, while no member subscribes to it.
 * `partitions` are all where they are left out; numbers beyond `width` partitions lie in later ledgers.
 */
export async function removeOffsets(
  parts: GroupParts,
  group: string,
  topic: string,
  some?: { readonly partitions: ReadonlySet<number>; readonly width: number },
): Promise<void> {
  await withRetries(parts, group, async () => {
    const { state, version } = await readKnownGroup(parts, group);
    const swept = sweep(state, parts.clock.nowMs());
    const stored = (await readStored(parts, group)).filter((offsets) => offsets.topic === topic);
    if (isUsed(swept, topic, new Set(stored.map(({ topicId }) => topicId)))) {
      const message = `Members of group "${group}" subscribe to "${topic}"; its offsets can't be deleted.`;
      throw new GroupError('group_not_empty', message);
    }
    const check = { write: 'check', key: groupKey(group), when: { if: 'is', path: ['v'], value: version } } as const;
    for (let from = 0; from < stored.length; from += TRANSACT_WRITES_MAX - 1) {
      const removals = stored.slice(from, from + TRANSACT_WRITES_MAX - 1).flatMap((offsets): Write[] => {
        const key = offsetsKey(group, offsets.topicId, offsets.ledger);
        if (!some) return [{ write: 'delete', key }];
        const actions = slotsAmong(offsets, some).map((slot): Action => ({ do: 'remove', path: [`p${slot}`] }));
        return actions.length > 0 ? [{ write: 'update', key, actions, when: { if: 'itemExists' } }] : [];
      });
      if (removals.length > 0 && !(await parts.items.transact([check, ...removals])).applied) return undefined;
    }
    return { done: true };
  });
}

function slotsAmong(
  { ledger, slots }: StoredOffsets,
  { partitions, width }: { readonly partitions: ReadonlySet<number>; readonly width: number },
): number[] {
  return [...slots.keys()].filter((slot) => partitions.has(ledger * width + slot));
}

function isUsed({ members, topics, classic }: GroupState, topic: string, topicIds: ReadonlySet<string>): boolean {
  if (classic) return [...classic.members.values()].some((one) => subscribedTopics(classic, one).includes(topic));
  if (members.size === 0) return false;
  if (topics.has(topic)) return true;
  for (const { target, assigned, revoking } of members.values()) {
    for (const set of [target, assigned, revoking]) for (const id of set.keys()) if (topicIds.has(id)) return true;
  }
  return false;
}
