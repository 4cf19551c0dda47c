import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Gateway } from '../gateway.ts';

export interface KafkaServer {
  readonly port: number;
  close(): Promise<void>;
}

const FRAME_BYTES_MAX = 100 * 1024 * 1024;

/** Listens for Kafka clients. */
export async function serveKafka(
  gateway: Gateway,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<KafkaServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    connect(gateway, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function connect(gateway: Gateway, socket: Socket): void {
  const session = gateway.connect({
    host: socket.remoteAddress ?? '',
    local: { host: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    listener: 'PLAINTEXT',
  });
  let held: Buffer = Buffer.alloc(0);
  let sent: Promise<void> = Promise.resolve();
  socket.on('error', () => socket.destroy());
  socket.once('close', () => session.close());
  socket.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= 4) {
      const length = held.readInt32BE(0);
      if (length < 8 || length > FRAME_BYTES_MAX) {
        socket.destroy();
        return;
      }
      if (held.length < 4 + length) return;
      const answered = session.handle(held.subarray(4, 4 + length));
      held = held.subarray(4 + length);
      answered.catch(() => {});
      sent = sent.then(async () => {
        try {
          const frame = await answered;
          for (const part of frame?.parts ?? []) socket.write(part);
        } catch {
          socket.destroy();
        }
      });
    }
  });
}
