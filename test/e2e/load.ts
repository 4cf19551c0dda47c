import type { Random } from '../../lib/bytes/index.ts';

const V2_JSON = 'application/vnd.kafka.json.v2+json';
const RECORDS_MAX = 20;
/** Few keys for many events, so that every request goes to several partitions. */
const KEYS = 40;
/** The share of acknowledged requests that are sent once more. */
const SENT_AGAIN = 0.2;

export interface Placed {
  readonly partition: number;
  readonly offset: number;
}

/** One request to produce: its events' ids, and, once it was answered, where each is. */
export interface Batch {
  readonly idempotencyKey: string | undefined;
  readonly ids: readonly string[];
  readonly body: string;
  placed: readonly Placed[] | undefined;
}

/** Thrown where the connection breaks, or the server says that it is closing: nobody knows what it did last. */
class Cut extends Error {}

/** Any other answer that is no success. */
class Refused extends Error {
  readonly status: number;

  constructor(request: string, status: number, text: string) {
    super(`${request} answered ${status}: ${text}`);
    this.status = status;
  }
}

/** The consumer instance is there: a create that was cut did its work. */
const EXISTS = 409;
/** In a server that is closing, what was not begun is refused so. */
const UNAVAILABLE = 503;

/** Sends one request; of a server that is killed it gets no answer. */
async function send<T>(url: string, method: string, path: string, body?: string, headers = {}): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url + path, {
      method,
      body: body ?? null,
      headers: { 'content-type': 'application/json', ...headers },
    });
    text = await response.text();
  } catch (error) {
    throw new Cut('The connection broke.', { cause: error });
  }
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  if (response.status === UNAVAILABLE) throw new Cut(text);
  throw new Refused(`${method} ${path}`, response.status, text);
}

/** Runs `step` again and again until the server is killed. Any other failure is the test's. */
async function untilCut(step: () => Promise<void>): Promise<void> {
  try {
    for (;;) await step();
  } catch (error) {
    if (!(error instanceof Cut)) throw error;
  }
}

/**
 * A producer. With keys it is one that never gives up: what was not answered is sent again to the next server, and what
 * was answered is sent again at times all the same. Without, it sends everything once.
 */
export class Writer {
  readonly batches: Batch[] = [];
  /** Answers to a retry that were not the first answer. */
  readonly answeredOtherwise: string[] = [];
  readonly #name: string;
  readonly #keyed: boolean;
  readonly #topic: string;
  readonly #random: Random;
  #url = '';

  constructor(name: string, keyed: boolean, topic: string, random: Random) {
    this.#name = name;
    this.#keyed = keyed;
    this.#topic = topic;
    this.#random = random;
  }

  run(url: string): Promise<void> {
    this.#url = url;
    return untilCut(() => this.#step());
  }

  /** Sends what was not answered yet, and no more. */
  async finish(url: string): Promise<void> {
    this.#url = url;
    const last = this.batches.at(-1);
    if (this.#keyed && last && !last.placed) await this.#send(last);
  }

  async #step(): Promise<void> {
    const last = this.batches.at(-1);
    if (this.#keyed && last && !last.placed) return this.#send(last);
    const earlier = this.batches[Math.floor(this.#random.next() * this.batches.length)];
    if (this.#keyed && earlier && this.#random.next() < SENT_AGAIN) return this.#send(earlier);
    const batch = this.#batch(this.batches.length);
    this.batches.push(batch);
    return this.#send(batch);
  }

  async #send(batch: Batch): Promise<void> {
    const headers = {
      'content-type': V2_JSON,
      ...(batch.idempotencyKey !== undefined && { 'idempotency-key': batch.idempotencyKey }),
    };
    const { offsets } = await send<{ offsets: Placed[] }>(
      this.#url,
      'POST',
      `/topics/${this.#topic}`,
      batch.body,
      headers,
    );
    const placed = offsets.map(({ partition, offset }) => ({ partition, offset }));
    if (batch.placed && JSON.stringify(placed) !== JSON.stringify(batch.placed)) {
      this.answeredOtherwise.push(batch.ids[0]!);
    }
    batch.placed ??= placed;
  }

  #batch(serial: number): Batch {
    const count = 1 + Math.floor(this.#random.next() * RECORDS_MAX);
    const ids = Array.from({ length: count }, (_, i) => `${this.#name}.${serial}.${i}`);
    const records = ids.map((id) => ({ key: Math.floor(this.#random.next() * KEYS), value: id }));
    const idempotencyKey = this.#keyed ? `${this.#name}.${serial}` : undefined;
    return { idempotencyKey, ids, body: JSON.stringify({ records }), placed: undefined };
  }
}

/** A member of a group that commits by offset what it has read. */
export class Reader {
  /** By partition: the offset whose commit was answered, and the highest that was ever asked for. */
  readonly committed = new Map<number, number>();
  readonly asked = new Map<number, number>();
  readonly #at: string;
  readonly #topic: string;
  #created = false;

  constructor(group: string, topic: string) {
    this.#at = `/consumers/${group}/instances/reader`;
    this.#topic = topic;
  }

  run(url: string): Promise<void> {
    return untilCut(async () => {
      if (!this.#created) await this.#create(url);
      const accept = { accept: V2_JSON };
      const path = `${this.#at}/records?timeout=50&max_bytes=2000`;
      const records = await send<Placed[]>(url, 'GET', path, undefined, accept);
      const read = new Map(records.map(({ partition, offset }) => [partition, offset]));
      for (const [partition, offset] of read)
        this.asked.set(partition, Math.max(offset + 1, this.asked.get(partition) ?? 0));
      if (read.size === 0) return;
      const offsets = [...read].map(([partition, offset]) => ({ topic: this.#topic, partition, offset }));
      await send(url, 'POST', `${this.#at}/offsets`, JSON.stringify({ offsets }));
      for (const [partition, offset] of read) this.committed.set(partition, offset + 1);
    });
  }

  async #create(url: string): Promise<void> {
    const config = { name: 'reader', format: 'json', 'auto.offset.reset': 'earliest', 'auto.commit.enable': false };
    try {
      await send(url, 'POST', this.#at.replace('/instances/reader', ''), JSON.stringify(config));
    } catch (error) {
      if (!(error instanceof Refused && error.status === EXISTS)) throw error;
    }
    await send(url, 'POST', `${this.#at}/subscription`, JSON.stringify({ topics: [this.#topic] }));
    this.#created = true;
  }
}
