import type { History, Isolation, PartitionName, Seen } from './history.ts';
import { Recorder } from './recorder.ts';

/** The partition of stories that need only one. */
export const A: PartitionName = 'orders/0';
export const B: PartitionName = 'orders/1';

type Places = Readonly<Record<PartitionName, readonly Seen[]>>;

/** A history told in short sentences, each of which ends before the next begins; `recorder` is there for all else. */
export class Story {
  readonly recorder = new Recorder();

  get history(): History {
    return this.recorder.history();
  }

  /** One request of one record to A or elsewhere, acknowledged. */
  sent(
    process: string,
    value: string,
    offset: number,
    { partition = A, key, txn }: { partition?: string; key?: string; txn?: number } = {},
  ): void {
    const records = [{ partition, value, offset, ...(key !== undefined && { key }) }];
    this.recorder.note(process, { kind: 'send', records, ...(txn !== undefined && { txn }) });
  }

  polled(
    process: string,
    records: Places,
    { txn, isolation = 'committed' }: { txn?: number; isolation?: Isolation } = {},
  ): void {
    this.recorder.note(process, { kind: 'poll', isolation, records, ...(txn !== undefined && { txn }) });
  }

  /** All of a partition, to its end. */
  read(partition: PartitionName, to: number, ...records: Seen[]): void {
    this.recorder.note('reader', { kind: 'read', partition, isolation: 'committed', from: 0, to, records });
  }

  /** A transaction that is appended as it comes. */
  begun(process: string, more: { transactionalId?: string; producerId?: number; epoch?: number } = {}): number {
    return this.recorder.transaction({ process, atomic: false, ...more });
  }

  ended(process: string, txn: number, commit = true): void {
    this.recorder.note(process, { kind: 'end', txn, commit });
  }

  committed(member: string, generation: number, offset: number, partition = A): void {
    const offsets = { [partition]: offset };
    this.recorder.note(member, { kind: 'commit', group: 'g', member, generation, offsets });
  }

  assigned(member: string, generation: number, ...partitions: PartitionName[]): void {
    this.recorder.note(member, { kind: 'assign', group: 'g', member, generation, partitions });
  }

  beat(member: string, generation: number): void {
    this.recorder.note(member, { kind: 'heartbeat', group: 'g', member, generation });
  }

  /** What the group's offset in A is said to be. */
  offset(offset?: number): void {
    const offsets: Record<PartitionName, number> = offset === undefined ? {} : { [A]: offset };
    this.recorder.note('admin', { kind: 'committed', group: 'g', partitions: [A], offsets });
  }
}
