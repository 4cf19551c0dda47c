import { request } from 'node:http';
import { request as secureRequest } from 'node:https';

export interface Visit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Visited {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const LIMIT_MS = 60_000;

/**
 * Asks a URL that a stack has put out, of an API or a function, whichever the kind. On AWS its name leads there. An emulator
 * listens on one address for all (`endpoint`) and goes by the Host header, which `fetch` does not let us choose.
 *
 * @example
 * const { status } = await visit(emulator.url, outputs.Millrace.ApiUrl, '/topics', { method: 'POST', body });
 */
export function visit(endpoint: string | undefined, url: string, path: string, ask: Visit = {}): Promise<Visited> {
  const named = new URL(url);
  const { hostname, port, protocol } = new URL(endpoint ?? url);
  const send = protocol === 'https:' ? secureRequest : request;
  const base = named.pathname.replace(/\/$/, '');
  const signal = AbortSignal.timeout(LIMIT_MS);
  const { method = 'GET', body } = ask;
  return new Promise((resolve, reject) => {
    const asked = send(
      { hostname, port, path: base + path, method, signal, headers: { ...ask.headers, host: named.host } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    asked.once('error', reject);
    asked.end(body);
  });
}
