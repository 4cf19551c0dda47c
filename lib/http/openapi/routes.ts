import type { Hono } from 'hono';
import type { HttpEnv } from '../context.ts';
import { reply } from '../reply.ts';

/** `GET /openapi.json`: what the API takes and answers, for tools. Made when it is first asked for, which few processes are. */
export function openApiRoutes(app: Hono<HttpEnv>, clusterId: string): void {
  let document: object | undefined;
  app.get('/openapi.json', async (c) => {
    document ??= (await import('./document.ts')).openApiDocument(clusterId);
    return reply(c, document);
  });
}
