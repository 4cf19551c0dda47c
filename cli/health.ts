import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Answers 200 to `GET /health` as long as it listens: whether the process serves. Not whether the stores can be had, which
 * no other gateway could better, and no restart mends.
 */
export async function serveHealth({ host, port }: { host: string; port: number }): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const asked = request.method === 'GET' && request.url === '/health';
    response.writeHead(asked ? 200 : 404, { 'content-type': 'text/plain' }).end(asked ? 'ok\n' : 'GET /health\n');
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
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
