/**
 * Which gateways there are, as a Kafka client sees them: brokers, the leaders of partitions, and the coordinators of
 * groups. Any gateway can do any of it; who leads only spreads the work (decision 0010).
 */
export type { Broker, Cluster, Seat, View } from './cluster.ts';
export { type ClusterServices, GatewayCluster, type GatewayIdentity } from './membership.ts';
export { soleBroker } from './sole.ts';
