import { lookup as systemLookup } from 'node:dns';
import { type IncomingHttpHeaders, request as plainRequest, type RequestOptions } from 'node:http';

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * Sends one request and reads the whole answer; connections are kept. No redirect is followed.
 *
 * Not `fetch`, which leaves names below `localhost` to the system, and many a system does not know them: they are this
 * machine's (RFC 6761, 6.3), and emulators of AWS give APIs such names.
 *
 * @throws Error with the system's code where there is no connection, or it ends before the answer does
 */
export async function exchange(wire: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
  const { url, method, headers, body } = wire;
  // What a plain connection does without is not loaded for it.
  const send = url.protocol === 'https:' ? (await import('node:https')).request : plainRequest;
  const options = { method, headers, signal, ...(isLocal(url.hostname) && HERE) };
  return new Promise((resolve, reject) => {
    const sent = send(url, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function isLocal(hostname: string): boolean {
  return hostname.endsWith('.localhost');
}

/** Names of this machine; nobody stands between, so an emulator's own certificate will do. */
const HERE = {
  lookup: (_, options, done) => systemLookup('localhost', options, done),
  rejectUnauthorized: false,
} satisfies Pick<RequestOptions, 'lookup'> & { readonly rejectUnauthorized: boolean };
