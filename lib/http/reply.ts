import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { HttpContext } from './context.ts';
import { HttpError } from './http-error.ts';

export const V2_JSON = 'application/vnd.kafka.v2+json';
export const JSON_TYPE = 'application/json';

/** v2's content types of bodies whose keys and values are base64, and are JSON. */
export const BINARY_TYPE = 'application/vnd.kafka.binary.v2+json';
export const JSON_EMBEDDED_TYPE = 'application/vnd.kafka.json.v2+json';

/** How keys and values stand in a v2 body. */
export type EmbeddedFormat = 'binary' | 'json';

/** An answer in v2's or v3's content type. */
export function reply(c: HttpContext, value: unknown, status: ContentfulStatusCode = 200): Response {
  return c.body(JSON.stringify(value), status, { 'content-type': isV2(c.req.path) ? V2_JSON : JSON_TYPE });
}

export function replyBytes(c: HttpContext, bytes: Uint8Array<ArrayBuffer>, contentType: string): Response {
  return c.body(bytes, 200, { 'content-type': contentType });
}

/** Whether a path is one of REST Proxy's v2 API. */
export function isV2(path: string): boolean {
  return path.startsWith('/topics') || path.startsWith('/consumers') || path.startsWith('/buffered');
}

const EMBEDDED = /^application\/vnd\.kafka\.([a-z]+)\.v2\+json$/;
/** Content types that name no embedded format: REST Proxy takes binary then. */
const GENERAL: ReadonlySet<string> = new Set([
  V2_JSON,
  'application/vnd.kafka+json',
  JSON_TYPE,
  'application/octet-stream',
]);

/** What a produce request's Content-Type says, and the media type that said so. */
export interface ContentType {
  readonly format: EmbeddedFormat;
  readonly type: string;
}

/**
 * The embedded format that a produce request's Content-Type names.
 *
 * @throws HttpError media_type_unsupported
 */
export function contentType(c: HttpContext): ContentType {
  return parseContentType(c.req.header('content-type'));
}

/** The same for a header's text, wherever it stood. */
export function parseContentType(header: string | undefined): ContentType {
  const type = mediaType(header ?? '');
  if (type === JSON_EMBEDDED_TYPE) return { format: 'json', type };
  if (type === BINARY_TYPE || GENERAL.has(type)) return { format: 'binary', type };
  throw new HttpError(
    'media_type_unsupported',
    `Content-Type ${header === undefined ? 'is missing' : `"${header.slice(0, 100)}" is not supported`}. Send ${JSON_EMBEDDED_TYPE}, or ${BINARY_TYPE} with keys and values in base64.`,
  );
}

/**
 * The embedded format that the Accept header asks for, or undefined where any will do.
 *
 * @throws HttpError not_acceptable
 */
export function acceptFormat(c: HttpContext): EmbeddedFormat | undefined {
  const header = c.req.header('accept');
  if (header === undefined || header === '') return undefined;
  let asked: EmbeddedFormat | undefined;
  let known = false;
  for (const part of header.split(',')) {
    const type = mediaType(part);
    if (type === '*/*' || type === 'application/*' || GENERAL.has(type)) return undefined;
    const embedded = EMBEDDED.exec(type)?.[1];
    if (embedded !== 'json' && embedded !== 'binary') continue;
    if (known && asked !== embedded) return undefined;
    asked = embedded;
    known = true;
  }
  if (known) return asked;
  throw new HttpError(
    'not_acceptable',
    `Nothing that "${header.slice(0, 100)}" accepts can be served. Accept ${V2_JSON}, or the format of the records.`,
  );
}

function mediaType(header: string): string {
  const end = header.indexOf(';');
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}
