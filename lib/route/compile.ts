import { join } from 'node:path';
import type { Clock, Random } from '../bytes/index.ts';
import type { Events } from '../topic/index.ts';
import { type RouteConfig, requireConfig } from './config.ts';
import { RouteError } from './errors.ts';
import type { StoredRoute } from './route-item.ts';
import type { Sink } from './sink.ts';
import { FileSink } from './sinks/file.ts';
import type { SinkOptions } from './sinks/settings.ts';
import { TopicSink } from './sinks/topic.ts';
import { WebhookSink } from './sinks/webhook.ts';
import type { CompiledRoute } from './task.ts';
import { compileTransform } from './transform.ts';

export interface CompileParts {
  readonly events: Events;
  readonly clock: Clock;
  readonly random: Random;
  /** The folder below which file sinks may write: who may make routes may write nowhere else. None: no file sinks. */
  readonly filesFolder: string | undefined;
}

/** A stored route made ready for workers. @throws RouteConfigError where a later version of the platform refuses it */
export function compileRoute(
  route: StoredRoute,
  parts: CompileParts,
): { config: RouteConfig; compiled: CompiledRoute } {
  const config = requireConfig(route.texts);
  const { filter, policy, offsetReset } = config;
  const transform = config.transform === undefined ? undefined : compileTransform(config.transform, parts);
  const sink = openSink(config.sink, parts);
  return { config, compiled: { name: route.name, id: route.id, filter, transform, sink, policy, offsetReset } };
}

function openSink(options: SinkOptions, { events, clock, filesFolder }: CompileParts): Sink {
  if (options.connector === 'webhook') return new WebhookSink(options.webhook, clock);
  if (options.connector === 'file') {
    if (filesFolder === undefined) {
      throw new RouteError(
        'route_config_invalid',
        'This server keeps no folder for files. Start it with --files, or use another sink.',
      );
    }
    return new FileSink({ ...options.file, path: join(filesFolder, options.file.path) });
  }
  return new TopicSink(options.topic, events);
}
