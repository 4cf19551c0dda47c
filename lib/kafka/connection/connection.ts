import { once } from 'node:events';
import type { Socket } from 'node:net';
import { AbortedError, type Lease, type RareNotices } from '../../bytes/index.ts';
import type { Answer } from '../answer.ts';
import type { Budget } from '../budget.ts';
import { APIS } from '../codec/index.ts';
import { KafkaProtocolError } from '../errors.ts';
import type { Gateway } from '../gateway.ts';
import type { Session } from '../session.ts';
import { adopt } from './adopt.ts';
import { ForeignProtocolError, foreignNotice, httpAnswer } from './foreign.ts';
import type { FrameMemory, FramePool } from './frame-memory.ts';
import { Frames } from './frames.ts';
import { type ConnectionLimits, REQUESTS_PER_TURN, SCRATCH_BYTES } from './limits.ts';

/** What all connections of a server share. */
export interface Shared {
  readonly gateway: Gateway;
  readonly limits: ConnectionLimits;
  readonly listener: string;
  /** Where connections are encrypted: whom the client's certificate stands for. */
  readonly principalOf: ((socket: Socket) => string | undefined) | undefined;
  readonly requests: Budget;
  readonly memory: FramePool;
  readonly notices: RareNotices;
  /** Where HTTP is served, for those who look for it here. */
  readonly httpUrl: string | undefined;
}

const PRODUCE_KEY = APIS.Produce.key;
/** Emptied within each read, so that one is enough. */
const SCRATCH = new Uint8Array(SCRATCH_BYTES);

/**
 * One client's connection: frames into the session as they come, answers out in their order. It stops to read while too
 * much is under way, here or everywhere, and ends when the client breaks the protocol, or keeps memory for nothing.
 */
export class Connection {
  readonly socket: Socket;
  readonly #shared: Shared;
  readonly #session: Session;
  readonly #frames: Frames;
  /** Answers to come, in the order of their requests. */
  readonly #answers: Promise<Answer | undefined>[] = [];
  /** Of answers that are there and not sent. */
  readonly #leases = new Set<Lease>();
  #sending = false;
  #corked = false;
  #unsentBytes = 0;
  /** A request waits for room: elsewhere, or here until enough is answered; or for other connections to have their turn. */
  #waiting: 'no' | 'budget' | 'answers' | 'turn' = 'no';
  /** Requests taken since the others had theirs. */
  #takenInTurn = 0;
  #waitingBytes = 0;
  #ended = false;
  #closed = false;
  /** Since when there is nothing under way, a request is being read, or an answer is being sent. */
  #idleSinceMs: number;
  #readingSinceMs: number | undefined;
  #sendingSinceMs: number | undefined;
  readonly #openedMs: number;
  #frameBytes = 0;
  /** Taken from the budget for a request that has not come whole yet. */
  #reservedBytes = 0;
  readonly #gone = new AbortController();

  constructor(accepted: Socket, shared: Shared) {
    const { gateway, listener } = shared;
    this.#shared = shared;
    this.#session = gateway.connect({
      host: addressText(accepted.remoteAddress),
      local: { host: addressText(accepted.localAddress), port: accepted.localPort ?? 0 },
      listener,
      ...(shared.principalOf && { tls: { principal: shared.principalOf(accepted) } }),
    });
    this.#openedMs = this.#nowMs();
    this.#idleSinceMs = this.#openedMs;
    this.#frames = new Frames({
      frameBytesMax: () => this.#frameBytesMax(),
      begin: (bytes) => this.#begin(bytes),
      memory: (bytes) => shared.memory.take(bytes),
      take: (frame) => this.#take(frame),
    });
    this.socket = adopt(accepted, {
      room: () => this.#frames.room ?? SCRATCH,
      filled: (bytes, into) => this.#filled(bytes, into),
    });
    this.socket.setNoDelay(true);
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('end', () => this.#halfClosed());
    this.socket.once('close', () => this.#close());
  }

  /** Ends the connection where something takes too long. */
  sweep(nowMs: number): void {
    const { idleMs, transferMs } = this.#shared.limits;
    const late = (sinceMs: number | undefined, bytes: number) =>
      sinceMs !== undefined && nowMs - sinceMs > this.#transferMs(bytes);
    const busy = this.#answers.length > 0 || this.#sending || this.#unsentBytes > 0 || this.#waiting !== 'no';
    if (
      (this.#ended && !busy && nowMs - this.#idleSinceMs > transferMs) ||
      late(this.#readingSinceMs, this.#frameBytes) ||
      late(this.#sendingSinceMs, this.#unsentBytes) ||
      (!busy && nowMs - this.#idleSinceMs > idleMs) ||
      (this.#session.stranger && nowMs - this.#openedMs > transferMs)
    ) {
      this.socket.destroy();
    }
  }

  /** Takes no more requests; ends when those under way are answered. */
  finish(): void {
    this.#halfClosed();
  }

  #nowMs(): number {
    return this.#shared.gateway.parts.clock.monotonicMs();
  }

  #transferMs(bytes: number): number {
    const { transferMs, transferBytesPerSecond } = this.#shared.limits;
    return transferMs + (bytes / transferBytesPerSecond) * 1_000;
  }

  #frameBytesMax(): number {
    return Math.min(this.#shared.limits.frameBytesMax, this.#session.frameBytesMax);
  }

  #filled(bytes: number, into: Uint8Array): void {
    if (this.#ended) return;
    try {
      if (into === SCRATCH) this.#frames.feed(SCRATCH.subarray(0, bytes));
      else this.#frames.filled(bytes);
      this.#noteReading();
    } catch (error) {
      this.#garbled(error);
    }
  }

  #noteReading(): void {
    if (!this.#frames.inFrame) this.#readingSinceMs = undefined;
    else this.#readingSinceMs ??= this.#nowMs();
  }

  /** Whether a request of that length may be read now. */
  #begin(bytes: number): boolean {
    this.#frameBytes = bytes;
    if (this.#takenInTurn >= REQUESTS_PER_TURN) {
      this.#wait('turn', bytes);
      setImmediate(() => this.#nextTurn());
      return false;
    }
    if (this.#answers.length >= this.#shared.limits.requestsPerConnectionMax) {
      this.#wait('answers', bytes);
      return false;
    }
    if (this.#takeRoom(bytes)) return true;
    this.#wait('budget', bytes);
    return false;
  }

  /** Whether there is room for a request: answers are on their way out in time, and its bytes fit. Else waits in line. */
  #takeRoom(bytes: number): boolean {
    const { requests, gateway } = this.#shared;
    const askForBytes = () => requests.take(bytes, () => this.#granted(bytes));
    const inTime = gateway.parts.answers.take(0, () => {
      if (askForBytes()) this.#granted(bytes);
    });
    if (!inTime || !askForBytes()) return false;
    this.#reservedBytes = bytes;
    return true;
  }

  #wait(why: 'budget' | 'answers' | 'turn', bytes: number): void {
    this.#waiting = why;
    this.#waitingBytes = bytes;
    this.#readingSinceMs = undefined;
    this.socket.pause();
  }

  /** There is room for the request that waited, and it is taken. */
  #granted(bytes: number): void {
    this.#waiting = 'no';
    if (this.#ended) {
      this.#shared.requests.give(bytes);
      return;
    }
    this.#reservedBytes = bytes;
    try {
      this.#frames.proceed();
      this.#noteReading();
    } catch (error) {
      this.#garbled(error);
      return;
    }
    if (this.#waiting === 'no') this.socket.resume();
  }

  #take(memory: FrameMemory): void {
    const { requests } = this.#shared;
    const { length } = memory.bytes;
    this.#takenInTurn++;
    this.#reservedBytes = 0;
    const settled = (answer?: Answer) => {
      memory.release();
      requests.give(length);
      if (!answer?.lease) return;
      if (this.#closed) answer.lease.release();
      else this.#leases.add(answer.lease);
    };
    if (this.#ended) {
      settled();
      return;
    }
    const answer = this.#session.handle(frameOf(memory));
    this.#answers.push(answer);
    answer.then(settled, () => settled());
    void this.#send();
  }

  /** Sends the answers as they come, in their order; one at a time is at work. */
  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let answer = this.#answers[0]; answer; answer = this.#answers[0]) {
        const frame = await answer;
        this.#answers.shift();
        if (this.#closed) return;
        if (frame) this.#write(frame);
        if (this.#session.over && this.#answers.length === 0) {
          this.#ended = true;
          this.socket.destroySoon();
          return;
        }
        this.#goOn();
        if (this.socket.writableNeedDrain) await once(this.socket, 'drain', { signal: this.#gone.signal });
      }
      this.#idleSinceMs = this.#nowMs();
      if (this.#ended) this.socket.end();
    } catch (error) {
      this.#broken(error);
    } finally {
      this.#sending = false;
    }
  }

  /** Parts are written as they are; answers that come in one turn of the event loop go out in one call to the system. */
  #write({ parts, sizeBytes, lease }: Answer): void {
    const { answers } = this.#shared.gateway.parts;
    if (!this.#corked) {
      this.#corked = true;
      this.socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.socket.uncork();
      });
    }
    this.#unsentBytes += sizeBytes;
    this.#sendingSinceMs ??= this.#nowMs();
    answers.count(sizeBytes);
    const sent = () => {
      answers.give(sizeBytes);
      if (lease) this.#leases.delete(lease);
      lease?.release();
      this.#unsentBytes -= sizeBytes;
      this.#sendingSinceMs = this.#unsentBytes > 0 ? this.#nowMs() : undefined;
    };
    parts.forEach((part, i) => {
      if (i === parts.length - 1) this.socket.write(part, sent);
      else this.socket.write(part);
    });
  }

  /** The others have had theirs. */
  #nextTurn(): void {
    this.#takenInTurn = 0;
    this.#waiting = 'answers';
    this.#goOn();
  }

  /** A request that waited for answers of its own connection may find room now. */
  #goOn(): void {
    if (this.#waiting !== 'answers' || this.#closed) return;
    if (this.#answers.length >= this.#shared.limits.requestsPerConnectionMax) return;
    this.#waiting = 'budget';
    if (this.#takeRoom(this.#waitingBytes)) this.#granted(this.#waitingBytes);
  }

  /** The client says no more: what it asked is answered, without waiting for what may come. */
  #halfClosed(): void {
    this.#ended = true;
    this.#session.close();
    this.#readingSinceMs = undefined;
    this.#idleSinceMs = this.#nowMs();
    if (this.#answers.length === 0 && !this.#sending) this.socket.end();
  }

  /** What came last is no request: the answers to those before it go out first. */
  #garbled(error: unknown): void {
    this.#ended = true;
    this.#session.close();
    if (error instanceof ForeignProtocolError) {
      this.#turnAway(error);
      return;
    }
    this.#answers.push(Promise.reject(error));
    void this.#send();
  }

  /** An HTTP client is told where it is, in its own words. */
  #turnAway({ spoken }: ForeignProtocolError): void {
    this.#shared.notices.tell(spoken, foreignNotice(spoken, addressText(this.socket.remoteAddress)));
    this.#readingSinceMs = undefined;
    this.#idleSinceMs = this.#nowMs();
    if (spoken === 'http') this.socket.end(httpAnswer(this.#shared.httpUrl));
    else this.socket.destroySoon();
  }

  #broken(error: unknown): void {
    const expected = error instanceof KafkaProtocolError || error instanceof AbortedError || this.socket.destroyed;
    if (!expected) this.#shared.gateway.parts.onError(error, 'serving a Kafka connection');
    this.#ended = true;
    this.socket.destroySoon();
  }

  #close(): void {
    this.#closed = true;
    this.#ended = true;
    this.#shared.requests.give(this.#reservedBytes);
    // The system has the socket back: nothing is read or sent any more.
    this.#frames.abandon();
    for (const lease of this.#leases) lease.release();
    this.#leases.clear();
    this.#gone.abort();
    this.#session.close();
  }
}

/**
 * A request's bytes. Those of Produce are used where they are until it is answered; what others say may be kept for longer,
 * and is little: it gets memory of its own.
 */
function frameOf({ bytes, release }: FrameMemory): Buffer {
  if (bytes[0] === 0 && bytes[1] === PRODUCE_KEY) return bytes;
  const copy = Buffer.from(bytes);
  release();
  return copy;
}

/** An IPv4 address as such, though it came by a socket of both kinds (RFC 4291, 2.5.5.2): clients are told of it. */
function addressText(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
}
