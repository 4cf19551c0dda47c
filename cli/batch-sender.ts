import { type Ask, type Client, segment } from './client.ts';
import { CliError, ServerError } from './errors.ts';
import { BINARY } from './event.ts';
import { type Patience, patiently } from './patience.ts';

/** Of JSON text in one request: large enough that a request's own cost is small, far below the server's 8 MiB. */
const BATCH_CHARS_MAX = 2 * 1024 * 1024;
/** Events in one request; the server takes 100,000. */
const BATCH_EVENTS_MAX = 20_000;

export interface BatchSenderOptions {
  readonly topic: string;
  /** Unique to this run: what an Idempotency-Key begins with. */
  readonly runId: string;
  readonly eventsMax?: number;
  readonly patience: Patience;
  /** Told after each batch how many events are stored in all. */
  readonly onStored?: (stored: number) => void;
}

/**
 * Sends records in batches, one request at a time, so that their order holds: while one is under way, the next one fills.
 * Each request has a key of its own, so one that is sent again after a lost answer stores nothing twice.
 */
export class BatchSender {
  readonly #client: Client;
  readonly #options: BatchSenderOptions;
  readonly #eventsMax: number;
  #records: string[] = [];
  #chars = 0;
  #flight: Promise<void> | undefined;
  #failure: unknown;
  #sent = 0;
  #stored = 0;

  constructor(client: Client, options: BatchSenderOptions) {
    this.#client = client;
    this.#options = options;
    this.#eventsMax = Math.min(options.eventsMax ?? BATCH_EVENTS_MAX, BATCH_EVENTS_MAX);
  }

  /** Events whose storing was acknowledged. */
  get stored(): number {
    return this.#stored;
  }

  /** Takes a record's JSON text; undefined, or a promise to wait for where the batch is full. */
  add(record: string): Promise<void> | undefined {
    this.#records.push(record);
    this.#chars += record.length;
    if (this.#records.length < this.#eventsMax && this.#chars < BATCH_CHARS_MAX) return undefined;
    return this.#room();
  }

  async #room(): Promise<void> {
    await this.#flight;
    this.flush();
    this.#check();
  }

  /** Starts sending what is there, unless a request is under way: then it follows that one. @throws what sending met */
  flush(): void {
    this.#check();
    if (this.#flight || this.#records.length === 0) return;
    this.#flight = this.#sendBatch().then(
      () => {
        this.#flight = undefined;
        this.flush();
      },
      (error: unknown) => {
        this.#flight = undefined;
        this.#failure = error;
      },
    );
  }

  /** Sends the rest and waits for it. @throws what sending met */
  async end(): Promise<void> {
    this.flush();
    while (this.#flight) await this.#flight;
    this.#check();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #sendBatch(): Promise<void> {
    const records = this.#records;
    this.#records = [];
    this.#chars = 0;
    const { topic, runId, patience } = this.#options;
    const ask: Ask = {
      body: `{"records":[${records.join(',')}]}`,
      headers: { 'content-type': BINARY, 'idempotency-key': `${runId}-${this.#sent++}` },
      ...(patience.signal && { signal: patience.signal }),
    };
    try {
      await patiently(patience, () => this.#client.ask(`/topics/${segment(topic)}`, ask));
    } catch (error) {
      throw this.#located(error, records.length);
    }
    this.#stored += records.length;
    this.#options.onStored?.(this.#stored);
  }

  /** A refusal counts events from the start of its batch: the message says where that is in the input. */
  #located(error: unknown, count: number): unknown {
    if (!(error instanceof ServerError) || error.status === 404) return error;
    const { status, errorCode, retryAfterMs } = error;
    const place = `events ${this.#stored + 1} to ${this.#stored + count} of the input, counted from 0 here`;
    return new ServerError(`${error.message} (${place})`, { status, errorCode, retryAfterMs });
  }
}

/** @throws CliError interrupted, where Ctrl-C came */
export function requireRunning(stopped: AbortSignal): void {
  if (stopped.aborted) throw new CliError('interrupted', 'Interrupted.');
}
