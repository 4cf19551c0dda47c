import { type Check, type Condition, type Item, TRANSACT_WRITES_MAX } from '../store/index.ts';
import { committingMember } from './classic-members.ts';
import { memberCount } from './classic-state.ts';
import { GroupError, membersText } from './errors.ts';
import { groupKey, memberStands, NO_MEMBERS } from './group-item.ts';
import { changeGroup, type GroupParts, readGroup, unknownGroup } from './group-store.ts';
import { actingMember, type Outcome, sweep } from './membership.ts';
import {
  commitOffsets,
  hasCommitted,
  type LedgerOffsets,
  latestTimeMs,
  offsetsKey,
  parseOffsetsItem,
  type StoredOffsets,
} from './offsets-item.ts';
import { withRetries } from './retry.ts';
import { explained, partsOf } from './room.ts';
import type { GroupState } from './state.ts';

/**
 * Who commits:
 * - a member, in an epoch: it must own every partition that it commits, up to the moment of the write;
 * - a member by the classic protocol, in a generation (`memberEpoch`), up to the moment of the write: what it owns only
 *   clients know;
 * - whoever holds what `guard` checks (a route's lease): members of the group are not looked at; with `forward`, offsets that
 *   are further already stay as they are;
 * - nobody in particular: the group must have no members.
 */
export type Committer =
  | { readonly memberId: string; readonly memberEpoch: number; readonly instanceId?: string | undefined }
  | { readonly guard: Check; readonly forward?: true }
  | 'anyone';

/** Besides the check. */
const LEDGERS_PER_WRITE_MAX = TRANSACT_WRITES_MAX - 1;

/**
 * Writes offsets in one transaction per 99 ledgers, each fenced by the committer's condition.
 *
 * @throws GroupError group_unknown, member_unknown, group_fenced, group_generation_illegal, group_rebalancing,
 *   group_not_empty, group_conflict, offsets_too_large
 */
export async function writeOffsets(
  parts: GroupParts,
  group: string,
  committer: Committer,
  offsets: readonly LedgerOffsets[],
): Promise<void> {
  const chunks = await partsOf(parts, group, offsets, LEDGERS_PER_WRITE_MAX);
  for (const chunk of chunks) await writeChunk(parts, group, committer, chunk);
}

async function writeChunk(
  parts: GroupParts,
  group: string,
  committer: Committer,
  all: readonly LedgerOffsets[],
): Promise<void> {
  let chunk = all;
  const forward = committer !== 'anyone' && 'guard' in committer && committer.forward === true;
  let timeMs = parts.clock.nowMs();
  await withRetries(parts, group, async (uncertain) => {
    const fence = await fenceOf(parts, group, committer, chunk);
    // An earlier attempt may have landed while the fence held, or may land yet, where it is over by the clock alone.
    if (fence instanceof GroupError) {
      if (!uncertain) throw fence;
      await settle(parts, group, chunk, { timeMs, otherwise: fence, committer });
      return LANDED;
    }
    const writes = chunk.map((offsets) => commitOffsets(group, offsets, timeMs, forward));
    const answer = await parts.items.transact([fence, ...writes]).catch(async (error: unknown) => {
      throw await explained(parts, group, writes, error);
    });
    if (answer.applied) return LANDED;
    const [fenced, ...failed] = answer.failed;
    const met = failed.map((failure, i) => stored(writes[i]!.key.sk, failure?.item));
    // All of a chunk lands or none of it: where one item has just this commit, an attempt whose answer was lost did.
    if (uncertain && met.some((there, i) => there && hasCommitted(there, chunk[i]!, timeMs))) return LANDED;
    if (fenced && committer !== 'anyone' && 'guard' in committer) throw guardLost(group);
    if (forward) {
      chunk = chunk.flatMap((offsets, i) => notPassed(offsets, met[i]));
      if (chunk.length === 0) return LANDED;
      // Those left may have become fewer, and what is met next is of these.
      for (const there of met)
        if (there) timeMs = Math.max(timeMs, ...[...there.slots.values()].map((one) => one.timeMs + 1));
      return undefined;
    }
    for (const [i, there] of met.entries()) if (there) timeMs = Math.max(timeMs, latestTimeMs(there, chunk[i]!) + 1);
    return undefined;
  });
}

const LANDED = { landed: true };

/** What of the offsets is not behind what is there: nothing of a ledger without any. */
function notPassed(offsets: LedgerOffsets, there: StoredOffsets | undefined): LedgerOffsets[] {
  if (!there) return [offsets];
  const slots = new Map(
    [...offsets.slots].filter(([slot, { offset }]) => (there.slots.get(slot)?.offset ?? -1) < offset),
  );
  return slots.size > 0 ? [{ ...offsets, slots }] : [];
}

/**
 * Finds out whether a commit landed before its committer was fenced.
 * @throws `otherwise` where it did not, and cannot any more; GroupError group_conflict where nobody can tell: others have
 *   committed since, or its member is still there in the store, as nobody has noted yet that its session is over
 */
async function settle(
  parts: GroupParts,
  group: string,
  [first]: readonly LedgerOffsets[],
  { timeMs, otherwise, committer }: { timeMs: number; otherwise: GroupError; committer: Committer },
): Promise<void> {
  if (!first) return;
  // First, as what may land later is not to be missed.
  const isOver = !(await stillStands(parts, group, committer));
  const key = offsetsKey(group, first.topicId, first.ledger);
  const there = stored(key.sk, await parts.items.get(key));
  if (there && hasCommitted(there, first, timeMs)) return;
  const isFree = !there || latestTimeMs(there, first) < timeMs;
  if (isFree && isOver) throw otherwise;
  const message = isFree
    ? `Offsets of group "${group}" may still be stored by an attempt that was not answered, though its member's session is over; try again.`
    : `Offsets of group "${group}" were committed by others before it could be asked whether these had been; try again.`;
  throw new GroupError('group_conflict', message);
}

/** Whether the store still takes what this member commits. */
async function stillStands({ items }: GroupParts, group: string, committer: Committer): Promise<boolean> {
  if (committer === 'anyone' || 'guard' in committer) return false;
  const epochs = (await items.get(groupKey(group)))?.e as { readonly [memberId: string]: unknown } | undefined;
  return epochs?.[committer.memberId] === committer.memberEpoch;
}

function stored(sk: string, item: Item | undefined) {
  return item && parseOffsetsItem(sk, item);
}

/** The check that holds for as long as the committer may commit these; made from the group as it is now. */
export async function fenceOf(
  parts: GroupParts,
  group: string,
  committer: Committer,
  chunk: readonly LedgerOffsets[],
): Promise<Check | GroupError> {
  if (committer === 'anyone')
    return (await emptied(parts, group, 'name the one that commits')) ?? check(group, NO_MEMBERS);
  if ('guard' in committer) return committer.guard;
  const known = await readGroup(parts, group);
  if (!known) return unknownGroup(group);
  const { memberId, memberEpoch, instanceId } = committer;
  const partitions: { topicId: string; partition: number }[] = [];
  for (const { topicId, firstPartition, slots } of chunk) {
    for (const slot of slots.keys()) partitions.push({ topicId, partition: firstPartition + slot });
  }
  const state = sweep(known.state, parts.clock.nowMs());
  const member = state.classic
    ? committingMember(state, { memberId, generation: memberEpoch, instanceId })
    : actingMember(state, { memberId, epoch: memberEpoch, instanceId }, partitions);
  return member instanceof GroupError ? member : check(group, memberStands(memberId, memberEpoch));
}

/** Holds while the group exists; it is made where it does not. Who commits is not looked at. */
export async function requireGroupItem(parts: GroupParts, group: string): Promise<Check> {
  if (!(await readGroup(parts, group))) {
    await changeGroup<undefined>(parts, group, (state) => ({ state, answer: undefined }), { create: true });
  }
  return check(group, { if: 'itemExists' });
}

/**
 * Ends the sessions that are over, and says what is wrong where members are left, and what else could be done (`instead`)
 * than to stop them. The group is made where there is none.
 */
export async function emptied(parts: GroupParts, group: string, instead?: string): Promise<GroupError | undefined> {
  const step = (state: GroupState): Outcome<GroupState> => {
    const swept = sweep(state, parts.clock.nowMs());
    return { state: swept, answer: swept };
  };
  return notEmpty(group, memberCount(await changeGroup(parts, group, step, { create: true })), instead);
}

/** What is wrong with so many members where there should be none. */
export function notEmpty(group: string, members: number, instead?: string): GroupError | undefined {
  if (members === 0) return undefined;
  const ways = instead === undefined ? 'stop them first' : `stop them first, or ${instead}`;
  const message = `Group "${group}" has ${membersText(members)}; this needs a group without any: ${ways}.`;
  return new GroupError('group_not_empty', message);
}

function check(group: string, when: Condition): Check {
  return { write: 'check', key: groupKey(group), when };
}

export function guardLost(group: string): GroupError {
  return new GroupError('group_fenced', `The lease or other guard of a commit to group "${group}" no longer holds.`);
}
