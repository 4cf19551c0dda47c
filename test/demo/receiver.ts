import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { type Facts, sumOf } from './facts.ts';
import type { Flight } from './flights.ts';
import { Sightings } from './sightings.ts';

/** The first try of every flight whose row this divides is refused: deliveries must survive that. */
const REFUSED_EVERY = 97;

/** A webhook as its owner would write it: checks signatures, and knows by its id what it has seen. */
export class Receiver {
  /** All that came since the beginning, or since `begin`. */
  seen: Sightings;
  readonly ids = new Set<string>();
  /** Signatures that did not hold. */
  forged = 0;
  /** Tries that were answered 503 on purpose. */
  refused = 0;
  /** Flights of an origin that came before one that precedes it in the topic. */
  outOfOrder = 0;
  readonly #facts: Facts;
  readonly #refusedRows = new Set<number>();
  /** By origin and partition, the last offset that came for the first time. */
  #last = new Map<string, number>();
  readonly #webhook: Webhook;
  readonly #server: Server;

  constructor(facts: Facts, secret: string) {
    this.#facts = facts;
    this.seen = new Sightings(facts);
    this.#webhook = new Webhook(secret);
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.writeHead(400).end());
    });
  }

  /** Returns its URL. */
  listen(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        resolve(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/delayed`);
      });
    });
  }

  /** Counts from zero; ids of before stay known. */
  begin(): void {
    this.seen = new Sightings(this.#facts);
    this.#last = new Map();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.writeHead(this.#take(Buffer.concat(chunks), request.headers as Record<string, string>)).end();
  }

  /** The status to answer with. */
  #take(body: Buffer, headers: Record<string, string>): number {
    let flight: Flight;
    try {
      flight = this.#webhook.verify(body, headers) as Flight;
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      this.forged++;
      return 401;
    }
    if (flight.row % REFUSED_EVERY === 0 && !this.#refusedRows.has(flight.row)) {
      this.#refusedRows.add(flight.row);
      this.refused++;
      return 503;
    }
    const id = headers['webhook-id']!;
    this.ids.add(id);
    const [partition, offset] = id.split('.').slice(-2).map(Number) as [number, number];
    if (this.seen.note({ row: flight.row, sum: sumOf(flight), partition, offset })) {
      const lane = `${flight.origin}/${partition}`;
      if (offset < (this.#last.get(lane) ?? -1)) this.outOfOrder++;
      this.#last.set(lane, offset);
    }
    return 204;
  }
}
