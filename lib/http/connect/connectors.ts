import type { Hono } from 'hono';
import * as z from 'zod';
import type { Routes } from '../../route/index.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from '../context.ts';
import { HttpError } from '../http-error.ts';
import { reply } from '../reply.ts';
import { jsonBody, param } from '../request.ts';
import { configBody, patchBody } from './config-body.ts';
import { offsetRoutes } from './offsets.ts';

export const createConnectorBody = z.strictObject({
  name: z.string(),
  config: configBody,
  initial_state: z.literal('RUNNING').optional(),
});
type Config = Record<string, string>;

/**
 * Kafka Connect's REST API over routes: `/connectors` and what lies below. Beyond Connect: `POST /connectors/{name}/replay`.
 * Source: Kafka documentation, "Kafka Connect: REST API".
 */
export function connectorRoutes(app: Hono<HttpEnv>, routes: Routes, policy: HttpPolicy): void {
  const at = '/connectors/:name';
  app.get('/connectors', async (c) => reply(c, await listed(c, routes)));
  app.post('/connectors', async (c) => {
    const { name, config } = await jsonBody(c, policy, createConnectorBody);
    const created = await routes.create(name, named(config, name));
    c.header('location', `/connectors/${encodeURIComponent(name)}`);
    return reply(c, created, 201);
  });
  app.get(at, async (c) => reply(c, await routes.get(param(c, 'name'))));
  app.delete(at, async (c) => {
    await routes.delete(param(c, 'name'));
    return c.body(null, 204);
  });

  app.get(`${at}/config`, async (c) => reply(c, (await routes.get(param(c, 'name'))).config));
  app.put(`${at}/config`, async (c) => {
    const name = param(c, 'name');
    const { created, route } = await routes.put(name, named(await jsonBody(c, policy, configBody), name));
    return reply(c, route, created ? 201 : 200);
  });
  app.patch(`${at}/config`, async (c) => {
    const name = param(c, 'name');
    const { name: inside = name, ...changes } = await jsonBody(c, policy, patchBody);
    requireName(inside, name);
    return reply(c, await routes.patch(name, changes));
  });

  stateRoutes(app, at, routes);
  offsetRoutes(app, at, routes, policy);
}

function stateRoutes(app: Hono<HttpEnv>, at: string, routes: Routes): void {
  app.get(`${at}/status`, async (c) => reply(c, await routes.status(param(c, 'name'))));
  app.get(`${at}/topics`, async (c) => {
    const name = param(c, 'name');
    const { tasks } = await routes.status(name);
    return reply(c, { [name]: { topics: [...new Set(tasks.map(({ topic }) => topic))] } });
  });
  for (const [verb, status] of [
    ['pause', 202],
    ['resume', 202],
    ['stop', 204],
  ] as const) {
    app.put(`${at}/${verb}`, async (c) => {
      await routes[verb](param(c, 'name'));
      return c.body(null, status);
    });
  }
  app.post(`${at}/restart`, async (c) => {
    const name = param(c, 'name');
    const onlyFailed = c.req.query('onlyFailed') === 'true';
    await routes.restart(name, { onlyFailed });
    // As Connect does: the plain form answers nothing, the one with options the status.
    if (!onlyFailed && c.req.query('includeTasks') !== 'true') return c.body(null, 204);
    return reply(c, await routes.status(name), 202);
  });
  app.get(`${at}/tasks`, async (c) => {
    const { tasks, config } = await routes.get(param(c, 'name'));
    return reply(
      c,
      tasks.map((id) => ({ id, config })),
    );
  });
  app.get(`${at}/tasks/:task/status`, async (c) => {
    const { tasks } = await routes.status(param(c, 'name'));
    const task = tasks.find(({ id }) => id === taskId(c));
    if (task) return reply(c, task);
    throw new HttpError('path_unknown', `Connector "${param(c, 'name')}" has no task ${taskId(c)}.`);
  });
  app.post(`${at}/tasks/:task/restart`, async (c) => {
    await routes.restart(param(c, 'name'), { taskId: taskId(c) });
    return c.body(null, 204);
  });
}

/** Names alone, or, with `?expand=info&expand=status`, each with what was asked for. */
async function listed(c: HttpContext, routes: Routes): Promise<unknown> {
  const names = await routes.list();
  const expand = c.req.queries('expand') ?? [];
  if (expand.length === 0) return names;
  const all: Record<string, object> = {};
  for (const name of names) {
    const info = expand.includes('info') && { info: await routes.get(name) };
    const status = expand.includes('status') && { status: await routes.status(name) };
    all[name] = { ...info, ...status };
  }
  return all;
}

/** A config may repeat the connector's name; another one is a mistake. */
function named(config: Config, name: string): Config {
  const { name: inside = name, ...rest } = config;
  requireName(inside, name);
  return rest;
}

function requireName(inside: string | null, name: string): void {
  if (inside === name) return;
  const message = `The config is of "${inside?.slice(0, 100)}", but the request names "${name.slice(0, 100)}".`;
  throw new HttpError('request_invalid', message);
}

function taskId(c: HttpContext): number {
  const text = param(c, 'task');
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new HttpError('path_unknown', `"${text.slice(0, 40)}" is no task: tasks are numbered from 0.`);
}
