import type { Consumer, EachBatchPayload } from 'kafkajs';
import { partitionName } from '../../checker/index.ts';
import { type CrashClient, type Round, think } from './client.ts';
import { attempt, kafkajsClient } from './kafka.ts';

/** Kafka's brokers allow no shorter session; a server that is frozen for longer loses its members. */
const SESSION_MS = 6_000;

/** A member of a group that all such clients of the round share; it commits each batch that it was given. */
export const kafkajsConsumer: CrashClient = async (round, name) => {
  for (let life = 0; !round.ending.aborted; life++) {
    const consumer = kafkajsClient(round, name).consumer({
      groupId: groupOf(round),
      sessionTimeout: SESSION_MS,
      rebalanceTimeout: SESSION_MS,
      heartbeatInterval: 300,
      maxWaitTimeInMs: 200,
      retry: { initialRetryTime: 50, maxRetryTime: 400, retries: 6, restartOnFailure: async () => false },
    });
    const member = new Member(round, `${name}-${life}`, consumer);
    if (await attempt(() => member.start())) await member.ended;
    member.lose();
    await attempt(() => consumer.disconnect());
    await think(round, 200);
  }
};

export function groupOf({ prefix }: Round): string {
  return `${prefix}-group`;
}

class Member {
  /** When it crashed, or the round ends. */
  readonly ended: Promise<void>;
  readonly #round: Round;
  readonly #name: string;
  readonly #consumer: Consumer;
  #memberId = '';
  #joins = 0;

  constructor(round: Round, name: string, consumer: Consumer) {
    this.#round = round;
    this.#name = name;
    this.#consumer = consumer;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    round.ending.addEventListener('abort', () => resolve());
    consumer.on(consumer.events.CRASH, () => resolve());
    consumer.on(consumer.events.REBALANCING, () => this.lose());
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.#joined(payload.memberId, payload.memberAssignment));
  }

  async start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: this.#round.topics.map(({ name }) => name), fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (batch) => this.#take(batch),
    });
  }

  /** From here on it does not count as the owner of anything. */
  lose(): void {
    if (this.#memberId !== '') this.#note({ kind: 'revoke', group: groupOf(this.#round), member: this.#memberId });
  }

  #joined(memberId: string, assignment: Readonly<Record<string, readonly number[]>>): void {
    this.#memberId = memberId;
    const partitions = Object.entries(assignment).flatMap(([topic, all]) =>
      all.map((one) => partitionName(topic, one)),
    );
    // The client does not tell the generation; of one member, its joins are in the same order.
    this.#note({
      kind: 'assign',
      group: groupOf(this.#round),
      member: memberId,
      generation: this.#joins++,
      partitions,
    });
  }

  async #take({ batch, resolveOffset, isStale }: EachBatchPayload): Promise<void> {
    // What was fetched before a rebalance, or a seek, is not handed on.
    if (isStale() || batch.messages.length === 0) return;
    const partition = partitionName(batch.topic, batch.partition);
    const seen = batch.messages.map(({ offset, value }) => [Number(offset), String(value)] as const);
    const [group, member] = [groupOf(this.#round), this.#memberId];
    this.#note({ kind: 'poll', isolation: 'committed', records: { [partition]: seen }, group, member });
    const next = seen.at(-1)![0] + 1;
    const committing = this.#round.recorder.invoke(this.#name, {
      kind: 'commit',
      group,
      member,
      offsets: { [partition]: next },
    });
    try {
      await this.#consumer.commitOffsets([{ topic: batch.topic, partition: batch.partition, offset: String(next) }]);
      committing.ok();
    } catch (error) {
      committing.info(String(error));
      // The client hands the batch on once more.
      this.#note({ kind: 'seek' });
      throw error;
    }
    resolveOffset(String(next - 1));
  }

  #note(action: Parameters<Round['recorder']['note']>[1]): void {
    this.#round.recorder.note(this.#name, action);
  }
}
