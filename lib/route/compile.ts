import type { Random } from '../bytes/index.ts';
import { type RouteConfig, requireConfig } from './config.ts';
import type { StoredRoute } from './route-item.ts';
import type { SinkParts } from './sink.ts';
import type { CompiledRoute } from './task.ts';
import { compileTransform } from './transform.ts';

export interface CompileParts extends SinkParts {
  readonly random: Random;
}

/** A stored route made ready for workers. @throws RouteConfigError where a later version of the platform refuses it */
export function compileRoute(
  route: StoredRoute,
  parts: CompileParts,
): { config: RouteConfig; compiled: CompiledRoute } {
  const config = requireConfig(route.texts);
  const { filter, policy, offsetReset } = config;
  const transform = config.transform === undefined ? undefined : compileTransform(config.transform, parts);
  const sink = config.sink.open(parts);
  return { config, compiled: { name: route.name, id: route.id, filter, transform, sink, policy, offsetReset } };
}
