import { ClientError } from './errors.ts';
import type { Time } from './time.ts';

const JSON_TYPE = 'application/json';
/** What a poll's answer is asked in: values as base64, whatever they are. */
export const BINARY = 'application/vnd.kafka.binary.v2+json';
export const V2 = 'application/vnd.kafka.v2+json';

const PAUSE_FIRST_MS = 100;
const PAUSE_MAX_MS = 5_000;
/** Beyond what the server may take for the request itself: a connection that says nothing for so long is dead. */
const ANSWER_MS = 30_000;

/** Answers that say "later": the request had no effect, or may be made again as it was. */
const LATER: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
/** No group, no partitions, a member that was fenced or is unknown, offsets that others have passed. */
const FENCED: ReadonlySet<number> = new Set([40404, 40903, 40904, 40907]);
/** Of consumers: an instance, or its member, that is gone. */
const INSTANCE_GONE = 40403;
/** Of consumers: others keep changing the instance. */
const INSTANCE_BUSY = 40905;

export interface Ask {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly key?: string;
  readonly signal?: AbortSignal | undefined;
  /** What the server may wait before it answers. */
  readonly waitMs?: number;
  /** Asked once: a second time would not do the same. */
  readonly once?: true;
}

export interface HttpOptions {
  readonly url: string;
  readonly headers: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly fetch: typeof fetch;
  readonly time: Time;
  readonly retryMs: number;
}

/** Requests that are made again, with growing pauses, while the server says "later" or nothing at all. */
export class Http {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  get time(): Time {
    return this.#options.time;
  }

  /**
   * The parsed answer; undefined for one without a body.
   * @throws ClientError; what `signal` was aborted with
   */
  async ask(ask: Ask): Promise<unknown> {
    const { time, retryMs } = this.#options;
    const sinceMs = time.nowMs();
    for (let tries = 0; ; tries++) {
      const answer = await this.#tryOnce(ask);
      if (!(answer instanceof ClientError)) return answer.body;
      const over = ask.once || answer.code !== 'unavailable' || time.nowMs() - sinceMs > retryMs;
      ask.signal?.throwIfAborted();
      if (over) throw answer;
      await time.sleep(Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** tries) * (0.5 + time.random() / 2), ask.signal);
    }
  }

  async #tryOnce(ask: Ask): Promise<{ body: unknown } | ClientError> {
    const { url, fetch, headers } = this.#options;
    const limit = AbortSignal.timeout((ask.waitMs ?? 0) + ANSWER_MS);
    const what = `${ask.method} ${ask.path}`;
    try {
      const response = await fetch(url + ask.path, {
        method: ask.method,
        headers: {
          ...(ask.body !== undefined && { 'content-type': ask.type ?? JSON_TYPE }),
          ...(ask.accept && { accept: ask.accept }),
          ...(ask.key && { 'idempotency-key': ask.key }),
          ...(await headers()),
        },
        ...(ask.body !== undefined && { body: JSON.stringify(ask.body) }),
        signal: ask.signal ? AbortSignal.any([ask.signal, limit]) : limit,
      });
      const text = await response.text();
      return response.ok ? { body: parsed(text, what) } : refusal(response.status, text, ask);
    } catch (thrown) {
      if (thrown instanceof ClientError) return thrown;
      return new ClientError('unavailable', `No answer from ${url} to ${what}: ${reasonOf(thrown)}`, { cause: thrown });
    }
  }
}

/** Node's fetch says no more than "fetch failed"; why, its cause does. Browsers give none. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { message, cause } = thrown;
  return cause instanceof Error && cause.message !== '' ? `${message} (${cause.message})` : message;
}

/** One value, or, where there are several one per line, all of them. */
function parsed(text: string, what: string): unknown {
  const lines = text.trim().split('\n');
  try {
    if (text.trim() === '') return undefined;
    return lines.length > 1 ? lines.map((line): unknown => JSON.parse(line)) : JSON.parse(text);
  } catch (cause) {
    throw new ClientError('answer_invalid', `The answer to ${what} is not JSON.`, { cause });
  }
}

function refusal(status: number, text: string, { method, path }: Ask): ClientError {
  const { error_code: serverCode = 0, message } = bodyOf(text);
  const said = `${method} ${path} was answered ${status}: ${message ?? text.slice(0, 200)}`;
  const gone = serverCode === INSTANCE_GONE && path.startsWith('/consumers/');
  const later = LATER.has(status) || serverCode === INSTANCE_BUSY;
  const code = gone || FENCED.has(serverCode) ? 'fenced' : later ? 'unavailable' : 'refused';
  return new ClientError(code, said, { status, serverCode });
}

function bodyOf(text: string): { error_code?: number; message?: string } {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {}; // a proxy's page: its status says enough
  }
}
