import { type Action, type Check, TRANSACT_WRITES_MAX, type Write } from '../store/index.ts';
import { memberCount } from './classic-state.ts';
import { subscribedTopics } from './consumer-protocol.ts';
import { GroupError, membersText } from './errors.ts';
import { groupKey } from './group-item.ts';
import { changeGroup, type GroupParts, readGroup, readKnownGroup, registryKey, unknownGroup } from './group-store.ts';
import { sweep } from './membership.ts';
import { readStored } from './offsets.ts';
import { hasPending, offsetsKey, type StoredOffsets } from './offsets-item.ts';
import { withRetries } from './retry.ts';
import type { GroupState } from './state.ts';

/**
 * Deletes the group item first, so that nobody can join or commit any more, and its entry in the registry last, so that
 * what a crash left over is still listed and can be deleted again. A group whose offsets an open transaction is to commit
 * is in use, whether or not it has members: that transaction would else be committed without them.
 */
export async function removeGroup(parts: GroupParts, group: string): Promise<void> {
  const { items, clock } = parts;
  await withRetries(parts, group, async (uncertain) => {
    const stored = await readGroup(parts, group);
    if (!stored && !uncertain && !(await items.get(registryKey(group)))) throw unknownGroup(group);
    if ((await readStored(parts, group)).some(hasPending)) {
      const message = `A transaction that has not ended is to commit offsets of group "${group}"; it can't be deleted before.`;
      throw new GroupError('group_not_empty', message);
    }
    if (stored) {
      const members = memberCount(sweep(stored.state, clock.nowMs()));
      if (members > 0) {
        throw new GroupError('group_not_empty', `Group "${group}" has ${membersText(members)} and can't be deleted.`);
      }
      const when = { if: 'is', path: ['v'], value: stored.version } as const;
      const { applied } = await items.write({ write: 'delete', key: groupKey(group), when });
      if (!applied) return undefined;
    }
    return (await removeLeft(parts, group, hasPending)) ? { done: true } : undefined;
  });
}

/**
 * What a group has beside its own item, once that is gone: every commit makes the group anew before it writes, so what is
 * found now is all there is, for as long as the group is not there. Where there is something that `keeps` the group, it is
 * made anew around that. False where it was made anew, by whomever.
 */
export async function removeLeft(
  parts: GroupParts,
  group: string,
  keeps: (offsets: StoredOffsets) => boolean,
): Promise<boolean> {
  const { items } = parts;
  const stored = await readStored(parts, group);
  if (stored.some(keeps)) {
    await changeGroup<undefined>(parts, group, (state) => ({ state, answer: undefined }), { create: true });
    return false;
  }
  const gone: Check = { write: 'check', key: groupKey(group), when: { if: 'itemAbsent' } };
  const keys = stored.map(({ topicId, ledger }) => offsetsKey(group, topicId, ledger));
  for (let from = 0; from < keys.length; from += TRANSACT_WRITES_MAX - 1) {
    const some = keys.slice(from, from + TRANSACT_WRITES_MAX - 1).map((key): Write => ({ write: 'delete', key }));
    if (!(await items.transact([gone, ...some])).applied) return false;
  }
  return (await items.transact([gone, { write: 'delete', key: registryKey(group) }])).applied;
}

/**
 * Forgets what is committed for a topic, or for one of that name that was deleted, while no member subscribes to it. What a
 * transaction has pending stays where it is, as if it were committed after this: its items may have some at any moment, so
 * they stay, too, and go with their group.
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
  some: { readonly partitions: ReadonlySet<number>; readonly width: number } | undefined,
): number[] {
  return [...slots.keys()].filter((slot) => !some || some.partitions.has(ledger * some.width + slot));
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
