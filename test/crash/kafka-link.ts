import { connect, type Socket } from 'node:net';
import { decodeResponse, encodeRequest } from '../../bench/kafka/peer/index.ts';
import { APIS, type ApiName, type Requests, type Responses, type Sparse, type Whole } from '../../lib/kafka/index.ts';

/** The connection is gone, or the answer does not come. */
export class LinkLost extends Error {}

const ANSWER_MS_MAX = 20_000;

/** One connection by Kafka's protocol, bare: one request at a time, the newest versions. */
export class KafkaLink {
  readonly #socket: Socket;
  #received: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #wake: () => void = () => {};
  #lost = false;
  #correlationId = 0;

  constructor(address: string) {
    const [host = '', port] = address.split(':');
    this.#socket = connect(Number(port), host);
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    const lose = () => {
      this.#lost = true;
      this.#wake();
    };
    this.#socket.on('close', lose);
    this.#socket.on('error', lose);
  }

  get isOpen(): boolean {
    return !this.#lost;
  }

  /** @throws LinkLost */
  async call<Name extends ApiName>(api: Name, body: Sparse<Requests[Name]>): Promise<Whole<Responses[Name]>> {
    const version = APIS[api].max;
    const frame = encodeRequest(api, version, { correlationId: this.#correlationId++, clientId: 'crash' }, body);
    for (const part of frame.parts) this.#socket.write(part);
    const timer = setTimeout(() => this.close(), ANSWER_MS_MAX);
    try {
      for (;;) {
        const length = this.#received.length < 4 ? Number.POSITIVE_INFINITY : 4 + this.#received.readInt32BE(0);
        if (this.#received.length >= length) {
          const answer = this.#received.subarray(4, length);
          this.#received = this.#received.subarray(length);
          return decodeResponse(api, version, answer).body;
        }
        if (this.#lost) throw new LinkLost(`${api} was not answered`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#lost = true;
    this.#socket.destroy();
    this.#wake();
  }
}
