/**
 * The Kafka protocol. So far its codec: frames to requests, responses to frames. The codec's parts are exported for
 * the other direction, which clients of ours in bench/ and test/ need.
 */
export * from './codec/index.ts';
export { KafkaProtocolError, type KafkaProtocolErrorCode } from './errors.ts';
