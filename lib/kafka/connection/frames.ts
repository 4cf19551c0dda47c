import { KafkaProtocolError } from '../errors.ts';
import { ForeignProtocolError, spokenBy } from './foreign.ts';
import type { FrameMemory } from './frame-memory.ts';

const LENGTH_BYTES = 4;

/** What frames are given to. */
export interface FrameSink {
  /** The largest that may come now. */
  frameBytesMax(): number;
  /** Whether a frame of this length may be read now; if not, nothing is taken until `Frames.proceed`. */
  begin(lengthBytes: number): boolean;
  /** Memory for a frame of this length, which it is read to. */
  memory(lengthBytes: number): FrameMemory;
  /** A whole frame, without the length before it. Its memory is the taker's. */
  take(frame: FrameMemory): void;
}

/**
 * Cuts a stream of bytes into frames. Where a frame's end is known, `room` is the rest of its own memory, so that most
 * bytes of a large one are read to where they stay; what comes before that is copied out of the scratch buffer.
 */
export class Frames {
  readonly #sink: FrameSink;
  /** The length of the next frame, as far as it has come. */
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #lengthAt = 0;
  /** No frame has begun yet: these bytes are the client's first. */
  #isFirst = true;
  /** The frame that is being read. */
  #frame: FrameMemory | undefined;
  #frameAt = 0;
  /** What has come and cannot be begun yet: less than the scratch buffer holds. */
  #held: Uint8Array | undefined;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whether bytes of a frame are there and not all. */
  get inFrame(): boolean {
    return this.#frame !== undefined || (this.#lengthAt > 0 && this.#held === undefined);
  }

  /** Where the next bytes are to be read to; undefined: to the scratch buffer. */
  get room(): Buffer | undefined {
    return this.#frame?.bytes.subarray(this.#frameAt);
  }

  /** `bytes` bytes were read to `room`. */
  filled(bytes: number): void {
    this.#frameAt += bytes;
    this.#finish();
  }

  /**
   * Takes bytes as they came; they are the caller's again afterwards. What was on its way when `begin` refused is kept.
   * @throws KafkaProtocolError for a length that cannot be; ForeignProtocolError where it is the start of something else
   */
  feed(bytes: Uint8Array): void {
    if (this.#held) {
      this.#held = Buffer.concat([this.#held, bytes]);
      return;
    }
    let at = 0;
    while (at < bytes.length) {
      if (!this.#frame) {
        at = this.#readLength(bytes, at);
        if (this.#lengthAt < LENGTH_BYTES) return;
        if (!this.#begin()) {
          this.#held = bytes.slice(at);
          return;
        }
      }
      at = this.#copy(bytes, at);
    }
  }

  /** The frame that could not begin has been let in: goes on with it, and with what came behind it. */
  proceed(): void {
    const held = this.#held ?? new Uint8Array(0);
    this.#held = undefined;
    this.#allocate();
    this.feed(held.subarray(this.#copy(held, 0)));
  }

  /** Lets go of a frame that will not come whole. Nothing may be read to its memory any more. */
  abandon(): void {
    this.#frame?.release();
    this.#frame = undefined;
    this.#held = undefined;
  }

  #readLength(bytes: Uint8Array, from: number): number {
    let at = from;
    while (this.#lengthAt < LENGTH_BYTES && at < bytes.length) this.#length[this.#lengthAt++] = bytes[at++]!;
    return at;
  }

  #begin(): boolean {
    const length = this.#length.readInt32BE(0);
    const most = this.#sink.frameBytesMax();
    if (length < 0 || length > most) {
      const spoken = this.#isFirst ? spokenBy(this.#length) : undefined;
      if (spoken) throw new ForeignProtocolError(spoken);
      throw new KafkaProtocolError(
        'kafka_malformed',
        `A request gives its length as ${length} bytes; 0 to ${most} are allowed. Is the client speaking Kafka's protocol?`,
      );
    }
    this.#isFirst = false;
    if (!this.#sink.begin(length)) return false;
    this.#allocate();
    return true;
  }

  #allocate(): void {
    this.#frame = this.#sink.memory(this.#length.readInt32BE(0));
    this.#frameAt = 0;
    this.#lengthAt = 0;
    this.#finish();
  }

  #copy(bytes: Uint8Array, from: number): number {
    const frame = this.#frame;
    if (!frame) return from;
    const count = Math.min(bytes.length - from, frame.bytes.length - this.#frameAt);
    frame.bytes.set(bytes.subarray(from, from + count), this.#frameAt);
    this.filled(count);
    return from + count;
  }

  #finish(): void {
    const frame = this.#frame;
    if (!frame || this.#frameAt < frame.bytes.length) return;
    this.#frame = undefined;
    this.#sink.take(frame);
  }
}
