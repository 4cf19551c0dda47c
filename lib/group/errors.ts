import { MillraceError } from '../bytes/index.ts';

/**
 * - `group_unknown`: no group of that name.
 * - `group_name_invalid`: not 1 to 249 bytes of text without control characters.
 * - `group_not_empty`: the request needs a group without members, and it has some.
 * - `group_full`: the group has as many members as one can hold.
 * - `group_too_large`: the group's state would outgrow its item.
 * - `group_conflict`: others kept changing the group at the same moment, and nothing was done; or nobody can tell what became of
 *   an attempt that was not answered. Try again.
 * - `group_corrupt`: a stored item of the group is not what was written.
 * - `member_unknown`: no such member, or its session ended: join again, with epoch 0.
 * - `group_fenced`: the member is there, but the request is of an epoch that is over, or touches a partition that is not its own.
 * - `instance_fenced`: another member has taken over this static instance id: stop, do not join again.
 * - `group_inconsistent_protocol`: the group has members of the other kind (classic or consumer protocol), or of another
 *   protocol type, or no way to assign that the member knows.
 * - `group_generation_illegal`: a classic member acts in a generation that is not the group's: join again.
 * - `group_rebalancing`: the group gathers its next generation: the classic member is to join it.
 * - `member_invalid`: a member id, instance id, client id or time-out out of its limits.
 * - `subscription_invalid`: too many topics, or a pattern that can't be read.
 * - `offsets_passed`: the group has come further than where what was consumed begins: somebody else has done it.
 * - `offset_invalid`: not an integer up to 2^53-1, or a relative reset where nothing was committed.
 * - `metadata_too_large`: over 4,096 bytes.
 * - `offsets_too_large`: with their metadata, offsets are more than their item, or one transaction of the store, can hold.
 */
export type GroupErrorCode =
  | 'group_unknown'
  | 'group_name_invalid'
  | 'group_not_empty'
  | 'group_full'
  | 'group_too_large'
  | 'group_conflict'
  | 'group_corrupt'
  | 'member_unknown'
  | 'group_fenced'
  | 'instance_fenced'
  | 'group_inconsistent_protocol'
  | 'group_generation_illegal'
  | 'group_rebalancing'
  | 'member_invalid'
  | 'subscription_invalid'
  | 'offsets_passed'
  | 'offset_invalid'
  | 'metadata_too_large'
  | 'offsets_too_large';

/** What goes wrong with groups, their members and their offsets. */
export class GroupError extends MillraceError<GroupErrorCode> {}

/** So many members, as messages say it: `a member`, `3 members`. */
export function membersText(count: number): string {
  return count === 1 ? 'a member' : `${count} members`;
}
