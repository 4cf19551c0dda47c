import { KafkaProtocolError } from '../errors.ts';
import type { ApiName } from './api.ts';
import { APIS, type Requests, type Responses } from './generated/index.ts';
import { KafkaReader, reading } from './reader.ts';
import { type Frame, KafkaWriter, writing } from './writer.ts';

/** What stands before every request's body. */
export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  /** Null, too, where the version is not known: then nobody can tell where it stands. */
  readonly clientId: string | null;
  /** The API that `apiKey` names, where this codec has it. */
  readonly api: ApiName | null;
  /** Whether this codec has the version; if not, the body cannot be read. */
  readonly readable: boolean;
  /** Where the body begins in the frame. */
  readonly bodyAt: number;
}

/** A response is at least this large with its header; most are not much larger. */
const RESPONSE_BYTES_FIRST = 256;
const NAMES: readonly (ApiName | undefined)[] = namesByKey();

/**
 * The header of a request; `frame` is one message without the length before it.
 *
 * @throws KafkaProtocolError for a frame that ends within the header, or a client id that is no string.
 */
export function readRequestHeader(frame: Uint8Array): RequestHeader {
  return reading('Request header', () => {
    const reader = new KafkaReader(frame, 0, false);
    const apiKey = reader.i16();
    const apiVersion = reader.i16();
    const correlationId = reader.i32();
    const api = NAMES[apiKey] ?? null;
    const readable = api !== null && apiVersion >= APIS[api].min && apiVersion <= APIS[api].max;
    if (!readable) return { apiKey, apiVersion, correlationId, clientId: null, api, readable, bodyAt: reader.at };
    // Not compact in flexible headers either (KIP-482), so that brokers can read it before they know the version.
    const clientId = reader.nullableString();
    reader.flexible = apiVersion >= APIS[api].flexibleFrom;
    reader.skipTags();
    return { apiKey, apiVersion, correlationId, clientId, api, readable, bodyAt: reader.at };
  });
}

/**
 * The body of a request, from byte `bodyAt` of its frame. Records and bytes are views on the frame: it must stay as it
 * is for as long as they are used. Bytes behind the body are ignored, as Kafka does.
 *
 * @throws KafkaProtocolError for bytes that are no such request; nothing else, whatever the bytes are.
 * @example
 * const header = readRequestHeader(frame);
 * if (header.api === 'Fetch' && header.readable) decodeRequest('Fetch', header.apiVersion, frame, header.bodyAt);
 */
export function decodeRequest<Name extends ApiName>(
  name: Name,
  version: number,
  frame: Uint8Array,
  bodyAt: number,
): Requests[Name] {
  checkVersion(name, version);
  const { readRequest, flexibleFrom } = APIS[name];
  const reader = new KafkaReader(frame, bodyAt, version >= flexibleFrom);
  return reading(`${name} request, version ${version}`, () => readRequest(reader, version));
}

/**
 * A response as a frame to send, its length and header before it. Records of 2 KiB and more are among its parts as the
 * views that were given: they must not change until the frame is sent.
 *
 * @throws KafkaProtocolError `kafka_unwritable` for a field that is set and has no place in `version`, a null that is
 * not allowed there, a number or a string that does not fit.
 * @example
 * const { parts } = encodeResponse('Heartbeat', 4, header.correlationId, { errorCode: 0 });
 */
export function encodeResponse<Name extends ApiName>(
  name: Name,
  version: number,
  correlationId: number,
  body: Responses[Name],
): Frame {
  checkVersion(name, version);
  const { writeResponse, flexibleFrom } = APIS[name];
  const writer = new KafkaWriter(false, RESPONSE_BYTES_FIRST);
  writing(`${name} response, version ${version}`, () => {
    writer.i32(correlationId);
    writer.flexible = version >= flexibleFrom;
    // A client that asks for versions does not know ours yet, so that header never has tags (KIP-511).
    if (name !== 'ApiVersions') writer.noTags();
    writeResponse(writer, version, body);
  });
  return writer.frame();
}

function checkVersion(name: ApiName, version: number): void {
  const { min, max } = APIS[name];
  if (version >= min && version <= max) return;
  throw new KafkaProtocolError('kafka_version', `${name} has no version ${version} here; ${min} to ${max} are there.`);
}

function namesByKey(): ApiName[] {
  const names: ApiName[] = [];
  for (const name of Object.keys(APIS) as ApiName[]) names[APIS[name].key] = name;
  return names;
}
