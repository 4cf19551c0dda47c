import type { Hono } from 'hono';
import * as z from 'zod';
import type { ConfigEntry } from '../../topic/index.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from '../context.ts';
import { HttpError } from '../http-error.ts';
import { reply } from '../reply.ts';
import { jsonBody, param } from '../request.ts';
import type { HttpServices } from '../services.ts';
import { clusterUrl, list, resource } from './resource.ts';

export const alterConfigsBody = z.strictObject({
  data: z
    .array(
      z.strictObject({
        name: z.string(),
        value: z.string().nullish(),
        operation: z.enum(['SET', 'DELETE']).default('SET'),
      }),
    )
    .min(1),
});
export const valueBody = z.strictObject({ value: z.string() });

/**
 * REST Proxy v3's topic settings: `GET …/configs`, `…/configs/{name}`, `PUT` and `DELETE` of one, `POST …/configs:alter`
 * for several at once. Below `/v3/clusters/{cluster}/topics/{topic}`.
 */
export function configRoutes(app: Hono<HttpEnv>, services: HttpServices, policy: HttpPolicy, clusterId: string): void {
  const { topics } = services;
  const at = '/v3/clusters/:cluster/topics/:topic';
  const shown = (c: HttpContext, entry: ConfigEntry) => {
    const topic = param(c, 'topic');
    const self = `${clusterUrl(c, clusterId)}/topics/${topic}/configs/${entry.name}`;
    return configResource(self, clusterId, topic, entry);
  };

  app.get(`${at}/configs`, async (c) => {
    const topic = param(c, 'topic');
    const entries = (await topics.config(topic)).map((entry) => shown(c, entry));
    return reply(c, list('KafkaTopicConfigList', `${clusterUrl(c, clusterId)}/topics/${topic}/configs`, entries));
  });
  app.post(`${at}/:action{configs:alter}`, async (c) => {
    const { data } = await jsonBody(c, policy, alterConfigsBody);
    const changes = data.map(({ name, value, operation }) => [name, operation === 'DELETE' ? null : (value ?? null)]);
    await topics.alter(param(c, 'topic'), Object.fromEntries(changes));
    return c.body(null, 204);
  });
  app.get(`${at}/configs/:name`, async (c) => {
    const entries = await topics.config(param(c, 'topic'));
    const entry = entries.find(({ name }) => name === param(c, 'name'));
    if (entry) return reply(c, shown(c, entry));
    const names = entries.map(({ name }) => name).join(', ');
    throw new HttpError('config_name_unknown', `Topics have no setting "${param(c, 'name')}". They have ${names}.`);
  });
  app.put(`${at}/configs/:name`, async (c) => {
    const { value } = await jsonBody(c, policy, valueBody);
    await topics.alter(param(c, 'topic'), { [param(c, 'name')]: value });
    return c.body(null, 204);
  });
  app.delete(`${at}/configs/:name`, async (c) => {
    await topics.alter(param(c, 'topic'), { [param(c, 'name')]: null });
    return c.body(null, 204);
  });
}

function configResource(self: string, clusterId: string, topic: string, { name, value, isDefault }: ConfigEntry) {
  const source = isDefault ? 'DEFAULT_CONFIG' : 'DYNAMIC_TOPIC_CONFIG';
  return resource('KafkaTopicConfig', self, {
    cluster_id: clusterId,
    topic_name: topic,
    name,
    value,
    is_default: isDefault,
    is_read_only: false,
    is_sensitive: false,
    source,
    synonyms: [{ name, value, source }],
  });
}
