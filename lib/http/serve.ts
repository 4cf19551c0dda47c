import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { AbortedError, type Clock, RareNotices, systemClock } from '../bytes/index.ts';
import { isLoopbackHost } from './browser.ts';
import type { HttpEnv } from './context.ts';
import { isKafka, kafkaNotice } from './foreign.ts';
import { DEFAULT_SOCKET_LIMITS, type SocketLimits } from './limits.ts';

export interface ServeOptions {
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly limits?: Partial<SocketLimits>;
  readonly clock?: Clock;
  /** Told of Kafka clients that come here: now and then, however many there are. */
  readonly onNotice?: (text: string) => void;
  /** Called first when the server closes: ends long polls, so that they answer what they have. */
  readonly onClosing?: () => void;
}

export interface HttpServer {
  /** Where it listens, such as `http://127.0.0.1:8082`. */
  readonly url: string;
  /** Takes no more connections, lets what runs finish for `closeMs`, then ends what is left. */
  close(): Promise<void>;
}

/** node:http looks for connections over their time this often; its default of 30 s is longer than our shortest limit. */
const CHECK_MS = 1_000;

/**
 * Serves `app` on a socket, with bounds on how long and how much a client may keep it busy.
 *
 * @example
 * const server = await serveHttp(app, { port: 8082 });
 * await server.close();
 */
export async function serveHttp(app: Hono<HttpEnv>, options: ServeOptions): Promise<HttpServer> {
  const limits = { ...DEFAULT_SOCKET_LIMITS, ...options.limits };
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(CHECK_MS, limits.headersMs),
      noDelay: true,
    },
    getRequestListener(
      (request, env) => {
        const { host } = (env as HttpBindings).incoming.headers;
        return onLoopback && !isLoopbackHost(host) ? misdirected(host) : app.fetch(request, env);
      },
      { errorHandler: () => notARequest() },
    ),
  );
  let onLoopback = true;
  const sockets = new Sockets(server);
  const clock = options.clock ?? systemClock;
  const notices = new RareNotices(clock, options.onNotice ?? (() => {}));
  server.on('clientError', (error: ClientError, socket) => {
    if (error.rawPacket && isKafka(error.rawPacket))
      notices.tell('kafka', kafkaNotice((socket as Socket).remoteAddress));
    refuse(error, socket, sockets.isAnswering(socket));
  });
  let closing: Promise<void> | undefined;
  server.timeout = limits.idleMs;
  server.maxConnections = limits.connectionsMax;
  await listening(server, options.port, options.host ?? '127.0.0.1');
  const address = server.address() as AddressInfo;
  onLoopback = isLoopbackHost(hostOf(address));
  return {
    url: `http://${hostOf(address)}`,
    close: () => {
      options.onClosing?.();
      closing ??= closed(server, sockets, limits.closeMs, clock);
      return closing;
    },
  };
}

/** What no handler sees, as its address or Host header makes no URL. */
function notARequest(): Response {
  return Response.json(messageOf(400, 'The request has no Host header, or its address is no URL.'), { status: 400 });
}

/** What came to a server on loopback under another name: see `isLoopbackHost`. */
function misdirected(host = ''): Response {
  const shown = JSON.stringify(host.slice(0, 100));
  const message = `This server listens on loopback and answers to localhost and 127.0.0.1, not to ${shown}. A proxy in front of it must send one of those as Host.`;
  return Response.json(messageOf(421, message), { status: 421, headers: { connection: 'close' } });
}

/** What node:http itself refuses, by the code of its error; the status is the one that it would answer. */
const REFUSALS: Readonly<Record<string, readonly [status: number, reason: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The request has more headers than are allowed.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Payload Too Large', 'The chunk extensions are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not arrive in time.'],
};

/** Source: Node.js, HTTP, Event: 'clientError'. */
interface ClientError extends NodeJS.ErrnoException {
  /** What was received last. */
  readonly rawPacket?: Uint8Array;
}

/** Answers what never became a request in the shape of all other errors, and ends the connection. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex, answering: boolean): void {
  if (answering || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, reason, message] = REFUSALS[error.code ?? ''] ?? [400, 'Bad Request', 'This is not HTTP/1.1.'];
  const body = JSON.stringify(messageOf(status, message));
  const head = `HTTP/1.1 ${status} ${reason}\r\ncontent-type: application/json\r\nconnection: close\r\n`;
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function messageOf(status: number, message: string) {
  return { error_code: status, message };
}

/**
 * A server's connections, and which of them have a request under way. node:http's own `closeIdleConnections` leaves those
 * open that never sent a request (browsers and undici open some in advance), and those that become idle later.
 */
class Sockets {
  readonly #answers = new Map<Duplex, Set<ServerResponse>>();
  #closing = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#answers.set(socket, new Set());
      socket.once('close', () => this.#answers.delete(socket));
    });
    server.on('request', ({ socket }, outgoing) => {
      this.#answers.get(socket)?.add(outgoing);
      outgoing.once('close', () => {
        this.#answers.get(socket)?.delete(outgoing);
        if (this.#closing) this.#endIdle(socket);
      });
    });
  }

  /** Whether part of an answer is on its way, behind which no other can be put. */
  isAnswering(socket: Duplex): boolean {
    const answers = this.#answers.get(socket);
    return answers !== undefined && [...answers].some((outgoing) => outgoing.headersSent);
  }

  closeWhenIdle(): void {
    this.#closing = true;
    for (const socket of this.#answers.keys()) this.#endIdle(socket);
  }

  #endIdle(socket: Duplex): void {
    if (this.#answers.get(socket)?.size === 0) socket.end(() => socket.destroy());
  }
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function closed(server: Server, sockets: Sockets, closeMs: number, clock: Clock): Promise<void> {
  const ended = new AbortController();
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  sockets.closeWhenIdle();
  const late = clock.sleep(closeMs, ended.signal).then(
    () => server.closeAllConnections(),
    (error: unknown) => {
      if (!(error instanceof AbortedError)) throw error;
    },
  );
  await done;
  ended.abort();
  await late;
}

function hostOf({ address, port, family }: AddressInfo): string {
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
