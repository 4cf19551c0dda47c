import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { refuseFormBody } from './browser.ts';
import type { HttpContext, HttpPolicy } from './context.ts';
import { HttpError } from './http-error.ts';
import { asBuffer, JsonScanner } from './json/scanner.ts';
import type { HttpLimits } from './limits.ts';
import type { Slabs } from './slabs.ts';

/** A body of unknown length is counted in steps of at least this, so that counting is rare. */
const STEP_BYTES = 64 * 1024;

/**
 * Reads the whole body and hands it to `use`, which may change its bytes; they count as held until `use` is through, and
 * belong to the next body then.
 *
 * @throws HttpError body_too_large, memory_exhausted, body_incomplete, media_type_unsupported
 */
export async function withBody<T>(
  c: HttpContext,
  policy: HttpPolicy,
  use: (bytes: Uint8Array) => T | Promise<T>,
): Promise<T> {
  const held = new HeldBytes(policy, contentLength(c));
  const body = new Body(policy.slabs, held);
  try {
    const bytes = await body.collect(bodyChunks(c));
    if (bytes.length > 0) refuseFormBody(c);
    return await use(bytes);
  } finally {
    body.release();
    held.release();
  }
}

/** The body as it arrives: node's own stream where there is one (web streams cost a copy and two promises a chunk). */
export function bodyChunks(c: HttpContext): AsyncIterable<Uint8Array> {
  const incoming = c.env?.incoming;
  if (incoming !== undefined) return nodeChunks(incoming as IncomingMessage);
  return c.req.raw.body ?? NO_CHUNKS;
}

const NO_CHUNKS: AsyncIterable<Uint8Array> = {
  async *[Symbol.asyncIterator]() {},
};

async function* nodeChunks(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    // Without destroyOnReturn the socket lives on, so that a refusal can still be answered.
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (error) {
    throw new HttpError('body_incomplete', 'The request ended before its body was complete.', { cause: error });
  }
}

/** The announced length, or undefined where the body is chunked. */
export function contentLength(c: HttpContext): number | undefined {
  const text = c.req.header('content-length');
  if (text === undefined) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

/** Counts the bytes of one body against the limits; `release` when they are given up. */
export class HeldBytes {
  readonly policy: HttpPolicy;
  readonly announced: number | undefined;
  #count = 0;

  constructor(policy: HttpPolicy, announced: number | undefined) {
    this.policy = policy;
    this.announced = announced;
    if (announced !== undefined) this.atLeast(announced);
  }

  /** Counts up to `count` bytes, or more. */
  atLeast(count: number): void {
    const max = this.policy.limits.bodyBytesMax;
    if (count > max) throw new HttpError('body_too_large', `The body has more than the ${max} bytes that are allowed.`);
    if (count <= this.#count) return;
    const step = this.announced === undefined ? Math.max(count - this.#count, STEP_BYTES) : count - this.#count;
    this.policy.admission.takeBytes(step);
    this.#count += step;
  }

  release(): void {
    this.policy.admission.giveBytes(this.#count);
    this.#count = 0;
  }
}

/** Bytes that arrive in chunks, in one piece. */
class Body {
  readonly #slabs: Slabs;
  readonly #held: HeldBytes;
  #slab: Buffer | undefined;

  constructor(slabs: Slabs, held: HeldBytes) {
    this.#slabs = slabs;
    this.#held = held;
  }

  async collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const announced = this.#held.announced;
    let only: Uint8Array | undefined;
    let length = 0;
    for await (const chunk of chunks) {
      this.#held.atLeast(length + chunk.length);
      if (length === 0 && (announced ?? 0) <= chunk.length) {
        only = chunk; // most requests fit one chunk: no copy
      } else {
        const slab = this.#withRoom(only, length, Math.max(announced ?? 0, length + chunk.length));
        slab.set(chunk, length);
        only = undefined;
      }
      length += chunk.length;
    }
    if (announced !== undefined && length < announced) {
      throw new HttpError('body_incomplete', `The body ended after ${length} of ${announced} bytes.`);
    }
    return only ?? this.#slab?.subarray(0, length) ?? new Uint8Array(0);
  }

  release(): void {
    if (this.#slab) this.#slabs.give(this.#slab);
    this.#slab = undefined;
  }

  /** The slab, with the first `length` bytes in it and room for `needed`. */
  #withRoom(first: Uint8Array | undefined, length: number, needed: number): Buffer {
    const slab = this.#slab;
    if (slab && slab.length >= needed) return slab;
    const larger = this.#slabs.take(slab ? Math.max(needed, slab.length * 2) : needed);
    const before = slab ?? first;
    if (before) larger.set(before.subarray(0, length));
    this.release();
    this.#slab = larger;
    return larger;
  }
}

/**
 * A small body as the value that it is. Checked for UTF-8, syntax and depth before JSON.parse sees it.
 *
 * @throws HttpError json_invalid with the position, json_too_deep
 */
export function parseJson(bytes: Uint8Array, limits: HttpLimits): unknown {
  requireUtf8(bytes);
  const scanner = new JsonScanner(bytes, limits.jsonDepthMax);
  scanner.value();
  scanner.finish();
  return JSON.parse(asBuffer(bytes).toString('utf8'));
}

/** @throws HttpError json_invalid */
export function requireUtf8(bytes: Uint8Array): void {
  if (isUtf8(bytes)) return;
  throw new HttpError('json_invalid', 'The body is not UTF-8, as JSON must be (RFC 8259, section 8.1).');
}
