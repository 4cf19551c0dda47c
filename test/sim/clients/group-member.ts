import {
  type Assign,
  type Commit,
  type Committed,
  type Heartbeat,
  type PartitionName,
  type Poll,
  partitionName,
  type Revoke,
  type Running,
  type Seek,
} from '../../checker/index.ts';
import type { KafkaConnection } from '../kafka-connection.ts';
import type { ClientParts } from './client.ts';
import { beginAnew, type FetchAnswer, type Position } from './reader.ts';

/** What a member of a group does and is told, as the history has it. One for each life of a client. */
export class MemberStory {
  readonly #parts: ClientParts;
  readonly #group: string;
  member = '';
  generation = -1;

  constructor(parts: ClientParts, group: string) {
    this.#parts = parts;
    this.#group = group;
  }

  /** Begins to ask what it has. */
  asks(): Running<Assign> {
    const { world, process } = this.#parts;
    return world.recorder.invoke<Assign>(process.name, { kind: 'assign', ...this.#who, partitions: [] });
  }

  /** The answer to `asks`. */
  gets(running: Running<Assign>, partitions: readonly PartitionName[]): void {
    running.ok({ ...this.#who, partitions });
  }

  givesUp(partitions?: readonly PartitionName[]): void {
    const { world, process } = this.#parts;
    world.recorder.note<Revoke>(process.name, { kind: 'revoke', ...this.#who, ...(partitions && { partitions }) });
  }

  beats(): Running<Heartbeat> {
    const { world, process } = this.#parts;
    return world.recorder.invoke<Heartbeat>(process.name, { kind: 'heartbeat', ...this.#who });
  }

  sees({ records }: Pick<FetchAnswer, 'records'>): void {
    const { world, process } = this.#parts;
    if (Object.keys(records).length === 0) return;
    world.recorder.note<Poll>(process.name, { kind: 'poll', isolation: 'committed', records, ...this.#who });
  }

  /** Where what it had to read next is gone, it reads on where the log begins. @throws ConnectionLost */
  async resets(connection: KafkaConnection, { outOfRange }: Pick<FetchAnswer, 'outOfRange'>): Promise<void> {
    const { world, process } = this.#parts;
    if (outOfRange.length === 0) return;
    const partitions = outOfRange.map(({ topic, partition }) => partitionName(topic, partition));
    world.recorder.note<Seek>(process.name, { kind: 'seek', partitions });
    await beginAnew(connection, outOfRange);
  }

  commits(positions: readonly Position[]): Running<Commit> {
    const { world, process } = this.#parts;
    const offsets = Object.fromEntries(
      positions.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]),
    );
    return world.recorder.invoke<Commit>(process.name, { kind: 'commit', ...this.#who, offsets });
  }

  looks(partitions: readonly PartitionName[]): Running<Committed> {
    const { world, process } = this.#parts;
    return world.recorder.invoke<Committed>(process.name, {
      kind: 'committed',
      group: this.#group,
      partitions,
      offsets: {},
    });
  }

  get #who() {
    return { group: this.#group, member: this.member, generation: this.generation };
  }
}
