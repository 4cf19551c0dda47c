import type { Hono } from 'hono';
import { z } from 'zod';
import { AuthError, type Credentials, SCRAM_MECHANISMS, type UserInfo } from '../../auth/index.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from '../context.ts';
import { reply } from '../reply.ts';
import { jsonBody, param } from '../request.ts';
import { clusterUrl, list, resource } from './resource.ts';

const bytes = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));
export const userBody = z.strictObject({
  credentials: z
    .array(
      z
        .strictObject({
          mechanism: z.enum(SCRAM_MECHANISMS),
          iterations: z.int(),
          salt: bytes,
          stored_key: bytes,
          server_key: bytes,
        })
        .transform(({ stored_key: storedKey, server_key: serverKey, ...rest }) => ({ ...rest, storedKey, serverKey })),
    )
    .min(1)
    .max(SCRAM_MECHANISMS.length),
});

/**
 * Users of Kafka clients, who authenticate by name and password (SASL): `GET /v3/clusters/{cluster}/users`, and `PUT` and
 * `DELETE /users/{user}`. What is put is what SCRAM needs of a password (RFC 5802, section 3), made by the client: the
 * password itself stays there. Ours: REST Proxy has none.
 */
export function userRoutes(app: Hono<HttpEnv>, users: Credentials, policy: HttpPolicy, clusterId: string): void {
  const at = '/v3/clusters/:cluster/users';
  app.get(at, async (c) => {
    const self = `${clusterUrl(c, clusterId)}/users`;
    return reply(
      c,
      list(
        'KafkaUserList',
        self,
        (await users.list()).map((user) => userResource(self, user)),
      ),
    );
  });
  app.put(`${at}/:user`, async (c) => {
    const { credentials } = await jsonBody(c, policy, userBody);
    if (new Set(credentials.map(({ mechanism }) => mechanism)).size < credentials.length) {
      throw new AuthError('credential_invalid', 'A mechanism is given twice.');
    }
    await users.putAll(param(c, 'user'), credentials);
    return c.body(null, 204);
  });
  app.delete(`${at}/:user`, async (c: HttpContext) => {
    const user = param(c, 'user');
    if (await users.removeUser(user)) return c.body(null, 204);
    throw new AuthError('user_unknown', `There is no user ${JSON.stringify(user.slice(0, 100))}.`);
  });
}

function userResource(base: string, { user, credentials }: UserInfo) {
  return resource('KafkaUser', `${base}/${encodeURIComponent(user)}`, { user, credentials });
}
