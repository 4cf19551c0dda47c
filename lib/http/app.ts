import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AuthError, Credentials } from '../auth/index.ts';
import { Access, type AccessOptions } from './access/access.ts';
import { guardRoutes, unguarded } from './access/guard.ts';
import { Admission } from './admission.ts';
import { refuseForeignPages } from './browser.ts';
import { connectorRoutes } from './connect/connectors.ts';
import { pluginRoutes } from './connect/plugins.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from './context.ts';
import { errorAnswer } from './errors.ts';
import { healthRoutes } from './health.ts';
import { HttpError } from './http-error.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './limits.ts';
import { openApiRoutes } from './openapi/routes.ts';
import { isV2, reply } from './reply.ts';
import { guardRouteGroups } from './route-groups.ts';
import type { HttpServices } from './services.ts';
import { Slabs } from './slabs.ts';
import { bufferedRoutes, type ProduceBuffer } from './v2/buffered.ts';
import { consumerRoutes } from './v2/consumers.ts';
import { produceRoutes } from './v2/produce.ts';
import { topicRoutes } from './v2/topics.ts';
import { aclRoutes } from './v3/acls.ts';
import { clusterRoutes } from './v3/clusters.ts';
import { configRoutes } from './v3/configs.ts';
import { groupResetRoutes } from './v3/group-reset.ts';
import { groupRoutes } from './v3/groups.ts';
import { recordRoutes } from './v3/records.ts';
import { v3TopicRoutes } from './v3/topics.ts';
import { transactionRoutes } from './v3/transactions.ts';
import { userRoutes } from './v3/users.ts';

const CLUSTER_ID_DEFAULT = 'millrace';
/** An item that nobody writes: reading it shows that the store answers. */
const PROBE = { pk: 'health', sk: 'probe' };

export interface HttpOptions {
  /** Names this installation in v3's paths. */
  readonly clusterId?: string;
  readonly limits?: Partial<HttpLimits>;
  /** Who asks, and that rights are checked; without it, everything is allowed to everybody. */
  readonly access?: AccessOptions;
  /** Fires when the server closes, so that long polls answer at once: see `ServeOptions.onClosing`. */
  readonly closing?: AbortSignal;
  /** Takes what is sent to `/buffered/topics/{topic}`; without one those paths answer 501. */
  readonly buffer?: ProduceBuffer;
  /** Told of every failure that is ours, with the method and path of the request that met it. */
  readonly onError?: (error: unknown, request: string) => void;
}

/**
 * The HTTP API as a function from Request to Response: it listens nowhere, so that the same app stands behind node:http,
 * in a Lambda, and in tests.
 *
 * @example
 * const app = httpApp(services, { onError: report });
 * await app.request('/topics'); // 200 ["orders"]
 */
export function httpApp(services: HttpServices, options: HttpOptions = {}): Hono<HttpEnv> {
  const { clusterId = CLUSTER_ID_DEFAULT, onError = () => {} } = options;
  const limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const access = new Access(services.acls, options.access);
  const parts = { admission: new Admission(limits), slabs: new Slabs(), closing: options.closing };
  const policy: HttpPolicy = { access, limits, ...parts };
  const app = new Hono<HttpEnv>({ strict: false });
  app.use(refuseBrokenPaths, refuseForeignPages);
  guardRoutes(app, access);
  app.get('/', (c) => reply(c, { name: 'millrace', kafka_cluster_id: clusterId }));
  openApiRoutes(app, clusterId);
  healthRoutes(app, async () => {
    await services.items.get(PROBE);
  });
  guardRouteGroups(app, services.routes);
  topicRoutes(app, services, policy);
  produceRoutes(app, services.events, policy);
  bufferedRoutes(app, services.events, policy, options.buffer);
  consumerRoutes(app, services, policy);
  clusterRoutes(app, clusterId);
  v3TopicRoutes(app, services, policy, clusterId);
  configRoutes(app, services, policy, clusterId);
  groupRoutes(app, services, policy, clusterId);
  groupResetRoutes(app, services, policy);
  recordRoutes(app, services, policy, { clusterId, onError });
  transactionRoutes(app, services, policy, clusterId);
  aclRoutes(app, services.acls, policy, clusterId);
  userRoutes(app, new Credentials(services), policy, clusterId);
  connectorRoutes(app, services.routes, policy);
  pluginRoutes(app, services.routes, policy);
  requireGuards(app);
  refuseOtherMethods(app);
  app.notFound((c) => fail(c, new HttpError('path_unknown', `There is nothing at ${c.req.method} ${c.req.path}.`)));
  app.onError((error, c) => {
    if (error instanceof AuthError && error.code === 'unauthenticated') c.header('www-authenticate', access.challenge);
    return fail(c, error, onError);
  });
  return app;
}

function fail(c: HttpContext, error: unknown, onError?: HttpOptions['onError']): Response {
  const { path } = c.req;
  const api = isV2(path) ? 'v2' : path.startsWith('/connect') ? 'connect' : 'v3';
  const { status, body, retryAfterS, unexpected } = errorAnswer(error, api);
  if (unexpected) onError?.(error, `${c.req.method} ${path}`);
  if (retryAfterS !== undefined) c.header('retry-after', String(retryAfterS));
  // A body that was refused is not read to its end: the connection is of no more use.
  if (error instanceof HttpError && error.code === 'body_too_large') c.header('connection', 'close');
  return reply(c, body, status as ContentfulStatusCode);
}

/** A route that nobody said the requirement of must not answer anybody. */
function requireGuards(app: Hono<HttpEnv>): void {
  const open = unguarded(app);
  if (open.length > 0)
    throw new TypeError(`No requirement is known of ${open.join(', ')}: say it in access/requirements.ts.`);
}

/** A path with broken percent-encoding, or whose bytes are not UTF-8, would reach handlers as it stands. */
async function refuseBrokenPaths(c: HttpContext, next: () => Promise<void>): Promise<void> {
  if (c.req.url.includes('%')) {
    const { pathname } = new URL(c.req.url);
    try {
      decodeURIComponent(pathname);
    } catch (error) {
      const message = `The path ${pathname.slice(0, 200)} has broken percent-encoding, or bytes that are not UTF-8.`;
      throw new HttpError('path_invalid', message, { cause: error });
    }
  }
  await next();
}

/** Behind all routes: a path that exists under other methods answers 405, with those in Allow (RFC 9110, 15.5.6). */
function refuseOtherMethods(app: Hono<HttpEnv>): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue;
    const allowed = methods.get(path) ?? new Set(method === 'GET' ? ['HEAD'] : []);
    methods.set(path, allowed.add(method));
    if (method === 'GET') allowed.add('HEAD');
  }
  for (const [path, allowed] of methods) {
    const names = [...allowed].sort();
    const allow = names.join(', ');
    const takes = names.length === 1 ? allow : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
    app.all(path, (c) => {
      c.header('allow', allow);
      throw new HttpError(
        'method_not_allowed',
        `${c.req.path.slice(0, 200)} does not take ${c.req.method}; it takes ${takes}.`,
      );
    });
  }
}
