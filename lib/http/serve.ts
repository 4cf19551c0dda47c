import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { AbortedError, type Clock, systemClock } from '../bytes/index.ts';
import type { HttpEnv } from './context.ts';
import { DEFAULT_SOCKET_LIMITS, type SocketLimits } from './limits.ts';

export interface ServeOptions {
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly limits?: Partial<SocketLimits>;
  readonly clock?: Clock;
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
    getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: true }),
  );
  const sockets = new Sockets(server);
  let closing: Promise<void> | undefined;
  server.timeout = limits.idleMs;
  server.maxConnections = limits.connectionsMax;
  await listening(server, options.port, options.host ?? '127.0.0.1');
  return {
    url: urlOf(server.address() as AddressInfo),
    close: () => {
      options.onClosing?.();
      closing ??= closed(server, sockets, limits.closeMs, options.clock ?? systemClock);
      return closing;
    },
  };
}

/**
 * A server's connections, and which of them have a request under way. node:http's own `closeIdleConnections` leaves those
 * open that never sent a request (browsers and undici open some in advance), and those that become idle later.
 */
class Sockets {
  readonly #requests = new Map<Socket, number>();
  #closing = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#requests.set(socket, 0);
      socket.once('close', () => this.#requests.delete(socket));
    });
    server.on('request', ({ socket }, outgoing) => {
      this.#count(socket, 1);
      outgoing.once('close', () => this.#count(socket, -1));
    });
  }

  closeWhenIdle(): void {
    this.#closing = true;
    for (const socket of this.#requests.keys()) this.#count(socket, 0);
  }

  #count(socket: Socket, change: number): void {
    const count = this.#requests.get(socket);
    if (count === undefined) return;
    this.#requests.set(socket, count + change);
    if (this.#closing && count + change === 0) socket.destroySoon();
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

function urlOf({ address, port, family }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
