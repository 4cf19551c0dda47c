/** How long a server may be away, or overloaded, before a request is given up. */
const PATIENCE_MS = 60_000;
const WAIT_FIRST_MS = 20;
const WAIT_LAST_MS = 500;

export interface Ask {
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Error codes that come back as an answer, as they are expected. */
  readonly expect?: readonly number[];
  readonly signal?: AbortSignal;
  /** For a request that must not be repeated: a connection that breaks is the caller's to deal with. */
  readonly once?: boolean;
}

/** What a server refused, with its `error_code`. */
export class Refused extends Error {
  readonly status: number;
  readonly errorCode: number;

  constructor(request: string, status: number, body: { error_code: number; message: string }) {
    super(`${request} answered ${status}, ${body.error_code}: ${body.message}`);
    this.name = 'Refused';
    this.status = status;
    this.errorCode = body.error_code;
  }
}

/**
 * A patient client: asks again while the server is away or says to come later. For requests that are safe to repeat.
 *
 * @example
 * await new HttpClient(server.url).ask('POST', '/topics/flights', { json: { records }, headers: { 'idempotency-key': id } });
 */
export class HttpClient {
  readonly url: string;
  /** Requests that had to be made again. */
  retries = 0;

  constructor(url: string) {
    this.url = url;
  }

  /** The answer's body. @throws Refused; TypeError where the server stays away */
  async ask<T>(method: string, path: string, ask: Ask = {}): Promise<T> {
    const { json, headers, expect = [], signal, once = false } = ask;
    const body = json === undefined ? null : JSON.stringify(json);
    const init = { method, body, headers: { 'content-type': 'application/json', ...headers }, signal: signal ?? null };
    const untilMs = performance.now() + PATIENCE_MS;
    for (let waitMs = WAIT_FIRST_MS; ; waitMs = Math.min(waitMs * 2, WAIT_LAST_MS)) {
      const answer = await attempt(this.url + path, init);
      if (answer.is === 'answer' && (answer.status < 400 || expect.includes(codeOf(answer.body))))
        return answer.body as T;
      if (answer.is === 'away') {
        if (once || performance.now() > untilMs) throw answer.error;
      } else if ((answer.status !== 429 && answer.status !== 503) || performance.now() > untilMs) {
        throw new Refused(`${method} ${path}`, answer.status, answer.body as { error_code: number; message: string });
      }
      this.retries++;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

type Attempt = { is: 'away'; error: TypeError } | { is: 'answer'; status: number; body: unknown };

async function attempt(url: string, init: RequestInit): Promise<Attempt> {
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    return { is: 'answer', status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  } catch (error) {
    if (error instanceof TypeError) return { is: 'away', error }; // no connection, or it broke
    throw error;
  }
}

function codeOf(body: unknown): number {
  return typeof body === 'object' && body !== null && 'error_code' in body ? Number(body.error_code) : -1;
}
