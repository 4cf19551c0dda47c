import type { Hono } from 'hono';
import type { HttpContext, HttpEnv } from '../context.ts';
import { reply } from '../reply.ts';
import { clusterUrl, list, origin, related, requireCluster, resource } from './resource.ts';

/** `GET /v3/clusters` and `/v3/clusters/{cluster}`: one cluster, without brokers. */
export function clusterRoutes(app: Hono<HttpEnv>, clusterId: string): void {
  app.use('/v3/clusters/:cluster/*', async (c, next) => {
    requireCluster(c, clusterId);
    await next();
  });
  app.get('/v3/clusters', (c) => {
    return reply(c, list('KafkaClusterList', `${origin(c)}/v3/clusters`, [cluster(c, clusterId)]));
  });
  app.get('/v3/clusters/:cluster', (c) => {
    requireCluster(c, clusterId);
    return reply(c, cluster(c, clusterId));
  });
}

function cluster(c: HttpContext, clusterId: string) {
  const self = clusterUrl(c, clusterId);
  return resource('KafkaCluster', self, {
    cluster_id: clusterId,
    topics: related(`${self}/topics`),
    consumer_groups: related(`${self}/consumer-groups`),
  });
}
