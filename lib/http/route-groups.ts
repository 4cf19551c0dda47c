import type { Hono } from 'hono';
import type { Routes } from '../route/index.ts';
import type { HttpContext, HttpEnv } from './context.ts';
import { param } from './request.ts';

/** What moves, deletes or joins a group; registered before what answers it. */
const WRITES = [
  ['POST', '/consumers/:group'],
  ['DELETE', '/v3/clusters/:cluster/consumer-groups/:group'],
  ['POST', '/v3/clusters/:cluster/consumer-groups/:group/reset'],
] as const;

/**
 * Keeps groups that hold the positions of routes from everyone but their routes: such a group has no members, so that
 * nothing else would stop a reset under a worker's hands. Reading is free.
 *
 * @throws RouteError route_conflict, which names the command that does what was meant
 */
export function guardRouteGroups(app: Hono<HttpEnv>, routes: Routes): void {
  for (const [method, path] of WRITES) {
    app.on(method, path, async (c: HttpContext, next: () => Promise<void>) => {
      await routes.requireNoRoutes(param(c, 'group'));
      await next();
    });
  }
}
