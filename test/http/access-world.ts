import type { AclBinding, AskedOperation, ResourceType } from '../../lib/auth/index.ts';
import type { HttpOptions, HttpServices } from '../../lib/http/index.ts';
import { client } from './world.ts';

/** The super user of these worlds. */
export const ROOT = 'root';

/** Rights are checked, and a request is whose `x-user` says so: as an authorizer in front would have it, for tests alone. */
export const CHECKED = {
  access: {
    principalOf: (c) => {
      const user = c.req.header('x-user');
      return user === undefined ? undefined : `User:${user}`;
    },
    superUsers: [`User:${ROOT}`],
  },
} satisfies HttpOptions;

/** A client that asks as `user`, or as nobody. */
export function as(user: string | undefined, over: HttpServices, options: HttpOptions = {}) {
  const http = client(over, { ...CHECKED, ...options });
  const who: Record<string, string> = user === undefined ? {} : { 'x-user': user };
  return {
    app: http.app,
    send: (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      http.send(method, path, body, { ...who, ...headers }),
    get: (path: string, headers: Record<string, string> = {}) => http.get(path, { ...who, ...headers }),
    post: (path: string, body?: unknown, headers: Record<string, string> = {}) =>
      http.post(path, body, { ...who, ...headers }),
  };
}

/** Alice may do `operation` to the resource of that name. */
export function right(operation: AskedOperation, type: ResourceType, name: string): AclBinding {
  return {
    resource: { type, pattern: 'LITERAL', name },
    principal: 'User:alice',
    host: '*',
    operation,
    permission: 'ALLOW',
  };
}
