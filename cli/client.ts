import { AbortedError } from '../lib/bytes/index.ts';
import { CliError, ServerError } from './errors.ts';
import type { HttpAddress } from './settings.ts';

/** An answer is waited for so long. The server itself ends requests after 5 minutes; people give up before. */
const TIMEOUT_MS = 30_000;
/** Error texts of a foreign server are not shown beyond this. */
const MESSAGE_CHARS_MAX = 500;

/** Codes with which a connection could not even be made (libuv's, and undici's for its own time limit). */
const NOBODY: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, with its `content-type` among the headers. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * The server's HTTP API for the commands: connections are kept, every request has its time, and every failure becomes a
 * CliError that says what to do.
 *
 * @example
 * const names = await new Client(address).ask<string[]>('/topics');
 */
export class Client {
  readonly url: string;

  constructor(address: HttpAddress) {
    this.url = address.url;
  }

  /**
   * The parsed answer, or undefined where it is empty.
   *
   * @throws ServerError where the server refuses; CliError server_unreachable, server_foreign, server_lost,
   *   server_silent; AbortedError when `signal` fires
   */
  async ask<T>(path: string, ask: Ask = {}): Promise<T> {
    const timeout = AbortSignal.timeout(ask.timeoutMs ?? TIMEOUT_MS);
    const signal = ask.signal ? AbortSignal.any([timeout, ask.signal]) : timeout;
    try {
      const response = await fetch(this.url + path, { ...request(ask), signal, redirect: 'error' });
      const text = await response.text();
      return this.#read<T>(response, text);
    } catch (error) {
      if (error instanceof CliError) throw error;
      if (ask.signal?.aborted) throw new AbortedError();
      throw this.#failure(error, timeout);
    }
  }

  #read<T>(response: Response, text: string): T {
    const value = text === '' ? undefined : parsed(text);
    if (response.ok && value !== NOT_JSON) return value as T;
    if (isRefusal(value)) {
      throw new ServerError(value.message, {
        status: response.status,
        errorCode: value.error_code,
        retryAfterMs: retryAfterMs(response),
      });
    }
    const type = response.headers.get('content-type') ?? 'nothing';
    throw new CliError(
      'server_foreign',
      `What answers at ${this.url} is no Millrace: HTTP ${response.status} with ${type.slice(0, 100)}. Name the right address with --http.`,
    );
  }

  #failure(error: unknown, timeout: AbortSignal): CliError {
    if (timeout.aborted) {
      return new CliError('server_silent', `No answer from ${this.url} within the time. Is it overloaded?`, {
        cause: error,
      });
    }
    const code = systemCode(error);
    if (code !== undefined && NOBODY.has(code)) {
      const how = 'Start it with `npm start`, or name another address with --http.';
      return new CliError('server_unreachable', `Nothing answers at ${this.url} (${code}). ${how}`, { cause: error });
    }
    return new CliError('server_lost', `The connection to ${this.url} was lost${code ? ` (${code})` : ''}.`, {
      cause: error,
    });
  }
}

/** A part of a path, such as a topic's name. */
export function segment(name: string | number): string {
  return encodeURIComponent(name);
}

function request({ method, json, body, headers }: Ask): RequestInit {
  const given = { 'user-agent': 'millrace-cli', ...headers };
  if (json === undefined)
    return { method: method ?? (body === undefined ? 'GET' : 'POST'), headers: given, body: body ?? null };
  return {
    method: method ?? 'POST',
    headers: { 'content-type': 'application/json', ...given },
    body: JSON.stringify(json),
  };
}

const NOT_JSON = Symbol('not JSON');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return NOT_JSON;
    throw error;
  }
}

function isRefusal(value: unknown): value is { error_code: number; message: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { error_code, message } = value as { error_code?: unknown; message?: unknown };
  return typeof error_code === 'number' && typeof message === 'string' && message.length <= 100 * MESSAGE_CHARS_MAX;
}

/** RFC 9110, 10.2.3: seconds, or a date; Millrace sends seconds. */
function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

/** The system's code behind a failed fetch, whose own error says nothing. */
function systemCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return undefined;
}
