/**
 * Routes: events of topics, filtered (EventBridge patterns) and transformed (JSONata), delivered to webhooks, files and
 * other topics in key order, with retries and dead letters. Positions are offsets of group `route.<name>`; a lease per
 * route and ledger shares the work out between processes. `Routes` is the service; configuration and status are Connect's.
 */
export { CONNECTOR_NAMES, HIDDEN, RouteConfigError } from './config.ts';
export { ENVELOPE_FIELDS, type Envelope, envelopeOf, type RouteEvent } from './envelope.ts';
export { RouteError, type RouteErrorCode } from './errors.ts';
export { compileFilter, type Filter, parseFilter } from './filter.ts';
export { GROUP_PREFIX, ROUTE_LIMITS } from './limits.ts';
export type { Position, ReplayTo } from './positions.ts';
export type { RouteState } from './route-item.ts';
export { type RouteInfo, Routes, type RoutesParts } from './routes.ts';
export type { ConfigTexts, SettingProblem } from './setting.ts';
export type { PartitionStatus, RouteStatus, TaskStatus } from './status.ts';
export { compileTransform, TRANSFORM_LIMITS, type Transform } from './transform.ts';
export type { SettingReport, Validation } from './validation.ts';
