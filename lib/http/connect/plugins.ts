import type { Hono } from 'hono';
import { CONNECTOR_NAMES, type Routes } from '../../route/index.ts';
import type { HttpEnv, HttpPolicy } from '../context.ts';
import { HttpError } from '../http-error.ts';
import { reply } from '../reply.ts';
import { jsonBody, param } from '../request.ts';
import { configBody } from './config-body.ts';

/** `GET /connector-plugins` and `PUT /connector-plugins/{plugin}/config/validate`: the sinks that there are. */
export function pluginRoutes(app: Hono<HttpEnv>, routes: Routes, policy: HttpPolicy): void {
  app.get('/connector-plugins', (c) =>
    reply(
      c,
      CONNECTOR_NAMES.map((name) => ({ class: name, type: 'sink', version: '1' })),
    ),
  );
  app.put('/connector-plugins/:plugin/config/validate', async (c) => {
    const plugin = param(c, 'plugin');
    if (!CONNECTOR_NAMES.some((name) => name === plugin)) {
      throw new HttpError(
        'path_unknown',
        `There is no plugin "${plugin.slice(0, 100)}". There are ${CONNECTOR_NAMES.join(', ')}.`,
      );
    }
    const config = await jsonBody(c, policy, configBody);
    return reply(c, await routes.validate({ 'connector.class': plugin, ...config }));
  });
}
