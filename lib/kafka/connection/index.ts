/**
 * Sockets: frames off the wire into a session of the gateway, answers back in order. All that Kafka's protocol says of
 * connections is here, and nothing of what requests mean.
 */
export { CONNECTION_LIMITS, type ConnectionLimits } from './limits.ts';
export { type KafkaServer, type ServeKafkaOptions, serveKafka } from './serve.ts';
