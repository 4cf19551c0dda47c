import type { Condition, Item, ItemKey, Write } from '../store/index.ts';
import { memberCount } from './classic-state.ts';
import { GroupError } from './errors.ts';
import { decodeGroup, encodeGroup } from './group-bytes.ts';
import type { GroupState } from './state.ts';

/*
 * The one item that a group's membership is. Attributes:
 *   v  version, raised by one with every write; its start is random, so that a group that is deleted and made anew
 *      never meets a write that was meant for the old one
 *   b  the state's bytes (see group-bytes.ts)
 *   e  member id → epoch, or the group's generation for a classic member, for the condition of a commit
 *   n  number of members, for the condition of a commit without one
 */

/** An item may have 400 KB (DynamoDB); the rest is for the `e` map and for the names of attributes. */
const STATE_BYTES_MAX = 300 * 1024;
const IDS_BYTES_MAX = 95 * 1024;
/** What an epoch and its place in a map take at most: 16 digits at two a byte, and what stands around. */
const EPOCH_BYTES = 13;
/** Random starts of versions: far below 2^53, far above what anyone will guess or repeat. */
export const VERSION_START_MAX = 2 ** 48;

/** A group as it was read: the state, and the version that a write is conditional on. */
export interface StoredGroup {
  readonly version: number;
  readonly state: GroupState;
}

/** All items of a group lie under this partition key. */
export function groupPk(group: string): string {
  return `group/${group}`;
}

export function groupKey(group: string): ItemKey {
  return { pk: groupPk(group), sk: 'members' };
}

/** @throws GroupError group_too_large */
export function groupItem({ version, state }: StoredGroup): Item {
  const bytes = encodeGroup(state);
  if (bytes.length > STATE_BYTES_MAX) {
    throw new GroupError(
      'group_too_large',
      `The group's state would have ${bytes.length} bytes, and at most ${STATE_BYTES_MAX} fit: use fewer members, or fewer topics per member.`,
    );
  }
  const epochs = [...state.members].map(([id, { epoch }]): [string, number] => [id, epoch]);
  if (state.classic) for (const id of state.classic.members.keys()) epochs.push([id, state.classic.generation]);
  const idsBytes = epochs.reduce((sum, [id]) => sum + Buffer.byteLength(id) + EPOCH_BYTES, 0);
  if (idsBytes > IDS_BYTES_MAX) {
    const message = `The ids of the group's ${epochs.length} members have ${idsBytes} bytes, and at most ${IDS_BYTES_MAX} fit: use shorter client ids, or fewer members.`;
    throw new GroupError('group_too_large', message);
  }
  return { v: version, b: bytes, e: Object.fromEntries(epochs), n: memberCount(state) };
}

/** @throws GroupError group_corrupt */
export function parseGroupItem(item: Item): StoredGroup {
  const { v, b } = item;
  if (typeof v !== 'number' || !(b instanceof Uint8Array)) {
    throw new GroupError('group_corrupt', 'The stored item of a group lacks its version or its state.');
  }
  return { version: v, state: decodeGroup(b) };
}

/** Replaces the item, if it still has the version that `next` was made from. Units: the item's size in KB, rounded up. */
export function replaceGroup(
  group: string,
  before: StoredGroup,
  state: GroupState,
): Exclude<Write, { write: 'check' }> {
  const item = groupItem({ version: before.version + 1, state });
  return { write: 'put', key: groupKey(group), item, when: { if: 'is', path: ['v'], value: before.version } };
}

/** Holds while the member is there in this very epoch, that is, while it holds what it held when the epoch was read. */
export function memberStands(memberId: string, epoch: number): Condition {
  return { if: 'is', path: ['e', memberId], value: epoch };
}

/** Holds while the group exists and has no members. */
export const NO_MEMBERS: Condition = { if: 'is', path: ['n'], value: 0 };
