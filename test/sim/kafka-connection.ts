import { decodeResponse, encodeRequest } from '../../bench/kafka/peer/index.ts';
import {
  APIS,
  type ApiName,
  type Frame,
  type Requests,
  type Responses,
  type Session,
  type Sparse,
  type Whole,
} from '../../lib/kafka/index.ts';
import type { Chance } from './chance.ts';
import type { Process } from './process.ts';
import type { Life, Server } from './server.ts';
import { bytesName } from './trace.ts';
import { surprise, type World } from './world.ts';

const LATENCY_MS = [0.2, 3] as const;
const SLOW_MS = [100, 1_500] as const;
/** When a request comes that nobody waits for any more. */
const LATE_MS = [50, 20_000] as const;
/** So many of the requests that may be late are, of those that would be lost else. */
const LATES = 0.7;
const LENGTH_BYTES = 4;

interface CallOptions {
  readonly timeoutMs?: number;
  readonly version?: number;
  /** Whether it may come at any time, without its server being told that its connection is gone. */
  readonly mayBeLate?: boolean;
}

/** The connection is gone: what became of the request, nobody knows. */
export class ConnectionLost extends Error {}

interface Waiting {
  readonly api: ApiName;
  readonly version: number;
  resolve(body: unknown): void;
  reject(error: ConnectionLost): void;
}

/**
 * A Kafka client's connection to one life of a server: frames go to the session and back in order, until it breaks. What
 * was sent may still be carried out after that, even when a paused server goes on much later.
 */
export class KafkaConnection {
  readonly #world: World;
  readonly #client: Process;
  readonly #server: Life;
  readonly #chance: Chance;
  readonly #clientId: string;
  readonly #waiting = new Map<number, Waiting>();
  #session: Session | undefined;
  #open = true;
  #correlationId = 0;
  /** When the last message of each direction comes: none passes another. */
  #thereAtMs = 0;
  #backAtMs = 0;
  /** Resolves when all requests so far are answered: answers leave in the order of requests. */
  #answered: Promise<void> = Promise.resolve();

  constructor(
    world: World,
    client: Process,
    server: Server,
    { chance, clientId }: { chance: Chance; clientId: string },
  ) {
    this.#world = world;
    this.#client = client;
    this.#server = server.life;
    this.#chance = chance;
    this.#clientId = clientId;
    this.#server.process.onDeath(() => this.#breakIn(this.#latencyMs()));
    client.onDeath(() => this.close());
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** The answer. @throws ConnectionLost where none comes within `timeoutMs`: the connection is then of no more use. */
  call<Name extends ApiName>(
    api: Name,
    body: Sparse<Requests[Name]>,
    { timeoutMs = 5_000, version = APIS[api].max, mayBeLate = false }: CallOptions = {},
  ): Promise<Whole<Responses[Name]>> {
    const correlationId = this.#correlationId++;
    const request = encodeRequest(api, version, { correlationId, clientId: this.#clientId }, body);
    return new Promise((resolve, reject) => {
      const late = this.#client.after(timeoutMs, () => this.close());
      const settled = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          late();
          settle(value);
        };
      };
      const answered = (answer: unknown) => resolve(answer as Whole<Responses[Name]>);
      this.#waiting.set(correlationId, { api, version, resolve: settled(answered), reject: settled(reject) });
      this.#send(Buffer.concat(request.parts).subarray(LENGTH_BYTES), `${api} ${correlationId}`, mayBeLate);
    });
  }

  /** Ends the connection from the client's side: requests that wait are lost. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#end();
  }

  #send(frame: Uint8Array, name: string, mayBeLate: boolean): void {
    const { scheduler, weather } = this.#world;
    const { requestLost, answerLost } = weather.network;
    if (!this.#open || !this.#server.process.alive || this.#chance.is(requestLost)) {
      this.#note(`loses ${name}`);
      if (mayBeLate && this.#chance.is(LATES)) this.#deliverLate(frame, name);
      this.#breakIn(this.#latencyMs());
      return;
    }
    const breaks = this.#chance.is(answerLost);
    this.#thereAtMs = Math.max(this.#thereAtMs, scheduler.nowMs + this.#latencyMs());
    this.#server.process.after(this.#thereAtMs - scheduler.nowMs, () => {
      this.#note(`${name} ${bytesName([frame])}`);
      this.#arrive(frame);
    });
    if (breaks) this.#breakIn(this.#thereAtMs - scheduler.nowMs + this.#chance.between(0, 50));
  }

  /** What nobody waits for any more is carried out much later, as if its connection were still there. */
  #deliverLate(frame: Uint8Array, name: string): void {
    this.#server.process.after(this.#chance.between(...LATE_MS), () => {
      this.#note(`late ${name} ${bytesName([frame])}`);
      this.#connect()
        .handle(frame)
        .catch((error) => surprise(this.#world, `${this.#server.process.name} at a late ${name}`, error));
    });
  }

  #connect(): Session {
    const local = { host: 'server', port: 9092 };
    return this.#server.gateway.connect({ host: '10.0.0.7', local, listener: 'PLAINTEXT' });
  }

  /** Runs in the server. */
  #arrive(frame: Uint8Array): void {
    this.#session ??= this.#connect();
    const session = this.#session;
    const answer = session.handle(frame);
    this.#answered = Promise.all([answer.catch(() => {}), this.#answered]).then(() => {});
    const turn = this.#answered;
    answer.then(
      async (made) => {
        await turn;
        if (made) this.#answer(made);
        if (session.over) this.#breakIn(this.#latencyMs());
      },
      (error) => surprise(this.#world, `${this.#server.process.name} answering ${this.#clientId}`, error),
    );
  }

  #answer(frame: Frame): void {
    const { scheduler } = this.#world;
    const bytes = Buffer.concat(frame.parts).subarray(LENGTH_BYTES);
    this.#backAtMs = Math.max(this.#backAtMs, scheduler.nowMs + this.#latencyMs());
    this.#client.after(this.#backAtMs - scheduler.nowMs, () => {
      const waiting = this.#waiting.get(bytes.readInt32BE(0));
      if (!this.#open || !waiting) return;
      this.#note(`answers ${bytesName([bytes])}`);
      this.#waiting.delete(bytes.readInt32BE(0));
      waiting.resolve(decodeResponse(waiting.api, waiting.version, bytes).body);
    });
  }

  #breakIn(ms: number): void {
    this.#client.after(ms, () => this.close());
    // A client that is closed already still has to learn what becomes of a request that it sends now.
    if (!this.#open) this.#client.after(ms, () => this.#end());
  }

  #end(): void {
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of lost) reject(new ConnectionLost());
    this.#server.process.after(this.#latencyMs(), () => this.#session?.close());
  }

  #latencyMs(): number {
    const [least, most] = this.#chance.is(this.#world.weather.network.slow) ? SLOW_MS : LATENCY_MS;
    return this.#chance.between(least, most);
  }

  #note(what: string): void {
    this.#world.trace.note(
      `${this.#world.scheduler.nowMs.toFixed(2)} ${this.#clientId}-${this.#server.process.name} ${what}`,
    );
  }
}
