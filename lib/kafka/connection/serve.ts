import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, Server as TlsServer } from 'node:tls';
import { AbortedError, RareNotices } from '../../bytes/index.ts';
import { Budget } from '../budget.ts';
import type { Gateway } from '../gateway.ts';
import { Connection, type Shared } from './connection.ts';
import { foreignNotice, isWithoutTls } from './foreign.ts';
import { FramePool } from './frame-memory.ts';
import { CONNECTION_LIMITS, type ConnectionLimits, SWEEP_MS } from './limits.ts';

export interface ServeKafkaOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The listener's name, as handlers and access rules know it; Kafka's security protocol unless given. */
  readonly listener?: string;
  /** Certificates, where connections are encrypted. */
  readonly tls?: TlsOptions;
  /** Whom a client's certificate stands for, with `tls` that asks for one; nobody unless given. */
  readonly principalOf?: (socket: Socket) => string | undefined;
  readonly limits?: Partial<ConnectionLimits>;
  /** Where HTTP is served, for HTTP clients that come here; nowhere unless given. */
  readonly httpUrl?: string;
}

export interface KafkaServer {
  readonly port: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** Slabs of memory that requests are in: one that is being filled, and those that requests under way still need. */
  readonly requestSlabs: number;
  /** Takes other certificates for connections that come from now on. @throws what node:tls says of certificates that are none */
  renewCertificates(tls: TlsOptions): void;
  /** Takes no more requests, answers those under way, and ends all connections. The gateway stays open. */
  close(): Promise<void>;
}

/**
 * Listens for Kafka clients.
 *
 * @throws what listening fails with: EADDRINUSE and the like
 * @example
 * const server = await serveKafka(openGateway(platform), { host: '127.0.0.1', port: 9092 });
 */
export async function serveKafka(gateway: Gateway, options: ServeKafkaOptions): Promise<KafkaServer> {
  const { host, port, tls } = options;
  const limits = { ...CONNECTION_LIMITS, ...options.limits };
  const listener = options.listener ?? (tls ? 'SSL' : 'PLAINTEXT');
  const shared: Shared = {
    gateway,
    limits,
    listener,
    principalOf: tls && (options.principalOf ?? (() => undefined)),
    requests: new Budget(limits.requestBytesMax),
    memory: new FramePool(),
    notices: new RareNotices(gateway.parts.clock, gateway.parts.onNotice),
    httpUrl: options.httpUrl,
  };
  const connections = new Set<Connection>();
  const welcome = (socket: Socket) => {
    if (connections.size >= limits.connectionsMax) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, shared);
    connections.add(connection);
    connection.socket.once('close', () => connections.delete(connection));
  };
  const server = tls
    ? createTlsServer({ handshakeTimeout: limits.transferMs, ...tls, allowHalfOpen: true }, welcome)
    : createServer({ allowHalfOpen: true, pauseOnConnect: true }, welcome);
  const shaking = handshakes(server, limits.connectionsMax, shared.notices);
  await listening(server, host, port);
  // What fails with a socket that nobody has yet, such as running out of descriptors, is over with that socket.
  server.on('error', (error) => gateway.parts.onError(error, 'accepting Kafka clients'));
  const closing = new AbortController();
  const sweeping = sweep(gateway, connections, closing.signal);
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections.size;
    },
    get requestSlabs() {
      return shared.memory.held;
    },
    renewCertificates: (renewed) => {
      if (server instanceof TlsServer) server.setSecureContext(renewed);
    },
    close: async () => {
      closing.abort();
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
      await finishAll(gateway, connections, limits.closeMs);
      for (const socket of shaking) socket.destroy();
      await Promise.all([stopped, sweeping]);
    },
  };
}

/** The sockets of a TLS server, from before they are encrypted: nobody else knows of those that never are. */
function handshakes(server: Server, connectionsMax: number, notices: RareNotices): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  if (!(server instanceof TlsServer)) return sockets;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (sockets.size > connectionsMax) socket.destroy();
  });
  server.on('tlsClientError', (error, socket) => {
    if (isWithoutTls(error)) notices.tell('plain', foreignNotice('plain', socket.remoteAddress ?? ''));
    socket.destroy();
  });
  return sockets;
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function sweep(gateway: Gateway, connections: ReadonlySet<Connection>, signal: AbortSignal): Promise<void> {
  const { clock } = gateway.parts;
  while (!signal.aborted) {
    await untilAborted(clock.sleep(SWEEP_MS, signal));
    const nowMs = clock.monotonicMs();
    for (const connection of connections) connection.sweep(nowMs);
  }
}

async function finishAll(gateway: Gateway, connections: ReadonlySet<Connection>, closeMs: number): Promise<void> {
  const waiting = new AbortController();
  const ended = [...connections].map(
    ({ socket }) => new Promise<void>((resolve) => void socket.once('close', () => resolve())),
  );
  for (const connection of connections) connection.finish();
  await Promise.race([Promise.all(ended), untilAborted(gateway.parts.clock.sleep(closeMs, waiting.signal))]);
  waiting.abort();
  for (const { socket } of connections) socket.destroy();
  await Promise.all(ended);
}

async function untilAborted(sleeping: Promise<void>): Promise<void> {
  try {
    await sleeping;
  } catch (error) {
    if (!(error instanceof AbortedError)) throw error;
  }
}
