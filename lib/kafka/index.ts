/**
 * The Kafka protocol: a gateway that answers requests over the platform's services, and the sockets that bring them. The
 * codec's parts are exported for the other direction, which clients of ours in bench/ and test/ need.
 */
export { type Cluster, type ClusterServices, GatewayCluster, type GatewayIdentity } from './cluster/index.ts';
export * from './codec/index.ts';
export { type KafkaServer, serveKafka } from './connection/index.ts';
export { KAFKA_ERRORS, type KafkaErrorName, kafkaErrorOf } from './error-codes.ts';
export { KafkaError, KafkaProtocolError, type KafkaProtocolErrorCode } from './errors.ts';
export { CLUSTER_ID, type Gateway, type GatewayOptions, type GatewayServices, openGateway } from './gateway.ts';
export type { Address, Peer, Session } from './session.ts';
