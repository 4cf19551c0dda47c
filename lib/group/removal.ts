import { TRANSACT_WRITES_MAX } from '../store/index.ts';
import { GroupError } from './errors.ts';
import { groupKey } from './group-item.ts';
import { type GroupParts, REGISTRY_PK, readGroup, readKnownGroup, unknownGroup } from './group-store.ts';
import { sweep } from './membership.ts';
import { readStored } from './offsets.ts';
import { offsetsKey } from './offsets-item.ts';
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
      const { members } = sweep(stored.state, clock.nowMs());
      if (members.size > 0) {
        throw new GroupError('group_not_empty', `Group "${group}" has ${members.size} members and can't be deleted.`);
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

/** Forgets what is committed for a topic, or for one of that name that was deleted, while no member subscribes to it. */
export async function removeOffsets(parts: GroupParts, group: string, topic: string): Promise<void> {
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
      const deletes = stored.slice(from, from + TRANSACT_WRITES_MAX - 1).map(({ topicId, ledger }) => {
        return { write: 'delete', key: offsetsKey(group, topicId, ledger) } as const;
      });
      if (!(await parts.items.transact([check, ...deletes])).applied) return undefined;
    }
    return { done: true };
  });
}

function isUsed({ members, topics }: GroupState, topic: string, topicIds: ReadonlySet<string>): boolean {
  if (members.size === 0) return false;
  if (topics.has(topic)) return true;
  for (const { target, assigned, revoking } of members.values()) {
    for (const set of [target, assigned, revoking]) for (const id of set.keys()) if (topicIds.has(id)) return true;
  }
  return false;
}
