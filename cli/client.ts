import { AbortedError } from '../lib/bytes/index.ts';
import { Access, type AccessOptions, refusalAdvice } from './access.ts';
import { CliError, ServerError } from './errors.ts';
import { exchange, type WireAnswer, type WireRequest } from './exchange.ts';
import type { HttpAddress } from './settings.ts';

/** An answer is waited for so long. The server itself ends requests after 5 minutes; people give up before. */
const TIMEOUT_MS = 30_000;
/** Error texts of a foreign server are not shown beyond this. */
const MESSAGE_CHARS_MAX = 500;

/** Codes with which a connection could not even be made. */
const NOBODY: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
]);

/** Codes with which TLS ends where the other side speaks something else: plain HTTP, as a rule. */
const NO_TLS: ReadonlySet<string> = new Set([
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
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
  readonly #access: Access;
  /** What to do where nothing answers. */
  readonly #start: string;

  /** `access` says who asks. Default: nobody does, and an address of AWS is asked with a signature. */
  constructor(address: HttpAddress, access: Partial<AccessOptions> = {}) {
    this.url = address.url;
    this.#start = startAdvice(address);
    this.#access = new Access(address, { sign: 'auto', token: undefined, env: {}, ...access });
  }

  /**
   * The parsed answer, or undefined where it is empty.
   *
   * @throws ServerError where the server refuses; CliError access_refused, server_unreachable, server_foreign,
   *   server_lost, server_silent; AbortedError when `signal` fires
   */
  async ask<T>(path: string, ask: Ask = {}): Promise<T> {
    const timeout = AbortSignal.timeout(ask.timeoutMs ?? TIMEOUT_MS);
    const signal = ask.signal ? AbortSignal.any([timeout, ask.signal]) : timeout;
    try {
      const unsigned = request(new URL(this.url + path), ask);
      const headers = await this.#access.headersOf(unsigned);
      return this.#read<T>(await exchange({ ...unsigned, headers }, signal));
    } catch (error) {
      if (error instanceof CliError) throw error;
      if (ask.signal?.aborted) throw new AbortedError();
      throw this.#failure(error, timeout);
    }
  }

  #read<T>(answer: WireAnswer): T {
    const { status, text, headers } = answer;
    const value = text === '' ? undefined : parsed(text);
    if (status >= 200 && status < 300 && value !== NOT_JSON) return value as T;
    if (isRefusal(value)) {
      throw new ServerError(value.message, {
        status,
        errorCode: value.error_code,
        retryAfterMs: retryAfterMs(answer),
      });
    }
    if (status === 401 || status === 403) {
      const advice = refusalAdvice(status, this.#access.shown);
      throw new CliError('access_refused', `${this.url} answers ${status}. ${advice}`);
    }
    if (isGateways(answer)) {
      const what = status === 429 ? 'more requests than it takes' : 'its function failed, see the log of it';
      throw new ServerError(`${this.url} answers ${status}: ${what}.`, {
        status,
        errorCode: status,
        retryAfterMs: retryAfterMs(answer),
      });
    }
    const type = headers['content-type'] ?? 'nothing';
    throw new CliError(
      'server_foreign',
      `What answers at ${this.url} is no Millrace: HTTP ${status} with ${type.slice(0, 100)}. Name the right address with --http.`,
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
      return new CliError('server_unreachable', `Nothing answers at ${this.url} (${code}). ${this.#start}`, {
        cause: error,
      });
    }
    if (code !== undefined && NO_TLS.has(code) && this.url.startsWith('https:')) {
      const plain = this.url.replace(/^https:/, 'http:');
      const advice = `If it speaks http, as \`npm start\` does, name it so: --http ${plain}`;
      return new CliError('server_foreign', `What answers at ${this.url} speaks no https (${code}). ${advice}`, {
        cause: error,
      });
    }
    return new CliError('server_lost', `The connection to ${this.url} was lost${code ? ` (${code})` : ''}.`, {
      cause: error,
    });
  }
}

/** Only on this machine, and there at the root, `npm start` brings up what is missing: the rest is AWS's or an emulator's. */
function startAdvice({ loopback, plain }: HttpAddress): string {
  return loopback && plain
    ? 'Start it with `npm start`, or name another address with --http.'
    : 'Is the address (--http, MILLRACE_HTTP) right, and the stack still there, or the emulator running?';
}

/** A part of a path, such as a topic's name. */
export function segment(name: string | number): string {
  return encodeURIComponent(name);
}

function request(url: URL, { method, json, body, headers }: Ask): WireRequest {
  const given = { 'user-agent': 'millrace-cli', accept: '*/*', ...headers };
  if (json === undefined) {
    return { url, method: method ?? (body === undefined ? 'GET' : 'POST'), headers: given, body };
  }
  return {
    url,
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

/** Whether API Gateway or a Function URL answers in the place of what stands behind it. */
function isGateways({ status, headers }: WireAnswer): boolean {
  const marked = ['apigw-requestid', 'x-amzn-requestid', 'x-amz-apigw-id'].some((name) => name in headers);
  return marked && (status === 429 || status >= 500);
}

/** RFC 9110, 10.2.3: seconds, or a date; Millrace sends seconds. */
function retryAfterMs({ headers }: WireAnswer): number | undefined {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

/** The system's code of a failed connection, or of one of the addresses that were tried. */
function systemCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string') return code;
  }
  return undefined;
}
