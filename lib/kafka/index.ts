/**
 * The Kafka protocol: a gateway that answers requests over the platform's services, and the sockets that bring them. The
 * codec's parts are exported for the other direction, which clients of ours in bench/ and test/ need.
 */
export { type Cluster, type ClusterServices, GatewayCluster, type GatewayIdentity } from './cluster/index.ts';
export * from './codec/index.ts';
export {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  type KafkaServer,
  type ServeKafkaOptions,
  serveKafka,
} from './connection/index.ts';
export { KAFKA_ERRORS, type KafkaErrorName, kafkaErrorOf } from './error-codes.ts';
export { KafkaError, KafkaProtocolError, type KafkaProtocolErrorCode } from './errors.ts';
export { CLUSTER_ID, type Gateway, type GatewayOptions, type GatewayServices, openGateway } from './gateway.ts';
export {
  distinguishedName,
  type PrincipalMapping,
  principalMapping,
  SASL_MECHANISMS,
  type SaslMechanism,
  type SaslSettings,
  type SecurityOptions,
} from './security/index.ts';
export type { Address, Peer, Session } from './session.ts';
