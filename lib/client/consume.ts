import { ClientError } from './errors.ts';
import { type BinaryRecord, type ClientEvent, eventOf } from './events.ts';
import { BINARY, type Http, V2 } from './http.ts';

/** What is consumed, and by whom. */
export interface Consuming {
  /** Those of one group share the partitions among them. */
  readonly group: string;
  /** Topics, by name. */
  readonly from: readonly string[];
  /** Where a group without a committed offset begins. `earliest`, unless given. */
  readonly begin?: 'earliest' | 'latest';
  /** Ends it after the batch under way. */
  readonly signal?: AbortSignal;
  /** How long a poll waits for events: 5 s, unless given. */
  readonly waitMs?: number;
  /** What one batch holds at most: 1 MiB of answer, unless given. */
  readonly maxBytes?: number;
}

const WAIT_MS = 5_000;
const BATCH_BYTES = 1 << 20;

/** A consumer instance on the server, made anew where it is lost: then reading goes on at what is committed. */
export class Instance {
  readonly #http: Http;
  readonly #consuming: Consuming;
  #name: string | undefined;

  constructor(http: Http, consuming: Consuming) {
    this.#http = http;
    this.#consuming = consuming;
  }

  get name(): string | undefined {
    return this.#name;
  }

  /**
   * The next events; none where there was nothing for a while, or where the instance had to be made anew. A poll whose answer
   * is lost has moved the instance, so it is not asked again: another instance begins at what is committed.
   */
  async poll(): Promise<readonly ClientEvent[]> {
    const { waitMs = WAIT_MS, maxBytes = BATCH_BYTES, signal } = this.#consuming;
    this.#name ??= await this.#create();
    try {
      const path = `${this.#path()}/records?timeout=${waitMs}&max_bytes=${maxBytes}`;
      const records = await this.#http.ask({ method: 'GET', path, accept: BINARY, waitMs, signal, once: true });
      return (records as readonly BinaryRecord[]).map(eventOf);
    } catch (thrown) {
      if (signal?.aborted) return [];
      if (!isLost(thrown)) throw thrown;
      await this.close();
      await this.#http.time.sleep(100 + this.#http.time.random() * 400, signal);
      return [];
    }
  }

  /** Commits that these events are done with. */
  async commit(events: readonly ClientEvent[]): Promise<void> {
    const last = new Map(
      events.map(({ topic, partition, offset }) => [`${topic}/${partition}`, { topic, partition, offset }]),
    );
    const body = { offsets: [...last.values()] };
    await this.#http.ask({ method: 'POST', path: `${this.#path()}/offsets`, body, type: V2 });
  }

  /** Leaves the group. Where that fails, the server ends the session by itself. */
  async close(): Promise<void> {
    if (this.#name === undefined) return;
    const path = this.#path();
    this.#name = undefined;
    await this.#http.ask({ method: 'DELETE', path, once: true }).catch((thrown: unknown) => {
      if (!(thrown instanceof ClientError)) throw thrown;
    });
  }

  async #create(): Promise<string> {
    const { group, from, begin = 'earliest', signal } = this.#consuming;
    // A name of its own for each try: one that was made and never told of is nobody's, and ends by itself.
    const name = `client-${this.#http.time.newId()}`;
    const config = { name, format: 'binary', 'auto.offset.reset': begin, 'auto.commit.enable': false };
    const base = `/consumers/${encodeURIComponent(group)}`;
    try {
      await this.#http.ask({ method: 'POST', path: base, body: config, type: V2, signal });
    } catch (thrown) {
      // The first try made it, and its answer was lost.
      if (!(thrown instanceof ClientError && thrown.serverCode === 40902)) throw thrown;
    }
    const path = `${base}/instances/${name}/subscription`;
    await this.#http.ask({ method: 'POST', path, body: { topics: from }, type: V2, signal });
    return name;
  }

  #path(): string {
    return `/consumers/${encodeURIComponent(this.#consuming.group)}/instances/${this.#name}`;
  }
}

/** Whether an instance is of no more use, or nobody knows where it stands: another one goes on at what is committed. */
export function isLost(thrown: unknown): boolean {
  return thrown instanceof ClientError && (thrown.code === 'fenced' || thrown.code === 'unavailable');
}

/** Batches of events, each committed when the next one is asked for: at least once. */
export async function* consume(http: Http, consuming: Consuming): AsyncGenerator<readonly ClientEvent[], void> {
  const instance = new Instance(http, consuming);
  try {
    while (!consuming.signal?.aborted) {
      const events = await instance.poll();
      if (events.length === 0) continue;
      yield events;
      try {
        await instance.commit(events);
      } catch (thrown) {
        if (!isLost(thrown)) throw thrown;
        await instance.close(); // others have the partitions by now, and get the events again
      }
    }
  } finally {
    await instance.close();
  }
}
