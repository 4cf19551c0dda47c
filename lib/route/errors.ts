import { MillraceError } from '../bytes/index.ts';

/**
 * - `route_unknown`: no route of that name.
 * - `route_exists`: a route of that name is there already.
 * - `route_name_invalid`: not a name that a route can have.
 * - `route_config_invalid`: one or more settings are missing, unknown or wrong; `RouteConfigError` names each.
 * - `route_conflict`: the route's state forbids it now, or another request changed the route at the same moment.
 * - `filter_invalid`: the filter is no event pattern.
 * - `transform_invalid`: the transform is no JSONata expression.
 * - `transform_failed`: the expression failed on one event, or went over its bounds.
 * - `delivery_retried`, `event_dropped`, `event_dead_lettered`, `task_failed`: notices of what became of a delivery.
 */
export type RouteErrorCode =
  | 'route_unknown'
  | 'route_exists'
  | 'route_name_invalid'
  | 'route_config_invalid'
  | 'route_conflict'
  | 'filter_invalid'
  | 'transform_invalid'
  | 'transform_failed'
  | 'delivery_retried'
  | 'event_dropped'
  | 'event_dead_lettered'
  | 'task_failed';

/**
 * Every error that lib/route raises on purpose.
 *
 * @example
 * throw new RouteError('route_unknown', 'Route "archive" does not exist. Create it first, or check its name.');
 */
export class RouteError extends MillraceError<RouteErrorCode> {}

/** What a thrown thing says of itself, whatever it is: JSONata throws plain objects. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
  return String(thrown);
}
