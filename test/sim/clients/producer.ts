import { KAFKA_ERRORS } from '../../../lib/kafka/index.ts';
import { partitionName, type Running, type Send } from '../../checker/index.ts';
import { ConnectionLost } from '../kafka-connection.ts';
import { batchOf, recordOf, type SimulatedRecord } from './batches.ts';
import { backOff, type ClientParts, type ClientProgram, KafkaLink } from './client.ts';
import { errorName, isFatal, isRefusal } from './outcomes.ts';

/** A topic as clients know it. */
export interface KnownTopic {
  readonly name: string;
  readonly partitions: number;
  /** How many keys records have; 0: none. */
  readonly keys: number;
  /** Whether partitions were added to it. */
  readonly hasGrown?: boolean;
}

export interface ProducerOptions {
  readonly topics: readonly KnownTopic[];
  /** Batches that it sends before it ends. */
  readonly batches: number;
  /** The longest pause between two rounds, in ms. */
  readonly thinkMs: number;
  readonly idempotent: boolean;
  /** Whether one that is not idempotent sends again what may have been stored. */
  readonly repeats: boolean;
}

/** Batches under way at once, as in Kafka's producers (max.in.flight.requests.per.connection). */
const IN_FLIGHT_MAX = 5;
const RECORDS_MAX = 4;
/** After so long a batch is given up (delivery.timeout.ms). */
const DELIVERY_TIMEOUT_MS = 30_000;

/** A batch on its way: it stays until the broker has answered for it, or its time is over. */
interface Outgoing {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly SimulatedRecord[];
  readonly sequence: number;
  readonly running: Running<Send>;
  readonly sinceMs: number;
  /** Whether some try may have stored it though nobody said so. */
  isDoubtful: boolean;
}

/** A Kafka producer: pipelined, with retries over any server, idempotent or not. */
export function producer(options: ProducerOptions): ClientProgram {
  return (parts) => new Producer(parts, options).run();
}

class Producer {
  readonly #parts: ClientParts;
  readonly #options: ProducerOptions;
  readonly #link: KafkaLink;
  /** Undefined: to be asked for. Without idempotence, -1. */
  #producerId: number | undefined;
  #epoch = -1;
  #sequences = new Map<string, number>();
  #outgoing: Outgoing[] = [];
  #values = 0;
  #failures = 0;

  constructor(parts: ClientParts, options: ProducerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#link = new KafkaLink(parts);
    this.#producerId = options.idempotent ? undefined : -1;
  }

  async run(): Promise<void> {
    const { process, chance, ending } = this.#parts;
    const { batches, thinkMs } = this.#options;
    let left = batches;
    while ((left > 0 && !ending()) || this.#outgoing.length > 0) {
      try {
        if (this.#producerId === undefined) await this.#begin();
        const room = Math.min(left, IN_FLIGHT_MAX - this.#outgoing.length);
        if (room > 0 && !ending()) {
          const fresh = 1 + chance.below(room);
          for (let i = 0; i < fresh; i++) this.#outgoing.push(this.#next());
          left -= fresh;
        }
        await this.#round();
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        this.#failures++;
      }
      if (this.#failures > 0) await backOff(this.#parts, this.#failures);
      else await process.clock.sleep(chance.between(0, thinkMs));
    }
  }

  async #begin(): Promise<void> {
    const answer = await this.#link.connection.call('InitProducerId', {
      transactionalId: null,
      transactionTimeoutMs: 0,
    });
    if (answer.errorCode !== KAFKA_ERRORS.NONE) throw new ConnectionLost();
    this.#producerId = answer.producerId;
    this.#epoch = answer.producerEpoch;
    this.#sequences = new Map();
  }

  #next(): Outgoing {
    const { chance, process, world } = this.#parts;
    const { topics, idempotent, repeats } = this.#options;
    const { name: topic, partitions, keys } = chance.pick(topics);
    const partition = chance.below(partitions);
    const records = Array.from({ length: 1 + chance.below(RECORDS_MAX) }, () =>
      recordOf(chance, keys, `${process.name}-${this.#values++}`),
    );
    const name = partitionName(topic, partition);
    const sequence = this.#sequences.get(name) ?? 0;
    this.#sequences.set(name, sequence + records.length);
    const running = world.recorder.invoke<Send>(process.name, {
      kind: 'send',
      records: records.map((record) => ({ ...record, partition: name })),
      ...(idempotent && { producer: `${process.name}#${this.#producerId}` }),
      ...(repeats && { mayRepeat: true }),
    });
    const sinceMs = process.clock.monotonicMs();
    return { topic, partition, records, sequence, running, sinceMs, isDoubtful: false };
  }

  /** Sends all that is not answered for, in order, without waiting in between. */
  async #round(): Promise<void> {
    const { connection } = this.#link;
    const batches = [...this.#outgoing];
    const answers = await Promise.all(batches.map((batch) => this.#send(connection, batch)));
    const firsts = new Set<string>();
    let isOver = false;
    this.#failures++;
    for (const [i, batch] of batches.entries()) {
      const at = partitionName(batch.topic, batch.partition);
      const isFirst = !firsts.has(at);
      if (this.#settle(batch, answers[i]!)) this.#failures = 0;
      else {
        firsts.add(at);
        isOver ||= this.#isOver(batch, answers[i]!, isFirst);
      }
    }
    if (isOver) this.#giveUp();
  }

  async #send(
    connection: KafkaLink['connection'],
    batch: Outgoing,
  ): Promise<{ errorCode: number; baseOffset: number }> {
    const { idempotent } = this.#options;
    const { topic, partition, records, sequence } = batch;
    const options = idempotent
      ? { producerId: this.#producerId!, producerEpoch: this.#epoch, baseSequence: sequence }
      : {};
    const bytes = batchOf(options, records, this.#parts.process.clock.nowMs());
    const body = {
      acks: -1,
      timeoutMs: 5_000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records: bytes }] }],
    };
    try {
      const answer = await connection.call('Produce', body);
      return answer.responses[0]!.partitionResponses[0]!;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      return { errorCode: KAFKA_ERRORS.NETWORK_EXCEPTION, baseOffset: -1 };
    }
  }

  /** Whether the batch is answered for. */
  #settle(batch: Outgoing, { errorCode, baseOffset }: { errorCode: number; baseOffset: number }): boolean {
    if (errorCode === KAFKA_ERRORS.NONE || errorCode === KAFKA_ERRORS.DUPLICATE_SEQUENCE_NUMBER) {
      const partition = partitionName(batch.topic, batch.partition);
      // Of several places where it may stand, an answer tells one alone.
      const isKnown = baseOffset >= 0 && !this.#options.repeats;
      const records = batch.records.map((record, i) => {
        return { ...record, partition, ...(isKnown && { offset: baseOffset + i }) };
      });
      batch.running.ok({ records });
      this.#remove(batch);
      return true;
    }
    if (!isRefusal(errorCode)) batch.isDoubtful = true;
    const { idempotent, repeats } = this.#options;
    if (!idempotent && !repeats) {
      this.#fail(batch, errorName(errorCode));
      this.#remove(batch);
    }
    return false;
  }

  /** Whether the producer has to give up all that is on its way, and go on under a new id. */
  #isOver(batch: Outgoing, { errorCode }: { errorCode: number }, isFirst: boolean): boolean {
    if (this.#parts.process.clock.monotonicMs() - batch.sinceMs > DELIVERY_TIMEOUT_MS) return true;
    // Behind a batch that failed, those that follow are out of order, and are sent again with it.
    return this.#options.idempotent && isFatal(errorCode) && isFirst;
  }

  #giveUp(): void {
    for (const batch of this.#outgoing) this.#fail(batch, 'given up');
    this.#outgoing = [];
    if (this.#options.idempotent) this.#producerId = undefined;
    this.#link.drop();
  }

  #fail(batch: Outgoing, why: string): void {
    if (batch.isDoubtful) batch.running.info(why);
    else batch.running.fail(why);
  }

  #remove(batch: Outgoing): void {
    this.#outgoing = this.#outgoing.filter((one) => one !== batch);
  }
}
