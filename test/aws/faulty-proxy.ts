import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

/**
 * - `answer lost`: the request is carried out, and the connection ends before its answer.
 * - `request lost`: the connection ends before anything is carried out.
 * - `silence`: nothing is carried out, and no answer comes.
 * - `late`: no answer comes, and the request is carried out when `release` is called.
 * - `cut`: the answer ends halfway.
 * - a status with a body: what the service would say, instead of it; or, `carriedOut`, though it was carried out.
 * - a function: what it makes of the request's body, and of the answer to what it sent on.
 */
export type NetworkFault =
  | 'answer lost'
  | 'request lost'
  | 'silence'
  | 'late'
  | 'cut'
  | { readonly status: number; readonly type: string; readonly body: string; readonly carriedOut?: true }
  | ((body: string, forward: (body: string) => Promise<string>) => Promise<string>);

/** A proxy before an emulator whose network fails as told. */
export interface FaultyProxy {
  readonly url: string;
  /** Requests that came, with those that failed. */
  readonly requests: number;
  /** The headers of the request that came last. */
  readonly lastHeaders: IncomingMessage['headers'];
  /** The next requests fail so, one after the other. */
  fail(...faults: NetworkFault[]): void;
  /** From now on `draw` says of each request how it fails, if at all; undefined ends that. Faults of `fail` come first. */
  failEach(draw: ((request: IncomingMessage) => NetworkFault | undefined) | undefined): void;
  /** Carries out what is `late`. */
  release(): Promise<void>;
  close(): Promise<void>;
}

/** `http2`: for a client that speaks nothing else, as that of Kinesis; the emulator is asked by HTTP/1.1 all the same. */
export async function faultyProxy(target: string, { http2 = false } = {}): Promise<FaultyProxy> {
  const faults: NetworkFault[] = [];
  const late: (() => Promise<void>)[] = [];
  let drawn: (request: IncomingMessage) => NetworkFault | undefined = () => undefined;
  let requests = 0;
  let lastHeaders: IncomingMessage['headers'] = {};

  const handle = async (incoming: IncomingMessage, answer: ServerResponse) => {
    requests++;
    lastHeaders = incoming.headers;
    const fault = faults.shift() ?? drawn(incoming);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const forward = () => forwarded(target, incoming, Buffer.concat(chunks));
    if (fault === undefined || fault === 'cut') {
      const { status, headers, body } = await forward();
      answer.writeHead(status, http2 ? withoutConnection(headers) : headers);
      if (fault === undefined) return void answer.end(body);
      answer.write(body.subarray(0, body.length / 2), () => answer.destroy());
    } else if (fault === 'answer lost') {
      await forward();
      hangUp(incoming);
    } else if (fault === 'request lost') {
      hangUp(incoming);
    } else if (fault === 'late') {
      late.push(async () => void (await forward()));
    } else if (typeof fault === 'function') {
      let type: string | undefined;
      const text = await fault(Buffer.concat(chunks).toString(), async (body) => {
        const { headers, body: said } = await forwarded(target, incoming, Buffer.from(body), {
          ...incoming.headers,
          'content-length': String(Buffer.byteLength(body)),
        });
        type = headers['content-type'];
        return said.toString();
      });
      answer.writeHead(200, { 'content-type': type ?? 'application/x-amz-json-1.0' }).end(text);
    } else if (fault !== 'silence') {
      if (fault.carriedOut) await forward();
      answer.writeHead(fault.status, { 'content-type': fault.type }).end(fault.body);
    }
  };

  const server = http2 ? createHttp2Server() : createServer();
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (incoming: IncomingMessage, answer: ServerResponse) => {
    handle(incoming, answer).catch(() => hangUp(incoming));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    get lastHeaders() {
      return lastHeaders;
    },
    fail(...more) {
      faults.push(...more);
    },
    failEach(draw) {
      drawn = draw ?? (() => undefined);
    },
    async release() {
      for (const work of late.splice(0)) await work();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Ends the connection on which a request came. */
function hangUp(incoming: IncomingMessage | Http2ServerRequest): void {
  if (incoming instanceof Http2ServerRequest) incoming.stream.session?.destroy();
  else incoming.socket.destroy();
}

/** HTTP/2 has no headers about the connection. */
function withoutConnection(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const { connection, 'keep-alive': keepAlive, 'transfer-encoding': encoding, ...others } = headers;
  return others;
}

interface Forwarded {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function forwarded(
  target: string,
  incoming: IncomingMessage,
  body: Buffer,
  headers: IncomingMessage['headers'] = incoming.headers,
): Promise<Forwarded> {
  return new Promise((resolve, reject) => {
    const { method, url } = incoming;
    // HTTP/2 has what is no header in HTTP/1.1: `:path`, `:authority`.
    const plain = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
    const onward = request(
      `${target}${url}`,
      { method, headers: Object.fromEntries(plain), agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    onward.on('error', reject);
    onward.end(body);
  });
}
