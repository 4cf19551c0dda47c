import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the deployed platform, or a function that it called, sent to the test. */
export interface Told {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the test's server answers: a status, or nothing, ever. */
export type Reply = (told: Told) => number | 'never';

/** A server of the test's own: webhooks post to it, and so do functions that have something to tell. */
export class Listener {
  readonly url: string;
  readonly told: Told[] = [];
  reply: Reply = () => 200;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const told = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) };
      this.told.push(told);
      const status = this.reply(told);
      if (status !== 'never') response.writeHead(status).end();
    });
  }

  /** On any port, unless one is given to which something leads from outside. */
  static async start(port = 0): Promise<Listener> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new Listener(server);
  }

  at(path: string): Told[] {
    return this.told.filter((told) => told.path === path);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
