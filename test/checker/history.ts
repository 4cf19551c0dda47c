/** A partition of a topic, as `orders/3`. */
export type PartitionName = string;

/** `ok`: it took effect. `fail`: it certainly did not, and never will. `info`: nobody knows, it may even take effect later. */
export type Outcome = 'ok' | 'fail' | 'info';

/** What a consumer saw: an offset, and the value there. */
export type Seen = readonly [offset: number, value: string];

/** Whether records of undecided and aborted transactions are shown. */
export type Isolation = 'committed' | 'uncommitted';

export interface SentRecord {
  /** Absent where the server chooses it and did not answer. */
  readonly partition?: PartitionName | undefined;
  readonly key?: string | undefined;
  /** Unique in the history: it names the record. */
  readonly value: string;
  /** It has no value, as the log sees it: what deletes its key where topics are compacted. */
  readonly tombstone?: boolean | undefined;
  /** As it was answered; absent where it is not known. */
  readonly offset?: number | undefined;
}

/** One request of records, all or nothing in each partition. */
export interface Send {
  readonly kind: 'send';
  /** In the order in which they were sent. */
  readonly records: readonly SentRecord[];
  readonly txn?: number;
  /** An idempotent producer: what it sends to a partition keeps the order of invocation, several under way or not. */
  readonly producer?: string;
  /** Its client sends it again without idempotence: the record may be there more than once. */
  readonly mayRepeat?: boolean;
}

/**
 * What a consumer got next. The polls of a process continue each other, partition by partition, until a `seek` or an
 * `assign` of that process.
 */
export interface Poll {
  readonly kind: 'poll';
  readonly isolation: Isolation;
  readonly records: Readonly<Record<PartitionName, readonly Seen[]>>;
  readonly group?: string;
  readonly member?: string;
  readonly generation?: number;
  /** The transaction that consumes them. */
  readonly txn?: number;
}

/** The process reads on from somewhere else. */
export interface Seek {
  readonly kind: 'seek';
  /** All of its partitions where absent. */
  readonly partitions?: readonly PartitionName[];
}

/** All visible records of a partition with `from <= offset < to`, whatever polls found: a final read has `to` at the end. */
export interface Read {
  readonly kind: 'read';
  readonly partition: PartitionName;
  readonly isolation: Isolation;
  readonly from: number;
  /** As the server told it: the high watermark, or the last stable offset. */
  readonly to: number;
  readonly records: readonly Seen[];
  /** `from` is where the server says that the log begins: nothing before it is left. */
  readonly isStart?: boolean;
  /** Nobody did anything else meanwhile: all of it is of one moment. */
  readonly still?: boolean;
}

/** Records of a partition before an offset are deleted: from its invocation on they may be gone. */
export interface Trim {
  readonly kind: 'trim';
  readonly partition: PartitionName;
  readonly before: number;
}

/** Partitions are added to a topic. */
export interface Grow {
  readonly kind: 'grow';
  readonly topic: string;
  readonly to: number;
}

/** A topic is deleted, or made (anew, under a name that one had before). */
export interface Found {
  readonly kind: 'found';
  readonly topic: string;
  readonly is: 'deleted' | 'made';
}

/** Offsets committed for a group: where each partition is read on. */
export interface Commit {
  readonly kind: 'commit';
  readonly group: string;
  /** Absent where it is committed from outside of the membership. */
  readonly member?: string;
  readonly generation?: number;
  readonly offsets: Readonly<Record<PartitionName, number>>;
  /** They count only once this transaction is committed. */
  readonly txn?: number;
}

/** A look at a group's committed offsets; a partition without one is absent. */
export interface Committed {
  readonly kind: 'committed';
  readonly group: string;
  /** Those that were asked for. */
  readonly partitions: readonly PartitionName[];
  readonly offsets: Readonly<Record<PartitionName, number>>;
}

/** A member learns all that it has from now on (possibly nothing). Invoked when it asked, ended when it knew. */
export interface Assign {
  readonly kind: 'assign';
  readonly group: string;
  readonly member: string;
  /** Of the group, or the member's epoch. */
  readonly generation: number;
  readonly partitions: readonly PartitionName[];
}

/** A member gives partitions up, or leaves: it does not count as their owner from the invocation on. */
export interface Revoke {
  readonly kind: 'revoke';
  readonly group: string;
  readonly member: string;
  /** All where absent. */
  readonly partitions?: readonly PartitionName[];
}

/** The group says (`ok`) that the member is still one, with what it has; or (`fail`) that it is not. */
export interface Heartbeat {
  readonly kind: 'heartbeat';
  readonly group: string;
  readonly member: string;
  readonly generation: number;
}

/** A producer asks for its id and epoch: whoever had the transactional id before is fenced. */
export interface Init {
  readonly kind: 'init';
  readonly transactionalId: string;
  /** As answered. */
  readonly producerId?: number;
  readonly epoch?: number;
}

/** A transaction is ended. Without a successful `end` that commits, nothing of it may ever be seen. */
export interface End {
  readonly kind: 'end';
  readonly txn: number;
  readonly commit: boolean;
}

export type Action =
  | Send
  | Poll
  | Seek
  | Read
  | Trim
  | Grow
  | Found
  | Commit
  | Committed
  | Assign
  | Revoke
  | Heartbeat
  | Init
  | End;

/** Later than all moments, and a number in JSON. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** An action that somebody began, and what became of it. `invoked` and `ended` are places in one order of all moments. */
export type Operation<A extends Action = Action> = A & {
  readonly id: number;
  /** A thread of control: one producer, one consumer, or one that does both. */
  readonly process: string;
  readonly invoked: number;
  /** `NEVER` where it did not end. */
  readonly ended: number;
  readonly outcome: Outcome;
  /** When it was invoked, for readers. */
  readonly atMs: number;
  /** When it ended, by the same clock. */
  readonly endedMs?: number;
  /** Why it failed, or nobody knows, for readers. */
  readonly why?: string;
};

export interface Transaction {
  readonly id: number;
  readonly process: string;
  readonly transactionalId?: string;
  /** Those that its producer was given by `init`. */
  readonly producerId?: number;
  readonly epoch?: number;
  /**
   * All of it is one request, and takes its place at one moment. Others are appended as they come, and so may stand
   * between each other's records, as in Kafka.
   */
  readonly atomic: boolean;
}

/** All that happened; `operations` by `invoked`. Plain data: it is kept as JSON. */
export interface History {
  readonly operations: readonly Operation[];
  readonly transactions: readonly Transaction[];
}

/** `orders`, 3: `orders/3`. */
export function partitionName(topic: string, partition: number): PartitionName {
  return `${topic}/${partition}`;
}
