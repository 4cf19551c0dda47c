import { type ApiName, KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { type Commit, type End, type Init, type PartitionName, partitionName, type Send } from '../../checker/index.ts';
import { ConnectionLost } from '../kafka-connection.ts';
import { batchOf, type SimulatedRecord } from './batches.ts';
import { backOff, type ClientParts, type KafkaLink } from './client.ts';
import { errorName, isRefusal } from './outcomes.ts';
import type { Position } from './reader.ts';

/** The transaction cannot be committed any more: it is to be aborted, and the producer may go on. */
export class MustAbort extends Error {}

/** The producer's id and epoch are of no more use: it has to ask for new ones, or another one has its place. */
export class ProducerOver extends Error {}

/** Tries of one request before the transaction is given up. */
const TRIES_MAX = 12;

const AGAIN: ReadonlySet<number> = new Set([
  KAFKA_ERRORS.CONCURRENT_TRANSACTIONS,
  KAFKA_ERRORS.COORDINATOR_NOT_AVAILABLE,
  KAFKA_ERRORS.COORDINATOR_LOAD_IN_PROGRESS,
  KAFKA_ERRORS.NOT_COORDINATOR,
  KAFKA_ERRORS.REQUEST_TIMED_OUT,
  KAFKA_ERRORS.NETWORK_EXCEPTION,
  KAFKA_ERRORS.KAFKA_STORAGE_ERROR,
  KAFKA_ERRORS.NOT_LEADER_OR_FOLLOWER,
  KAFKA_ERRORS.NOT_ENOUGH_REPLICAS,
  KAFKA_ERRORS.UNSTABLE_OFFSET_COMMIT,
  KAFKA_ERRORS.UNKNOWN_TOPIC_OR_PARTITION,
]);

const OVER: ReadonlySet<number> = new Set([
  KAFKA_ERRORS.INVALID_PRODUCER_EPOCH,
  KAFKA_ERRORS.PRODUCER_FENCED,
  KAFKA_ERRORS.INVALID_PRODUCER_ID_MAPPING,
  KAFKA_ERRORS.INVALID_TXN_STATE,
  KAFKA_ERRORS.UNKNOWN_PRODUCER_ID,
  KAFKA_ERRORS.OUT_OF_ORDER_SEQUENCE_NUMBER,
]);

/** The versions of requests by that of the transactions. From 2 on nothing that comes late does any harm, whatever the network does. */
const VERSIONS = {
  1: { Produce: { version: 11 }, TxnOffsetCommit: { version: 4 }, EndTxn: { version: 4 } },
  2: {
    Produce: { version: 12, mayBeLate: true },
    TxnOffsetCommit: { version: 5, mayBeLate: true },
    EndTxn: { version: 5, mayBeLate: true },
  },
} as const;

/** Who a transactional producer is. */
export interface Identity {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly epoch: number;
}

/** What the group is told of whom the offsets are. */
export interface Consuming {
  readonly group: string;
  readonly memberId: string;
  readonly epoch: number;
  readonly instanceId: string | null;
}

/**
 * A transactional producer as a client library has it: one transaction after the other, each request sent again until it
 * is answered for good. Whatever it does is in the history.
 */
export class TransactionalProducer {
  readonly #parts: ClientParts;
  readonly #link: KafkaLink;
  readonly #transactionalId: string;
  readonly #timeoutMs: number;
  readonly #version: 1 | 2;
  #identity: Identity | undefined;
  /** The identity that it was given by InitProducerId. */
  #given: Identity | undefined;
  #sequences = new Map<PartitionName, number>();
  #txn = -1;
  #added = new Set<string>();
  /** Whether servers may know of the transaction. */
  #hasBegun = false;

  constructor(
    parts: ClientParts,
    link: KafkaLink,
    options: { transactionalId: string; timeoutMs: number; version: 1 | 2 },
  ) {
    this.#parts = parts;
    this.#link = link;
    this.#transactionalId = options.transactionalId;
    this.#timeoutMs = options.timeoutMs;
    this.#version = options.version;
  }

  /** The transaction that is open, as the history has it. */
  get txn(): number {
    return this.#txn;
  }

  /** Begins a transaction; asks for an id and epoch first, where there are none. @throws ProducerOver */
  async begin(): Promise<void> {
    if (!this.#identity) await this.#init();
    const { world, process } = this.#parts;
    const { producerId, epoch, transactionalId } = this.#given!;
    this.#txn = world.recorder.transaction({
      process: process.name,
      transactionalId,
      producerId,
      epoch,
      atomic: false,
    });
    this.#added = new Set();
    this.#hasBegun = false;
  }

  /** Sends a batch as part of the transaction. @throws MustAbort, ProducerOver */
  async send(topic: string, partition: number, records: readonly SimulatedRecord[]): Promise<void> {
    const name = partitionName(topic, partition);
    const { world, process } = this.#parts;
    const { producerId, epoch, transactionalId } = this.#identity!;
    const sequence = this.#sequences.get(name) ?? 0;
    this.#sequences.set(name, sequence + records.length);
    const named = records.map((record) => ({ ...record, partition: name }));
    const producer = `${transactionalId}#${producerId}.${epoch}`;
    const running = world.recorder.invoke<Send>(process.name, {
      kind: 'send',
      records: named,
      txn: this.#txn,
      producer,
    });
    const options = { producerId, producerEpoch: epoch, baseSequence: sequence, transactional: true };
    const batch = batchOf(options, records, process.clock.nowMs());
    let isDoubtful = false;
    try {
      // A partition that was added holds readers back, be it that nothing is sent to it.
      this.#hasBegun = true;
      if (this.#version === 1) await this.#add(topic, partition);
      const { baseOffset } = await this.#untilAnswered(
        'Produce',
        async () => {
          const asked = {
            transactionalId,
            acks: -1,
            timeoutMs: 5_000,
            topicData: [{ name: topic, partitionData: [{ index: partition, records: batch }] }],
          };
          const { responses } = await this.#link.connection.call('Produce', asked, VERSIONS[this.#version].Produce);
          const answer = responses[0]!.partitionResponses[0]!;
          const isDone = answer.errorCode === KAFKA_ERRORS.DUPLICATE_SEQUENCE_NUMBER;
          if (answer.errorCode !== KAFKA_ERRORS.NONE && !isRefusal(answer.errorCode)) isDoubtful = true;
          return isDone ? { ...answer, errorCode: KAFKA_ERRORS.NONE } : answer;
        },
        () => {
          isDoubtful = true;
        },
      );
      running.ok({ records: named.map((one, i) => ({ ...one, ...(baseOffset >= 0 && { offset: baseOffset + i }) })) });
    } catch (error) {
      if (isDoubtful) running.info(String(error));
      else running.fail(String(error));
      throw error;
    }
  }

  /** Makes offsets that were consumed part of the transaction. @throws MustAbort, ProducerOver */
  async commitOffsets(
    consuming: Consuming,
    positions: readonly Position[],
    generation: number | undefined,
  ): Promise<void> {
    const { world, process } = this.#parts;
    const { producerId, epoch: producerEpoch, transactionalId } = this.#identity!;
    const { group: groupId, memberId, epoch, instanceId: groupInstanceId } = consuming;
    this.#hasBegun = true;
    if (this.#version === 1) {
      await this.#untilAnswered('AddOffsetsToTxn', () =>
        this.#link.connection.call('AddOffsetsToTxn', { transactionalId, producerId, producerEpoch, groupId }),
      );
    }
    const offsets = Object.fromEntries(
      positions.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]),
    );
    const who = generation === undefined ? {} : { member: memberId, generation };
    const running = world.recorder.invoke<Commit>(process.name, {
      kind: 'commit',
      group: groupId,
      ...who,
      offsets,
      txn: this.#txn,
    });
    const topics = [...Map.groupBy(positions, ({ topic }) => topic)].map(([name, all]) => ({
      name,
      partitions: all.map(({ partition, offset }) => ({ partitionIndex: partition, committedOffset: offset })),
    }));
    try {
      await this.#untilAnswered('TxnOffsetCommit', async () => {
        const asked = {
          transactionalId,
          groupId,
          producerId,
          producerEpoch,
          generationId: epoch,
          memberId,
          groupInstanceId,
          topics,
        };
        const answer = await this.#link.connection.call(
          'TxnOffsetCommit',
          asked,
          VERSIONS[this.#version].TxnOffsetCommit,
        );
        const codes = answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
        return { errorCode: codes.find((code) => code !== KAFKA_ERRORS.NONE) ?? KAFKA_ERRORS.NONE };
      });
      running.ok();
    } catch (error) {
      running.info(String(error));
      throw error;
    }
  }

  /** Ends the transaction. @throws MustAbort, ProducerOver */
  async end(commit: boolean): Promise<void> {
    const { world, process } = this.#parts;
    const { producerId, epoch: producerEpoch, transactionalId } = this.#identity!;
    const running = world.recorder.invoke<End>(process.name, { kind: 'end', txn: this.#txn, commit });
    let isDoubtful = false;
    try {
      if (this.#hasBegun) {
        const asked = { transactionalId, producerId, producerEpoch, committed: commit };
        const answer = await this.#untilAnswered(
          'EndTxn',
          () => this.#link.connection.call('EndTxn', asked, VERSIONS[this.#version].EndTxn),
          () => {
            isDoubtful = true;
          },
        );
        if (this.#version === 2) this.#is({ producerId: answer.producerId, epoch: answer.producerEpoch });
      }
      running.ok();
    } catch (error) {
      if (isDoubtful || !(error instanceof ProducerOver)) running.info(String(error));
      else running.fail(String(error));
      throw error;
    }
  }

  /** Forgets who it is: the next transaction begins under a new epoch, which ends what this one has left open. */
  reset(): void {
    this.#identity = undefined;
    this.#link.drop();
  }

  async #init(): Promise<void> {
    const { world, process } = this.#parts;
    const transactionalId = this.#transactionalId;
    const running = world.recorder.invoke<Init>(process.name, { kind: 'init', transactionalId });
    const asked = { transactionalId, transactionTimeoutMs: this.#timeoutMs, producerId: -1, producerEpoch: -1 };
    const { producerId, producerEpoch: epoch } = await this.#untilAnswered('InitProducerId', () =>
      this.#link.connection.call('InitProducerId', asked),
    );
    running.ok({ producerId, epoch });
    this.#is({ producerId, epoch });
    this.#given = this.#identity;
  }

  #is(identity: { producerId: number; epoch: number }): void {
    this.#identity = { transactionalId: this.#transactionalId, ...identity };
    this.#sequences = new Map();
  }

  async #add(topic: string, partition: number): Promise<void> {
    const name = partitionName(topic, partition);
    if (this.#added.has(name)) return;
    const { producerId, epoch, transactionalId } = this.#identity!;
    await this.#untilAnswered('AddPartitionsToTxn', async () => {
      const answer = await this.#link.connection.call('AddPartitionsToTxn', {
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: epoch,
        v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
      });
      return { errorCode: answer.resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode };
    });
    this.#added.add(name);
  }

  /** Sends a request again, to whichever server, until it is answered for good. @throws MustAbort, ProducerOver */
  async #untilAnswered<Answer extends { readonly errorCode: number }>(
    api: ApiName,
    ask: () => Promise<Answer>,
    doubt: () => void = () => {},
  ): Promise<Answer> {
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      try {
        const answer = await ask();
        if (answer.errorCode === KAFKA_ERRORS.NONE) return answer;
        if (OVER.has(answer.errorCode)) throw new ProducerOver(`${api}: ${errorName(answer.errorCode)}`);
        if (!AGAIN.has(answer.errorCode)) throw new MustAbort(`${api}: ${errorName(answer.errorCode)}`);
        if (!isRefusal(answer.errorCode)) doubt();
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        doubt();
      }
      this.#link.drop();
      await backOff(this.#parts, tries);
    }
    throw new ProducerOver(`${api}: not answered`);
  }
}
