import type { Condition, Item, Write } from '../store/index.ts';
import { GroupError } from './errors.ts';
import { groupKey, memberStands, NO_MEMBERS } from './group-item.ts';
import { changeGroup, type GroupParts, readKnownGroup } from './group-store.ts';
import { actingMember, type Outcome, sweep } from './membership.ts';
import { commitOffsets, hasCommitted, type LedgerOffsets, latestTimeMs, parseOffsetsItem } from './offsets-item.ts';
import { withRetries } from './retry.ts';
import type { GroupState } from './state.ts';

/**
 * Who commits:
 * - a member, in an epoch: it must own every partition that it commits, up to the moment of the write;
 * - whoever holds what `guard` checks (a route's lease): members of the group are not looked at;
 * - nobody in particular: the group must have no members.
 */
export type Committer =
  | { readonly memberId: string; readonly memberEpoch: number; readonly instanceId?: string | undefined }
  | { readonly guard: Extract<Write, { write: 'check' }> }
  | 'anyone';

/** DynamoDB takes 100 writes and 4 MiB at once; one is the check, and text may grow where it is encoded. */
const LEDGERS_PER_WRITE_MAX = 99;
const BYTES_PER_WRITE_MAX = 2 * 1024 * 1024;
const SLOT_BYTES = 64;

/**
 * Writes offsets in one transaction per 99 ledgers, each fenced by the committer's condition.
 *
 * @throws GroupError group_unknown, member_unknown, group_fenced, group_not_empty, group_conflict
 */
export async function writeOffsets(
  parts: GroupParts,
  group: string,
  committer: Committer,
  offsets: readonly LedgerOffsets[],
): Promise<void> {
  for (const chunk of chunksOf(offsets)) await writeChunk(parts, group, committer, chunk);
}

async function writeChunk(
  parts: GroupParts,
  group: string,
  committer: Committer,
  chunk: readonly LedgerOffsets[],
): Promise<void> {
  let timeMs = parts.clock.nowMs();
  await withRetries(parts, group, async (uncertain) => {
    const fence = await fenceOf(parts, group, committer, chunk);
    const writes = chunk.map((offsets) => commitOffsets(group, offsets, timeMs));
    const answer = await parts.items.transact([fence, ...writes]);
    if (answer.applied) return answer;
    const [fenced, ...failed] = answer.failed;
    const met = failed.map((failure, i) => failure && stored(writes[i]!.key.sk, failure.item));
    // All of a chunk lands or none of it: where one item has just this commit, an attempt whose answer was lost did.
    const landed = met.some((there, i) => there && hasCommitted(there, chunk[i]!, timeMs));
    if (uncertain && landed) return { applied: true };
    if (fenced && committer !== 'anyone' && 'guard' in committer) throw guardLost(group);
    for (const [i, there] of met.entries()) if (there) timeMs = Math.max(timeMs, latestTimeMs(there, chunk[i]!) + 1);
    return undefined;
  });
}

function stored(sk: string, item: Item | undefined) {
  return item && parseOffsetsItem(sk, item);
}

/** The check that holds for as long as the committer may commit these; made from the group as it is now. */
async function fenceOf(
  parts: GroupParts,
  group: string,
  committer: Committer,
  chunk: readonly LedgerOffsets[],
): Promise<Extract<Write, { write: 'check' }>> {
  if (committer === 'anyone') {
    await endSessions(parts, group, { create: true });
    return check(group, NO_MEMBERS);
  }
  if ('guard' in committer) return committer.guard;
  const { state } = await readKnownGroup(parts, group);
  const { memberId, memberEpoch, instanceId } = committer;
  const partitions: { topicId: string; partition: number }[] = [];
  for (const { topicId, firstPartition, slots } of chunk) {
    for (const slot of slots.keys()) partitions.push({ topicId, partition: firstPartition + slot });
  }
  const who = { memberId, epoch: memberEpoch, instanceId };
  const member = actingMember(sweep(state, parts.clock.nowMs()), who, partitions);
  if (member instanceof GroupError) throw member;
  return check(group, memberStands(memberId, memberEpoch));
}

/** Ends the sessions that are over. @throws GroupError group_not_empty where members are left; group_unknown unless `create` */
export async function endSessions(parts: GroupParts, group: string, options?: { create: boolean }): Promise<void> {
  const step = (state: GroupState): Outcome<undefined> => {
    const swept = sweep(state, parts.clock.nowMs());
    if (swept.members.size === 0) return { state: swept, answer: undefined };
    const message = `Group "${group}" has ${swept.members.size} members; this needs a group without any.`;
    return { state: swept, answer: new GroupError('group_not_empty', message) };
  };
  await changeGroup(parts, group, step, options);
}

function check(group: string, when: Condition): Extract<Write, { write: 'check' }> {
  return { write: 'check', key: groupKey(group), when };
}

function guardLost(group: string): GroupError {
  return new GroupError('group_fenced', `The lease or other guard of a commit to group "${group}" no longer holds.`);
}

function* chunksOf(offsets: readonly LedgerOffsets[]): Generator<readonly LedgerOffsets[]> {
  let chunk: LedgerOffsets[] = [];
  let sizeBytes = 0;
  for (const ledger of offsets) {
    let ledgerBytes = ledger.topic.length;
    for (const { metadata } of ledger.slots.values()) ledgerBytes += SLOT_BYTES + Buffer.byteLength(metadata ?? '');
    if (chunk.length === LEDGERS_PER_WRITE_MAX || (chunk.length > 0 && sizeBytes + ledgerBytes > BYTES_PER_WRITE_MAX)) {
      yield chunk;
      chunk = [];
      sizeBytes = 0;
    }
    chunk.push(ledger);
    sizeBytes += ledgerBytes;
  }
  if (chunk.length > 0) yield chunk;
}
