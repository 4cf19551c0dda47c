import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeResponse, encodeRequest } from '../../bench/kafka/peer/index.ts';

const LENGTH_BYTES = 4;
const PRODUCE_VERSION = 7;
const FETCH_VERSION = 11;
const API_VERSIONS_VERSION = 0;
const CREATE_TOPICS_VERSION = 4;
const DELETE_TOPICS_VERSION = 4;
const LIST_OFFSETS_VERSION = 2;
const LEADER_TRIES_MAX = 300;
const LEADER_PAUSE_MS = 100;
const CLIENT = { correlationId: 1, clientId: 'load' } as const;
const NO_RECORDS = new Uint8Array(0);
const READ_BYTES = 256 << 10;
/** As Kafka's consumers ask: fetch.max.bytes and max.partition.fetch.bytes. */
const FETCH_BYTES_MAX = 50 << 20;
const PARTITION_BYTES_MAX = 1 << 20;
const FETCH_WAIT_MS = 500;

/** Produce requests that are always the same: made once, sent as often as wanted. */
export function produceFrame(topic: string, partitions: readonly number[], records: Uint8Array): Buffer {
  const partitionData = partitions.map((index) => ({ index, records }));
  const body = { acks: -1, timeoutMs: 30_000, topicData: [{ name: topic, partitionData }] };
  return Buffer.concat(encodeRequest('Produce', PRODUCE_VERSION, CLIENT, body).parts);
}

/** A Fetch request of one partition, without a session. */
export function fetchFrame(topic: string, partition: number, fetchOffset: number): Buffer {
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: PARTITION_BYTES_MAX, currentLeaderEpoch: -1 }];
  const body = {
    ...{ replicaId: -1, maxWaitMs: FETCH_WAIT_MS, minBytes: 1, maxBytes: FETCH_BYTES_MAX, sessionEpoch: -1 },
    topics: [{ topic, partitions }],
  };
  return Buffer.concat(encodeRequest('Fetch', FETCH_VERSION, CLIENT, body).parts);
}

/**
 * One connection that sends prebuilt frames and takes their answers, in the order in which Kafka promises them. Reads into
 * one buffer, and joins an answer in another that it keeps: it is there to cost less than any server.
 */
export class LoadClient {
  readonly #socket: Socket;
  readonly #waiting: ((answer: Buffer | Error) => void)[] = [];
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #answer = Buffer.alloc(0);
  #lengthAt = 0;
  #answerAt = 0;
  #failure: Error | undefined;

  private constructor(host: string, port: number) {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (count: number) => {
      this.#take(buffer.subarray(0, count));
      return true;
    };
    this.#socket = connect({ host, port, noDelay: true, onread: { buffer, callback } });
    this.#socket.on('error', (error) => {
      this.#failure = error;
    });
    this.#socket.on('close', () => {
      this.#failure ??= new Error('The server closed the connection.');
      for (const wake of this.#waiting.splice(0)) wake(this.#failure);
    });
  }

  /** @throws what connecting fails with */
  static async to(bootstrap: string): Promise<LoadClient> {
    const [host = '', port] = bootstrap.split(':');
    const client = new LoadClient(host, Number(port));
    await new Promise<void>((resolve, reject) => client.#socket.once('connect', resolve).once('error', reject));
    return client;
  }

  /** What every client begins with: whether a broker answers. @throws Error where none does */
  hello(): Promise<void> {
    const frame = Buffer.concat(encodeRequest('ApiVersions', API_VERSIONS_VERSION, CLIENT, {}).parts);
    return this.#send(frame, () => undefined);
  }

  /** Resolves when all its partitions may be written to. @throws Error where there is none afterwards */
  async createTopic(name: string, numPartitions: number): Promise<void> {
    await this.#create(name, numPartitions);
    for (let tries = 0; !(await this.#led(name, numPartitions)); tries++) {
      if (tries > LEADER_TRIES_MAX) throw new Error(`Not all partitions of ${name} have a leader.`);
      await sleep(LEADER_PAUSE_MS);
    }
  }

  /** Whether all partitions answer: a broker may know of a topic before it leads it. */
  #led(name: string, numPartitions: number): Promise<boolean> {
    const partitions = Array.from({ length: numPartitions }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp: -1,
    }));
    const body = { replicaId: -1, topics: [{ name, partitions }] };
    const frame = Buffer.concat(encodeRequest('ListOffsets', LIST_OFFSETS_VERSION, CLIENT, body).parts);
    return this.#send(frame, (answer) =>
      decodeResponse('ListOffsets', LIST_OFFSETS_VERSION, answer).body.topics.every(({ partitions: found }) =>
        found.every(({ errorCode }) => errorCode === 0),
      ),
    );
  }

  #create(name: string, numPartitions: number): Promise<void> {
    const topics = [{ name, numPartitions, replicationFactor: 1 }];
    const body = { topics, timeoutMs: 60_000 };
    const frame = Buffer.concat(encodeRequest('CreateTopics', CREATE_TOPICS_VERSION, CLIENT, body).parts);
    return this.#send(frame, (answer) => {
      const made = decodeResponse('CreateTopics', CREATE_TOPICS_VERSION, answer).body.topics[0];
      if (made?.errorCode !== 0) throw new Error(`CreateTopics was answered with error ${made?.errorCode}.`);
    });
  }

  /** @throws Error where it is still there afterwards */
  deleteTopic(name: string): Promise<void> {
    const body = { topicNames: [name], timeoutMs: 60_000 };
    const frame = Buffer.concat(encodeRequest('DeleteTopics', DELETE_TOPICS_VERSION, CLIENT, body).parts);
    return this.#send(frame, (answer) => {
      const gone = decodeResponse('DeleteTopics', DELETE_TOPICS_VERSION, answer).body.responses[0];
      if (gone?.errorCode !== 0) throw new Error(`DeleteTopics was answered with error ${gone?.errorCode}.`);
    });
  }

  /** Sends a Produce request. @throws Error where anything of it is not stored */
  produce(frame: Buffer): Promise<void> {
    return this.#send(frame, (answer) => {
      for (const { partitionResponses } of decodeResponse('Produce', PRODUCE_VERSION, answer).body.responses) {
        for (const { errorCode } of partitionResponses) {
          if (errorCode !== 0) throw new Error(`Produce was answered with error ${errorCode}.`);
        }
      }
    });
  }

  /** Sends a Fetch request of one partition; its records are read within `take`, and gone after it. */
  fetch<T>(frame: Buffer, take: (records: Uint8Array, highWatermark: number) => T): Promise<T> {
    return this.#send(frame, (answer) => {
      const { errorCode, responses } = decodeResponse('Fetch', FETCH_VERSION, answer).body;
      const found = responses[0]?.partitions[0];
      if (errorCode !== 0 || !found || found.errorCode !== 0) {
        throw new Error(`Fetch was answered with error ${found?.errorCode ?? errorCode}.`);
      }
      return take(found.records ?? NO_RECORDS, found.highWatermark);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #send<T>(frame: Buffer, read: (answer: Buffer) => T): Promise<T> {
    if (this.#failure) throw this.#failure;
    this.#socket.write(frame);
    return new Promise((resolve, reject) => {
      this.#waiting.push((answer) => {
        if (answer instanceof Error) return reject(answer);
        try {
          resolve(read(answer));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #take(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#lengthAt < LENGTH_BYTES) {
        this.#length[this.#lengthAt++] = bytes[at++]!;
        if (this.#lengthAt < LENGTH_BYTES) continue;
        const length = this.#length.readInt32BE(0);
        if (this.#answer.length < length) this.#answer = Buffer.allocUnsafeSlow(length);
        this.#answerAt = 0;
      }
      const whole = this.#length.readInt32BE(0);
      const count = Math.min(bytes.length - at, whole - this.#answerAt);
      bytes.copy(this.#answer, this.#answerAt, at, at + count);
      this.#answerAt += count;
      at += count;
      if (this.#answerAt < whole) continue;
      this.#lengthAt = 0;
      this.#waiting.shift()?.(this.#answer.subarray(0, whole));
    }
  }
}
