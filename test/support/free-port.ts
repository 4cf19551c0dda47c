import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere): while a server of ours is
 * down between two of its lives, any connection on the machine could have been given its port.
 */
const PORTS = { first: 18_000, count: 14_000 };

let next = Math.floor(Math.random() * PORTS.count);

/**
 * A port of 127.0.0.1 that nobody listens on: for servers that must come back on the same one. It is the caller's as long
 * as this process lives: no other call gives it, of any process.
 */
export async function freePort(): Promise<number> {
  for (let looks = 0; looks < PORTS.count; looks++) {
    const port = PORTS.first + (next++ % PORTS.count);
    if ((await claimed(port)) && (await nobodyListens(port))) return port;
  }
  throw new Error('no port of 127.0.0.1 is free');
}

/** Held as a socket of UDP, which no server of ours uses: the system lets one process have it, and frees it when that ends. */
async function claimed(port: number): Promise<boolean> {
  const claim = createSocket('udp4').unref();
  claim.bind({ port, address: '127.0.0.1', exclusive: true });
  return comes(claim, 'listening');
}

async function nobodyListens(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  if (!(await comes(server, 'listening'))) return false;
  server.close();
  await once(server, 'close');
  return true;
}

async function comes(emitter: NodeJS.EventEmitter, event: string): Promise<boolean> {
  try {
    await once(emitter, event);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return false;
    throw error;
  }
}
