import type { QuotaKey } from '../auth/index.ts';
import { AbortedError, Lease, writeI32 } from '../bytes/index.ts';
import {
  APIS,
  type ApiName,
  decodeRequest,
  encodeResponse,
  type Frame,
  type RequestHeader,
  type Responses,
  readRequestHeader,
} from './codec/index.ts';
import { KAFKA_ERRORS, kafkaErrorOf, kafkaMessageOf } from './error-codes.ts';
import { KafkaProtocolError } from './errors.ts';
import type { Handler, HandlerContext } from './handler.ts';
import type { Authentication } from './security/index.ts';
import type { Session } from './session.ts';

/** The API and the version that everything can be asked for with; its header is the same in all versions. */
const API_VERSIONS = 'ApiVersions';
/** What may be asked by whom nobody knows yet. Source: Kafka's SaslServerAuthenticator. */
const BEFORE_AUTHENTICATION: ReadonlySet<ApiName> = new Set([API_VERSIONS, 'SaslHandshake', 'SaslAuthenticate']);
const LENGTH_BYTES = 4;

/** A response as a frame to send. */
export interface Answer extends Frame {
  /** Of the memory that its parts show: to be released when it is sent, or will not be. */
  readonly lease?: Lease;
}

/**
 * Decodes a request, has its handler answer it, and encodes the answer.
 *
 * @throws KafkaProtocolError for bytes that are no request, an API or version that is not served, and what is asked without
 * having authenticated: as Kafka does, the connection ends, for where nobody knows the answer's form there is none.
 */
export async function answer(session: Session, frame: Uint8Array, admitted: () => void): Promise<Answer | undefined> {
  const lease = new Lease();
  try {
    const answered = await respond(session, frame, admitted, lease);
    if (answered) return lease.empty ? answered : { ...answered, lease };
    lease.release();
    return undefined;
  } catch (error) {
    lease.release();
    throw error;
  }
}

async function respond(
  session: Session,
  frame: Uint8Array,
  admitted: () => void,
  lease: Lease,
): Promise<Frame | undefined> {
  if (session.authentication?.takesBareTokens) return answerToken(session, session.authentication, frame);
  const header = readRequestHeader(frame);
  const { api, apiVersion, correlationId } = header;
  if (api === API_VERSIONS && !header.readable) return refuseVersion(session, correlationId);
  const handler = api && session.gateway.handlers[api];
  if (!handler || !header.readable) throw notServed(header);
  requireAuthenticated(session, api);
  session.clientId = header.clientId;
  const { parts } = session.gateway;
  const { asker } = session;
  const context: HandlerContext = {
    version: apiVersion,
    session,
    parts,
    signal: session.signal,
    lease,
    allow: (operation, resource) => parts.security.allow(asker, operation, resource),
    admitted,
  };
  const { clock } = parts;
  const begunMs = clock.monotonicMs();
  const answering = run(handler as Handler<ApiName>, frame, header, context);
  const handledMs = clock.monotonicMs() - begunMs;
  const body = await answering;
  const writingMs = clock.monotonicMs();
  try {
    const response = body && encodeResponse(api, apiVersion, correlationId, body);
    const busyMs = handledMs + clock.monotonicMs() - writingMs;
    const throttleTimeMs = throttle(session, api, { requestBytes: frame.length, response, busyMs });
    if (throttleTimeMs === 0 || body === undefined) return response;
    return encodeResponse(api, apiVersion, correlationId, { ...body, throttleTimeMs });
  } catch (unwritable) {
    // A fault of ours: the client has done nothing wrong, and gets no answer.
    parts.onError(unwritable, `answering ${api}`);
    throw unwritable;
  }
}

async function run<Name extends ApiName>(
  handler: Handler<Name>,
  frame: Uint8Array,
  header: RequestHeader,
  context: HandlerContext,
): Promise<Responses[Name] | undefined> {
  const request = decodeRequest(handler.api, header.apiVersion, frame, header.bodyAt);
  try {
    return await handler.handle(request, context);
  } catch (thrown) {
    const errorCode = kafkaErrorOf(thrown);
    const unexpected = errorCode === KAFKA_ERRORS.UNKNOWN_SERVER_ERROR;
    if (unexpected && !(thrown instanceof AbortedError)) context.parts.onError(thrown, `answering ${handler.api}`);
    return handler.failed(request, { errorCode, errorMessage: kafkaMessageOf(thrown) }, context);
  }
}

interface Taken {
  readonly requestBytes: number;
  readonly response: Frame | undefined;
  /** Time of the processor that the request took, without what it waited for. */
  readonly busyMs: number;
}

/** Notes what the request took, and where that was more than a quota allows, holds the connection up for so many ms. */
function throttle(session: Session, api: ApiName, { requestBytes, response, busyMs }: Taken): number {
  if (BEFORE_AUTHENTICATION.has(api)) return 0;
  const usage: [QuotaKey, number][] = [['request_percentage', busyMs]];
  if (api === 'Produce') usage.push(['producer_byte_rate', requestBytes]);
  if (api === 'Fetch') usage.push(['consumer_byte_rate', response?.sizeBytes ?? 0]);
  const asker = { user: session.principal.slice('User:'.length), clientId: session.clientId ?? '' };
  const ms = session.gateway.parts.quotas.throttleMs(asker, usage);
  if (ms > 0) session.mute(ms);
  return ms;
}

function requireAuthenticated({ authentication }: Session, api: ApiName): void {
  if (!authentication || authentication.valid || BEFORE_AUTHENTICATION.has(api)) return;
  throw new KafkaProtocolError(
    'kafka_unauthenticated',
    `${api} was asked for ${authentication.user === undefined ? 'before' : 'after the session of'} an authentication; SaslHandshake and SaslAuthenticate come first.`,
  );
}

/** A token without a header, after a handshake of version 0: so is its answer, and a refusal has none. */
async function answerToken(
  session: Session,
  authentication: Authentication,
  token: Uint8Array,
): Promise<Frame | undefined> {
  const { errorCode, authBytes } = await authentication.authenticate(token, session.signal);
  if (errorCode !== KAFKA_ERRORS.NONE) return undefined;
  const length = new Uint8Array(LENGTH_BYTES);
  writeI32(length, 0, authBytes.length);
  return { parts: [length, authBytes], sizeBytes: LENGTH_BYTES + authBytes.length };
}

/** In the body of version 0, which every client can read, and with the versions to choose from (KIP-511). */
function refuseVersion(session: Session, correlationId: number): Frame {
  const { key, min, max } = APIS[API_VERSIONS];
  const errorCode = KAFKA_ERRORS.UNSUPPORTED_VERSION;
  session.clientId = null;
  return encodeResponse(API_VERSIONS, 0, correlationId, {
    errorCode,
    apiKeys: [{ apiKey: key, minVersion: min, maxVersion: max }],
  });
}

function notServed({ api, apiKey, apiVersion }: RequestHeader): KafkaProtocolError {
  return new KafkaProtocolError(
    'kafka_version',
    `${api ?? `The API with key ${apiKey}`} is not served in version ${apiVersion}; ApiVersions says which are.`,
  );
}
