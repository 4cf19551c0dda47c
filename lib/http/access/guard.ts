import type { Hono } from 'hono';
import { CLUSTER, type Resource } from '../../auth/index.ts';
import type { HttpContext, HttpEnv } from '../context.ts';
import { param } from '../request.ts';
import type { Access } from './access.ts';
import { type Need, REQUIREMENTS, type Requirement } from './requirements.ts';

/** Registered before all handlers: checks who asks, and what the path names, for every route that has a requirement. */
export function guardRoutes(app: Hono<HttpEnv>, access: Access): void {
  if (!access.enforced) return;
  for (const [route, requirement] of Object.entries(REQUIREMENTS)) {
    const [method, path] = route.split(' ') as [string, string];
    app.on(method, path, async (c: HttpContext, next: () => Promise<void>) => {
      await check(c, access, requirement);
      await next();
    });
  }
}

async function check(c: HttpContext, access: Access, requirement: Requirement): Promise<void> {
  if (requirement === 'open') return;
  access.principal(c);
  if (requirement === 'principal') return;
  for (const need of requirement) {
    if (need.from === 'path') await access.require(c, need.operation, inPath(c, need));
  }
}

/** By the same function that handlers take it from the path with, so that what is checked is what is used. */
function inPath(c: HttpContext, { type }: Need): Resource {
  return type === 'CLUSTER' ? CLUSTER : { type, name: param(c, type.toLowerCase()) };
}

/** Routes, as `GET /topics`, that no requirement is known of; what is registered for all methods answers nobody's question. */
export function unguarded(app: Hono<HttpEnv>): string[] {
  const routes = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  return [...new Set(routes)].filter((route) => !Object.hasOwn(REQUIREMENTS, route));
}
