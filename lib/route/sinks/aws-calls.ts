import { AbortedError } from '../../bytes/index.ts';
import { reasonOf } from '../errors.ts';
import type { Outcome } from '../sink.ts';

/** Within a region a connection stands within milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;

/** All services that take events answer within a second; what takes longer than this has gone astray. */
export const ANSWER_TIMEOUT_MS = 20_000;

/** Connections of one sink: what a worker has under way per ledger at most, for the two ledgers of a busy Lambda. */
const SOCKETS_MAX = 32;

/** The SDK warns on the console of failures that we are told of anyway, each as an error. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} } as const;

/**
 * What every client of a sink is made with. Region, endpoint and credentials come from the environment. The SDK repeats
 * nothing: which failures may be repeated, when, and for how long, is the route's to decide.
 *
 * @param answerTimeoutMs how long one answer may take
 * @example
 * const client = once(async () => {
 *   const { SQSClient } = await import('@aws-sdk/client-sqs');
 *   return new SQSClient(clientOptions());
 * });
 */
export function clientOptions({ answerTimeoutMs = ANSWER_TIMEOUT_MS, region }: ClientWishes = {}) {
  const agent = { keepAlive: true, maxSockets: SOCKETS_MAX };
  return {
    maxAttempts: 1,
    logger: SILENT,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: answerTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
    ...(region !== undefined && { region }),
  };
}

export interface ClientWishes {
  readonly answerTimeoutMs?: number;
  /** Of a destination that is named by an ARN: it may lie in another region than the sink runs in. */
  readonly region?: string | undefined;
}

/** Makes something at the first call and keeps it; a making that failed is tried again at the next. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((thrown: unknown) => {
      made = undefined;
      throw thrown;
    });
    return made;
  };
}

/**
 * What a failed call means:
 * - `throttled`: the service asks to slow down; nothing was done.
 * - `missing`: the destination is not there. - `denied`: no right to it, or no credentials. Both may be mended.
 * - `lost`: no answer, or a fault of the service: it may have been done.
 * - `invalid`: the service refuses what it was sent, and will again.
 */
export type CallFailureKind = 'throttled' | 'missing' | 'denied' | 'lost' | 'invalid';

export interface CallFailure {
  readonly kind: CallFailureKind;
  /** The service's own word, such as `ThrottlingException`, or the socket's, such as `ECONNRESET`. */
  readonly code: string;
  /** What happened and what to do about it; nothing of an event. */
  readonly reason: string;
  /** What the service said; it may quote the event. */
  readonly detail: string;
}

/** What a call was about, for its failure's sentence. */
export interface CallTarget {
  /** The destination as the route names it, such as `queue https://sqs…/orders`. */
  readonly target: string;
  /** The setting that names it. */
  readonly setting: string;
  /** The right that the call needs, such as `sqs:SendMessage`. */
  readonly right: string;
}

/** Services agree on what they mean, not on its name. Source: each service's list of errors, and "Common errors". */
const THROTTLED =
  /throttl|slowdown|toomanyrequests|toomanyrequest|requestlimitexceeded|throughputexceeded|overlimit|ratelimit|limitexceeded|concurrentinvocation|conflict|inprogress|notready|aborted/i;
/** Faults of the service, whatever status they come with. */
const FAULT = /internal(server|service|error|failure)|^internal$|unavailable/i;
const MISSING = /notfound|nosuch|nonexistent|doesnotexist|notexist|queuedeleted|deleting|invalidarn/i;
const DENIED =
  /accessdenied|notauthorized|unauthorized|authorizationerror|authfailure|forbidden|credentials|tokenprovider|expiredtoken|invalidclienttoken|unrecognizedclient|invalidsignature|signaturedoesnotmatch|requestexpired|requesttimetooskewed|missingauthentication|optinrequired|invalidaccesskey|invalidtoken|kms/i;

/**
 * Sorts what a client threw.
 *
 * @throws AbortedError where `signal` fired: the route was stopped, or lost its lease
 */
export function callFailure(thrown: unknown, call: CallTarget, signal?: AbortSignal): CallFailure {
  if (signal?.aborted) throw new AbortedError();
  const { name, code, status } = traits(thrown);
  const detail = reasonOf(thrown);
  const as = (kind: CallFailureKind, reason: string): CallFailure => ({ kind, code: code ?? name, reason, detail });
  return namedFailure({ name, status }, call, as) ?? as('lost', `no answer from ${call.target} (${code ?? name})`);
}

/** As `callFailure`, for an entry of a batch that failed by itself: services give a code and a message. */
export function entryFailure(code: string, message: string | undefined, call: CallTarget): CallFailure {
  const as = (kind: CallFailureKind, reason: string): CallFailure => ({ kind, code, reason, detail: message ?? '' });
  const fault = /internal|unavailable|failure|timeout/i.test(code);
  const status = fault ? 500 : 400;
  return namedFailure({ name: code, status }, call, as) ?? as('lost', `${call.target} failed with ${code}`);
}

function namedFailure(
  { name, status }: { name: string; status: number | undefined },
  { target, setting, right }: CallTarget,
  as: (kind: CallFailureKind, reason: string) => CallFailure,
): CallFailure | undefined {
  const said = status === undefined ? name : `${name}, HTTP ${status}`;
  if (THROTTLED.test(name) || status === 429) {
    return as('throttled', `${target} asks to slow down (${said}). Raise its quota if this lasts`);
  }
  if (FAULT.test(name) || (status !== undefined && status >= 500)) return as('lost', `${target} failed with ${said}`);
  if (DENIED.test(name) || status === 401 || status === 403) {
    return as('denied', `no right to ${target} (${said}). Allow the route's role ${right} on it`);
  }
  if (MISSING.test(name) || status === 404) {
    return as('missing', `${target} is not there (${said}). Make it, or set ${setting} to one that is`);
  }
  // A time-out while the request was read: nothing was done, and the next one may be quicker.
  if (/timeout/i.test(name) || status === 408) return as('lost', `no answer from ${target} in time (${said})`);
  if (status !== undefined && status >= 400) return as('invalid', `${target} refuses it with ${said}`);
  return undefined;
}

/** What becomes of an event whose call failed: poison where the destination will refuse it again, else another try. */
export function failedOutcome({ kind, reason, detail }: CallFailure): Outcome {
  return kind === 'invalid' ? { is: 'poison', reason, detail } : { is: 'retry', reason, detail };
}

/**
 * As `failedOutcome`, where only some of what a service refuses is the event's own fault; the rest (a function's settings,
 * a bucket's policy) its owner mends, and all events would meet it.
 *
 * @param own the service's words for what is the event's fault
 */
export function failedUnless(failure: CallFailure, own: readonly string[]): Outcome {
  const { kind, code, reason, detail } = failure;
  return kind === 'invalid' && !own.includes(code) ? { is: 'retry', reason, detail } : failedOutcome(failure);
}

/**
 * An event that no request to its destination can hold.
 *
 * @example
 * tooLarge(300_000, { what: 'a message of SQS', limitBytes: 262_144 });
 */
export function tooLarge(
  sizeBytes: number,
  { what, limitBytes }: { what: string; limitBytes: number },
): Extract<Outcome, { is: 'poison' }> {
  return { is: 'poison', reason: `the event takes ${sizeBytes} bytes; ${what} holds ${limitBytes} at most` };
}

interface Traits {
  readonly name: string;
  readonly status: number | undefined;
  /** Of a socket or a resolver. */
  readonly code: string | undefined;
}

/** What the SDK puts on its errors; anything may be missing on others. */
function traits(thrown: unknown): Traits {
  if (typeof thrown !== 'object' || thrown === null)
    return { name: String(thrown), status: undefined, code: undefined };
  const { name, code, $metadata } = thrown as {
    name?: unknown;
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  return {
    name: typeof name === 'string' ? name : 'Error',
    status: $metadata?.httpStatusCode,
    code: typeof code === 'string' ? code : undefined,
  };
}
