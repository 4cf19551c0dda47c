/**
 * Routes: events of topics, filtered (EventBridge patterns) and transformed (JSONata), delivered to webhooks, files,
 * other topics and AWS's services in key order, with retries and dead letters. Positions are offsets of group `route.<name>`; a lease per
 * route and ledger shares the work out between processes. `Routes` is the service; configuration and status are Connect's.
 * Sources, the other direction, have their own folder below.
 */
export { CONNECTOR_NAMES, parseConfig as parseRouteConfig } from './config.ts';
export { RouteError, type RouteErrorCode } from './errors.ts';
export { GROUP_PREFIX as ROUTE_GROUP_PREFIX } from './limits.ts';
export type { AssignedWork, Backlog, OnDemand, Work, WorkDone, WorkEnd } from './on-demand.ts';
export type { Position, ReplayTo } from './positions.ts';
export { ROUTES_PK, type RouteState, routeOfItem } from './route-item.ts';
export { type RouteInfo, type RouteOptions, Routes, type RoutesParts } from './routes.ts';
export type { SecretReference } from './secret.ts';
export type { ConfigTexts, SettingProblem } from './setting.ts';
export * from './sources/index.ts';
export type { PartitionStatus, RouteStatus, TaskStatus } from './status.ts';
export type { SettingReport, Validation } from './validation.ts';
