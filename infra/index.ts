/**
 * Millrace for the CDK: `EventPlatform` deploys the whole platform, topics, routes and sources are declared on it, rights
 * are granted by it. What is wrong fails at synthesis, with a sentence that says what to write instead.
 */
export { Api, Auth } from './auth.ts';
export { PlatformConfigError } from './errors.ts';
export { EventPlatform, type EventPlatformProps } from './event-platform.ts';
export type { JwtPrincipal } from './grants.ts';
export { KafkaAccess, type KafkaTlsOptions } from './kafka-access.ts';
export { KafkaGateway, type KafkaGatewayProps } from './kafka-gateway.ts';
export type { MonitoringProps } from './monitoring.ts';
export { OnFailure } from './on-failure.ts';
export type { RouteProps } from './route.ts';
export { Sink, type SinkSettings, type SinkTarget, type WebhookOptions } from './sink.ts';
export { Source, type SourceOrigin, type SourceProps } from './source.ts';
export type { TopicProps } from './topic.ts';
