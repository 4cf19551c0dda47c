import type { HttpContext } from './context.ts';
import { HttpError } from './http-error.ts';

/*
 * A browser on the machine that Millrace runs on lets every page it shows send requests here. The page does not see the
 * answers, as none allows another origin (CORS); these checks see to it that its requests have no effect either.
 */

/** Hosts that mean this machine, whoever resolves the name. Source: RFC 6761, section 6.3; RFC 1122, section 3.2.1.3. */
const LOOPBACK = /^(?:(?:[a-z0-9-]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Whether a Host header names this machine. A server on loopback that takes any other is open to DNS rebinding: a page
 * whose own name was made to resolve to 127.0.0.1 is of the same origin as the server, and reads all.
 *
 * @example
 * isLoopbackHost('localhost:8082'); // true
 * isLoopbackHost('rebound.example'); // false
 */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK.test(host);
}

/**
 * Refuses what a page of another origin asks for, but for links that are followed to here. What browsers say of
 * themselves is enough: others send neither header. Source: W3C Fetch Metadata; MDN, "Cross-site request forgery".
 *
 * @throws HttpError cross_site
 */
export async function refuseForeignPages(c: HttpContext, next: () => Promise<void>): Promise<void> {
  const link = (c.req.method === 'GET' || c.req.method === 'HEAD') && c.req.header('sec-fetch-mode') === 'navigate';
  if (!link && isForeign(c)) {
    throw new HttpError(
      'cross_site',
      'A page of another origin may not ask for this. Ask from a program or a terminal.',
    );
  }
  await next();
}

function isForeign(c: HttpContext): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = c.req.header('origin');
  return origin !== undefined && URL.parse(origin)?.host !== c.req.header('host')?.toLowerCase();
}

/** What HTML forms, and scripts that ask for no permission (a CORS preflight), can send. Source: Fetch, 2.2.2. */
const FORM_TYPE = /^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(?:;|$)/i;

/**
 * Refuses a body whose Content-Type is missing or one that a page of any site can send.
 *
 * @throws HttpError media_type_unsupported
 */
export function refuseFormBody(c: HttpContext): void {
  const type = c.req.header('content-type');
  if (type !== undefined && !FORM_TYPE.test(type.trim())) return;
  const found = type === undefined ? 'is missing' : `"${type.slice(0, 100)}" is not supported`;
  throw new HttpError('media_type_unsupported', `Content-Type ${found}; send application/json.`);
}
