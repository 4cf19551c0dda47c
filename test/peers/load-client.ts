import { connect, type Socket } from 'node:net';
import { decodeResponse, encodeRequest } from '../../bench/kafka/peer/index.ts';

const LENGTH_BYTES = 4;
const PRODUCE_VERSION = 7;

/** A Produce request that is always the same: made once, sent as often as wanted. */
export function produceFrame(topic: string, partition: number, records: Uint8Array): Buffer {
  const frame = encodeRequest(
    'Produce',
    PRODUCE_VERSION,
    { correlationId: 1, clientId: 'load' },
    { acks: -1, timeoutMs: 30_000, topicData: [{ name: topic, partitionData: [{ index: partition, records }] }] },
  );
  return Buffer.concat(frame.parts);
}

/** One connection that sends prebuilt frames and counts their answers, in the order in which Kafka promises them. */
export class LoadClient {
  readonly #socket: Socket;
  readonly #waiting: ((answer: Buffer) => void)[] = [];
  #buffered: Buffer = Buffer.alloc(0);
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => {
      this.#failure = error;
    });
    socket.on('close', () => {
      this.#failure ??= new Error('The server closed the connection.');
      for (const wake of this.#waiting.splice(0)) wake(Buffer.alloc(0));
    });
  }

  static async to(bootstrap: string): Promise<LoadClient> {
    const [host, port] = bootstrap.split(':');
    const socket = connect(Number(port), host);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new LoadClient(socket);
  }

  /** Sends a Produce request. @throws Error where it is not stored */
  async produce(frame: Buffer): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#socket.write(frame);
    const answer = await new Promise<Buffer>((resolve) => this.#waiting.push(resolve));
    if (answer.length === 0) throw this.#failure ?? new Error('There was no answer.');
    const { responses } = decodeResponse('Produce', PRODUCE_VERSION, answer).body;
    const refused = responses[0]?.partitionResponses[0];
    if (refused?.errorCode !== 0) throw new Error(`Produce was answered with error ${refused?.errorCode}.`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#buffered = this.#buffered.length === 0 ? bytes : Buffer.concat([this.#buffered, bytes]);
    while (this.#buffered.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#buffered.readInt32BE(0);
      if (this.#buffered.length < end) return;
      this.#waiting.shift()?.(this.#buffered.subarray(LENGTH_BYTES, end));
      this.#buffered = this.#buffered.subarray(end);
    }
  }
}
