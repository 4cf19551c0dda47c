import { MillraceError } from '../../bytes/index.ts';
import { StoreError } from '../port.ts';

/**
 * What a failed call means:
 * - `refused`: it certainly had no effect; made again soon, it may succeed (throttling, a conflict, no connection).
 * - `declined`: it certainly had no effect, and nor will the same call soon (no right to it, a failed precondition).
 * - `unknown`: it may have had its effect, or may still have it (no answer, or a fault of the service).
 * - `final`: it certainly had no effect, and never will (a rule broken, a table or bucket that is not there).
 */
export type FailureKind = 'refused' | 'declined' | 'unknown' | 'final';

export interface Failure {
  readonly kind: FailureKind;
  readonly error: MillraceError;
}

/** The service is there and says "later", before it did anything. Source: the error lists of DynamoDB and S3. */
const FLOW_CONTROL: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'ThrottledException',
  'Throttling',
  'RequestThrottled',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'ReplicatedWriteConflictException',
  'TransactionConflictException',
  'TransactionCanceledException', // what else it may be for, transact.ts has dealt with
  'SlowDown',
  'ConditionalRequestConflict',
  'OperationAborted',
]);

/** The signature is too old, as after a Lambda was frozen, or its credentials are: the next one is made anew. */
const SIGN_AGAIN: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'InvalidSignatureException',
  'RequestTimeout',
]);

const TOO_MANY_REQUESTS = 429;

/** The call breaks a rule, or names what is not there: no repetition helps. */
const RULE_BROKEN: ReadonlySet<string> = new Set([
  'ValidationException',
  'ItemCollectionSizeLimitExceededException',
  'SerializationException',
  'IdempotentParameterMismatchException',
  'EntityTooLarge',
  'KeyTooLongError',
]);

/** Named what is not there, which only a deployment can mend. */
const NOT_THERE: ReadonlySet<string> = new Set(['ResourceNotFoundException', 'NoSuchBucket']);

/** The request with this token is still being carried out: a 400 that says nothing about its end. */
const UNDER_WAY: ReadonlySet<string> = new Set(['TransactionInProgressException', 'NoSuchUpload']);

/** Errors of sockets and resolvers before a connection stood, so nothing was sent. */
const NO_CONNECTION: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Credentials could not be had, so nothing was signed nor sent. */
const NO_CREDENTIALS: ReadonlySet<string> = new Set(['CredentialsProviderError', 'TokenProviderError']);

/**
 * What an error of the SDK means for the call named `what`. Messages name the service's error and the request id, never
 * the request: it may hold a user's data.
 */
export function failureOf(error: unknown, what: string): Failure {
  if (error instanceof MillraceError) return { kind: 'final', error };
  const { name, status, code, requestId } = traits(error);
  const said = `${name}${status === undefined ? '' : ` (HTTP ${status})`}${requestId ? `, request ${requestId}` : ''}`;
  const as = (kind: FailureKind, message: string): Failure => {
    const codes = {
      refused: 'store_unavailable',
      declined: 'store_unavailable',
      unknown: 'store_unknown',
      final: 'store_invalid',
    } as const;
    return { kind, error: new StoreError(codes[kind], `${what}: ${message}`, { cause: error }) };
  };
  if (FLOW_CONTROL.has(name) || status === TOO_MANY_REQUESTS)
    return as('refused', `the service asks to slow down, ${said}; nothing was done.`);
  if (SIGN_AGAIN.has(name)) return as('refused', `came too late, ${said}; nothing was done.`);
  if (NOT_THERE.has(name))
    return as('final', `the table or bucket is not there, ${said}; deploy it, or check its name and region.`);
  if (RULE_BROKEN.has(name)) return as('final', `${said}: ${error instanceof Error ? error.message : ''}`);
  if (NO_CREDENTIALS.has(name)) return as('refused', `there are no credentials, ${said}; nothing was sent.`);
  if (code !== undefined && NO_CONNECTION.has(code)) return as('refused', `no connection, ${code}; nothing was sent.`);
  if (status !== undefined && status >= 400 && status < 500 && !UNDER_WAY.has(name)) {
    return as('declined', `refused with ${said}; nothing was done.`);
  }
  return as('unknown', `no answer that tells what became of it, ${code ?? said}.`);
}

/** Whether the service answered with this HTTP status. */
export function hasStatus(error: unknown, status: number): boolean {
  return traits(error).status === status;
}

interface Traits {
  readonly name: string;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
}

/** What the SDK puts on its errors; anything may be missing on others. */
function traits(error: unknown): Traits {
  if (typeof error !== 'object' || error === null)
    return { name: String(error), status: undefined, code: undefined, requestId: undefined };
  const { name, code, $metadata } = error as {
    name?: unknown;
    code?: unknown;
    $metadata?: { httpStatusCode?: number; requestId?: string };
  };
  return {
    name: typeof name === 'string' ? name : 'Error',
    status: $metadata?.httpStatusCode,
    code: typeof code === 'string' ? code : undefined,
    requestId: $metadata?.requestId,
  };
}
