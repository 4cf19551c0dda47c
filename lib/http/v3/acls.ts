import type { Hono } from 'hono';
import * as z from 'zod';
import {
  ACLS_MAX,
  type AclBinding,
  type AclFilter,
  type Acls,
  OPERATIONS,
  PATTERN_TYPES,
  PERMISSIONS,
  RESOURCE_TYPES,
} from '../../auth/index.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from '../context.ts';
import { reply } from '../reply.ts';
import { jsonBody, query } from '../request.ts';
import { clusterUrl, list, resource } from './resource.ts';

const ANY = 'ANY';
const patternType = z.enum([...PATTERN_TYPES, ANY, 'MATCH']);
const resourceType = z.enum([...RESOURCE_TYPES, ANY]);
const operation = z.enum([...OPERATIONS, ANY]);
const permission = z.enum([...PERMISSIONS, ANY]);

export const bindingBody = z
  .strictObject({
    resource_type: z.enum(RESOURCE_TYPES),
    resource_name: z.string(),
    pattern_type: z.enum(PATTERN_TYPES),
    principal: z.string(),
    host: z.string(),
    operation: z.enum(OPERATIONS),
    permission: z.enum(PERMISSIONS),
  })
  .transform(
    (body): AclBinding => ({
      resource: { type: body.resource_type, pattern: body.pattern_type, name: body.resource_name },
      principal: body.principal,
      host: body.host,
      operation: body.operation,
      permission: body.permission,
    }),
  );
export const batchBody = z.strictObject({ data: z.array(bindingBody).min(1).max(ACLS_MAX) });

const names = { resource_name: z.string().optional(), principal: z.string().optional(), host: z.string().optional() };
export const searchQuery = z.strictObject({
  ...names,
  resource_type: resourceType.default(ANY),
  pattern_type: patternType.default(ANY),
  operation: operation.default(ANY),
  permission: permission.default(ANY),
});
/** As Confluent has it, what is to be deleted is said in full, so that a forgotten word does not delete all. */
export const deleteQuery = z.strictObject({
  ...names,
  resource_type: resourceType,
  pattern_type: patternType,
  operation,
  permission,
});

/**
 * REST Proxy v3's access rules, below `/v3/clusters/{cluster}`: `GET`, `POST` and `DELETE /acls`, and `POST /acls:batch`.
 * They are kept whether rights are checked or not. Source: Confluent REST Proxy v3, "ACL".
 */
export function aclRoutes(app: Hono<HttpEnv>, acls: Acls, policy: HttpPolicy, clusterId: string): void {
  const at = '/v3/clusters/:cluster/acls';
  const shown = (c: HttpContext, bindings: readonly AclBinding[]) => {
    const self = `${clusterUrl(c, clusterId)}/acls`;
    return bindings.map((binding) => aclResource(self, clusterId, binding));
  };

  app.get(at, async (c) => {
    const found = await acls.list(filterOf(query(c, searchQuery)));
    const self = `${clusterUrl(c, clusterId)}/acls${new URL(c.req.url).search}`;
    return reply(c, list('KafkaAclList', self, shown(c, found)));
  });
  app.post(at, async (c) => {
    await acls.create([await jsonBody(c, policy, bindingBody)]);
    return c.body(null, 201);
  });
  app.post('/v3/clusters/:cluster/:action{acls:batch}', async (c) => {
    await acls.create((await jsonBody(c, policy, batchBody)).data);
    return c.body(null, 201);
  });
  app.delete(at, async (c) => {
    const [deleted] = await acls.delete([filterOf(query(c, deleteQuery))]);
    return reply(c, { data: shown(c, deleted!) });
  });
}

function filterOf(asked: z.infer<typeof searchQuery>): AclFilter {
  const { resource_type, resource_name, pattern_type, principal, host } = asked;
  return {
    pattern: pattern_type,
    ...(resource_type !== ANY && { type: resource_type }),
    ...(resource_name !== undefined && { name: resource_name }),
    ...(principal !== undefined && { principal }),
    ...(host !== undefined && { host }),
    ...(asked.operation !== ANY && { operation: asked.operation }),
    ...(asked.permission !== ANY && { permission: asked.permission }),
  };
}

/** An ACL has no address of its own: as Confluent's, it links to the search that finds it. */
function aclResource(base: string, clusterId: string, binding: AclBinding) {
  const members = {
    resource_type: binding.resource.type,
    resource_name: binding.resource.name,
    pattern_type: binding.resource.pattern,
    principal: binding.principal,
    host: binding.host,
    operation: binding.operation,
    permission: binding.permission,
  };
  const self = `${base}?${new URLSearchParams(members)}`;
  return resource('KafkaAcl', self, { cluster_id: clusterId, ...members });
}
