import type { Hono } from 'hono';
import type { HttpEnv } from './context.ts';
import { reply } from './reply.ts';

/**
 * `GET /health`: this process answers. `GET /health/ready`: it can also reach its stores (`ready` resolves); 503 while not.
 */
export function healthRoutes(app: Hono<HttpEnv>, ready: () => Promise<void>): void {
  app.get('/health', (c) => reply(c, { status: 'ok' }));
  app.get('/health/ready', async (c) => {
    try {
      await ready();
    } catch (error) {
      // Whatever the reason, the answer is the same: do not send requests here now.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      return reply(c, { status: 'unavailable', reason: code }, 503);
    }
    return reply(c, { status: 'ok' });
  });
}
