import type { HttpClient } from '../support/http-client.ts';
import { type Facts, sumOf } from './facts.ts';
import { type Flight, readFlights } from './flights.ts';
import { Sightings } from './sightings.ts';

const V2_JSON = 'application/vnd.kafka.json.v2+json';
const BATCH_FLIGHTS = 500;
/** Requests under way at once. */
const IN_FLIGHT = 4;
/** Every so many batches, one that was acknowledged is sent again: its answer must be the first one's. */
const SENT_AGAIN_EVERY = 20;

interface Produced {
  readonly offsets: readonly { readonly partition: number; readonly offset: number }[];
}

/** Sends all flights over HTTP, every request with an Idempotency-Key, and notes where each was put. */
export class Producer {
  readonly acknowledged: Sightings;
  requests = 0;
  sentAgain = 0;
  /** Retries that were answered with other offsets than the first time: must be none. */
  answeredOtherwise = 0;
  readonly #client: HttpClient;
  readonly #topic: string;
  readonly #facts: Facts;

  constructor(client: HttpClient, topic: string, facts: Facts) {
    this.#client = client;
    this.#topic = topic;
    this.#facts = facts;
    this.acknowledged = new Sightings(facts);
  }

  get retries(): number {
    return this.#client.retries;
  }

  async run(): Promise<void> {
    // So that the small run of the tests has requests under way all the time too.
    const size = Math.max(1, Math.min(BATCH_FLIGHTS, Math.floor(this.#facts.count / 40)));
    const batches = inBatches(readFlights(this.#facts.count), size);
    // The lanes share one source: each takes the next batch when it has room.
    const lane = async () => {
      for await (const batch of { [Symbol.asyncIterator]: () => ({ next: () => batches.next() }) })
        await this.#send(batch);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  }

  async #send(flights: readonly Flight[]): Promise<void> {
    const { offsets } = await this.#post(flights);
    for (const [index, flight] of flights.entries()) {
      this.acknowledged.note({ row: flight.row, sum: sumOf(flight), ...placeOf(offsets[index]) });
    }
    if (++this.requests % SENT_AGAIN_EVERY !== 0) return;
    const again = await this.#post(flights);
    this.sentAgain++;
    if (JSON.stringify(again.offsets) !== JSON.stringify(offsets)) this.answeredOtherwise++;
  }

  #post(flights: readonly Flight[]): Promise<Produced> {
    const records = flights.map((value) => ({ key: value.origin, value, timestamp: Date.parse(value.date) }));
    const headers = { 'content-type': V2_JSON, 'idempotency-key': `flights-from-row-${flights[0]!.row}` };
    return this.#client.ask('POST', `/topics/${this.#topic}`, { json: { records }, headers });
  }
}

function placeOf(placed: Produced['offsets'][number] | undefined): { partition: number; offset: number } {
  if (!placed) throw new Error('The server acknowledged a batch with fewer offsets than it had records.');
  return { partition: placed.partition, offset: placed.offset };
}

async function* inBatches(flights: AsyncIterable<Flight>, size: number): AsyncGenerator<Flight[]> {
  let batch: Flight[] = [];
  for await (const flight of flights) {
    batch.push(flight);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
