/**
 * Consumer groups: membership as pure state machines, after KIP-848 (membership.ts and what it uses) and after Kafka's
 * classic protocol (classic.ts and its neighbours), stored as one item per group; committed offsets, one item per group and ledger; and `Groups`, the service over both, for any number of
 * processes. No broker and no timer: every request ends the sessions that are over.
 */
export type { AssignorName } from './assign.ts';
export { OffsetsPassed } from './beside.ts';
export type { JoinedGroup } from './classic.ts';
export type { ClassicActor, ClassicSync, Leaver, SyncedMember } from './classic-members.ts';
export type { ClassicJoinRequest, ClassicSessions, IdToJoinWith } from './classic-sessions.ts';
export type { Committer } from './commits.ts';
export { GroupError, type GroupErrorCode } from './errors.ts';
export { type ExpiryOptions, OFFSETS_RETENTION_MS } from './expiry.ts';
export { groupPk } from './group-item.ts';
export { memberlessGroup, REGISTRY_PK } from './group-store.ts';
export { type Consumed, type GroupListing, Groups, type GroupsOptions } from './groups.ts';
export type { GroupLag, PartitionLag } from './lag.ts';
export { checkGroupName, checkOffset, REBALANCE_TIMEOUT_MS, SESSION_TIMEOUT_MS } from './limits.ts';
export type { CommittedPosition, OffsetToCommit, StablePositions } from './offsets.ts';
export { type LedgerOffsets, OFFSETS_PREFIX, withoutPending } from './offsets-item.ts';
export { topicPattern } from './pattern.ts';
export { type PendingCommitter, PendingOffsets, type PendingPlace, type PlaceWrites } from './pending.ts';
export type { LogOffsets, TopicDirectory } from './port.ts';
export type { ResetOptions, ResetPosition, ResetTo } from './reset.ts';
export { OFFSETS_BYTES_MAX, type OffsetsUpdate } from './room.ts';
export type { HeartbeatRequest, LeaveRequest } from './sessions.ts';
export type { Subscription } from './state.ts';
export { checkSubscription } from './target.ts';
export type {
  Assignment,
  GroupDescription,
  GroupKind,
  GroupPhase,
  GroupSummary,
  MemberDescription,
  TopicPartitions,
} from './view.ts';
export type { WaitingOffsets } from './waiting.ts';
