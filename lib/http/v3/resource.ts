import type { HttpContext } from '../context.ts';
import { HttpError } from '../http-error.ts';
import { param } from '../request.ts';

/** Where a request reached us, such as `http://127.0.0.1:8082`: what links in answers begin with. */
export function origin(c: HttpContext): string {
  return new URL(c.req.url).origin;
}

/** The cluster's own address; every v3 resource lies below. */
export function clusterUrl(c: HttpContext, clusterId: string): string {
  return `${origin(c)}/v3/clusters/${encodeURIComponent(clusterId)}`;
}

/** A v3 resource: its kind, its address and its name, then its own members. */
export function resource<T extends object>(kind: string, self: string, members: T) {
  const at = self.indexOf('/v3/clusters/');
  const name = self
    .slice(at + '/v3/clusters/'.length)
    .split('/')
    .map((part, i) => (i === 0 ? `kafka=${part}` : part));
  return { kind, metadata: { self, resource_name: `crn:///${resourcePath(name)}` }, ...members };
}

/** `kafka=c/topics/orders/partitions/0` → `kafka=c/topic=orders/partition=0`. */
function resourcePath([cluster, ...rest]: string[]): string {
  const pairs = [cluster!];
  for (let i = 0; i + 1 < rest.length; i += 2) pairs.push(`${rest[i]!.replace(/s$/, '')}=${rest[i + 1]}`);
  return pairs.join('/');
}

export function list(kind: string, self: string, data: readonly object[]) {
  return { kind, metadata: { self, next: null }, data };
}

export function related(url: string) {
  return { related: url };
}

/** @throws HttpError cluster_unknown unless the path names this cluster */
export function requireCluster(c: HttpContext, clusterId: string): void {
  const asked = param(c, 'cluster');
  if (asked === clusterId) return;
  throw new HttpError('cluster_unknown', `Cluster "${asked.slice(0, 100)}" cannot be found; this is "${clusterId}".`);
}
