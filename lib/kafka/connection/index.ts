/**
 * Sockets: frames off the wire into a session of the gateway, answers back in order. All that Kafka's protocol says of
 * connections is here, and nothing of what requests mean.
 */
export { type KafkaServer, serveKafka } from './serve.ts';
