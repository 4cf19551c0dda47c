import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** What was given here before: its user may not listen yet, so the system may offer it once more. */
const given = new Set<number>();

/**
 * A port of 127.0.0.1 that nobody listens on: for servers that must come back on the same one. No two calls of a process
 * give the same.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const found = given.has(port) ? freePort() : Promise.resolve(port);
      given.add(port);
      // The one that was offered again stays taken while another is looked for.
      found.then((free) => server.close(() => resolve(free)), reject);
    });
  });
}
