/** An API of the codec: its name in Kafka's definitions and the versions that are generated. */
export interface ApiChoice {
  name: string;
  versions: readonly [min: number, max: number];
  /** Lowest version to tell clients, where it is below what can be read. */
  advertisedMin?: number;
}

/** The release whose definitions are read. */
export const KAFKA_CLIENTS = '4.3.1';

function api(name: string, min: number, max: number): ApiChoice {
  return { name, versions: [min, max] };
}

/**
 * Versions stop before topic ids in produce and fetch (Produce 13, Fetch 13), two-phase commit (KIP-939) and share
 * groups. What is not chosen is not generated: a version that nobody advertises would be
 * code that nobody runs.
 */
export const APIS: readonly ApiChoice[] = [
  // librdkafka turns compression off for all brokers whose Produce does not begin at 0 (KAFKA-18659).
  { ...api('Produce', 3, 12), advertisedMin: 0 },
  api('Fetch', 4, 12),
  api('ListOffsets', 1, 9),
  api('Metadata', 0, 12),
  api('OffsetCommit', 2, 9),
  api('OffsetFetch', 1, 9),
  api('FindCoordinator', 0, 6),
  api('JoinGroup', 0, 9),
  api('Heartbeat', 0, 4),
  api('LeaveGroup', 0, 5),
  api('SyncGroup', 0, 5),
  api('DescribeGroups', 0, 6),
  api('ListGroups', 0, 5),
  api('SaslHandshake', 0, 1),
  api('ApiVersions', 0, 4),
  api('CreateTopics', 2, 7),
  api('DeleteTopics', 1, 6),
  api('DeleteRecords', 0, 2),
  api('InitProducerId', 0, 5),
  api('OffsetForLeaderEpoch', 2, 4),
  api('AddPartitionsToTxn', 0, 3),
  api('AddOffsetsToTxn', 0, 4),
  api('EndTxn', 0, 5),
  api('WriteTxnMarkers', 1, 1),
  api('TxnOffsetCommit', 0, 5),
  api('DescribeAcls', 1, 3),
  api('CreateAcls', 1, 3),
  api('DeleteAcls', 1, 3),
  api('DescribeConfigs', 1, 4),
  api('AlterConfigs', 0, 2),
  api('DescribeLogDirs', 1, 4),
  api('SaslAuthenticate', 0, 2),
  api('CreatePartitions', 0, 3),
  api('DeleteGroups', 0, 2),
  api('ElectLeaders', 0, 2),
  api('IncrementalAlterConfigs', 0, 1),
  api('AlterPartitionReassignments', 0, 1),
  api('ListPartitionReassignments', 0, 0),
  api('OffsetDelete', 0, 0),
  api('DescribeClientQuotas', 0, 1),
  api('AlterClientQuotas', 0, 1),
  api('DescribeUserScramCredentials', 0, 0),
  api('AlterUserScramCredentials', 0, 0),
  api('DescribeCluster', 0, 2),
  api('DescribeProducers', 0, 0),
  api('DescribeTransactions', 0, 0),
  api('ListTransactions', 0, 2),
  api('ConsumerGroupHeartbeat', 0, 1),
  api('ConsumerGroupDescribe', 0, 1),
  api('DescribeTopicPartitions', 0, 0),
];

/** What consumers put into the opaque bytes of JoinGroup and SyncGroup: both directions, no API. */
export const DATA: readonly ApiChoice[] = [
  api('ConsumerProtocolSubscription', 0, 3),
  api('ConsumerProtocolAssignment', 0, 3),
];
