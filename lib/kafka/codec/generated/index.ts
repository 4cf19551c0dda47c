// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { Apis } from '../api.ts';
import {
  type AddOffsetsToTxnRequest,
  type AddOffsetsToTxnResponse,
  readAddOffsetsToTxnRequest,
  writeAddOffsetsToTxnResponse,
} from './add-offsets-to-txn.ts';
import {
  type AddPartitionsToTxnRequest,
  type AddPartitionsToTxnResponse,
  readAddPartitionsToTxnRequest,
  writeAddPartitionsToTxnResponse,
} from './add-partitions-to-txn.ts';
import {
  type AlterClientQuotasRequest,
  type AlterClientQuotasResponse,
  readAlterClientQuotasRequest,
  writeAlterClientQuotasResponse,
} from './alter-client-quotas.ts';
import {
  type AlterConfigsRequest,
  type AlterConfigsResponse,
  readAlterConfigsRequest,
  writeAlterConfigsResponse,
} from './alter-configs.ts';
import {
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsResponse,
  readAlterPartitionReassignmentsRequest,
  writeAlterPartitionReassignmentsResponse,
} from './alter-partition-reassignments.ts';
import {
  type AlterUserScramCredentialsRequest,
  type AlterUserScramCredentialsResponse,
  readAlterUserScramCredentialsRequest,
  writeAlterUserScramCredentialsResponse,
} from './alter-user-scram-credentials.ts';
import {
  type ApiVersionsRequest,
  type ApiVersionsResponse,
  readApiVersionsRequest,
  writeApiVersionsResponse,
} from './api-versions.ts';
import {
  type ConsumerGroupDescribeRequest,
  type ConsumerGroupDescribeResponse,
  readConsumerGroupDescribeRequest,
  writeConsumerGroupDescribeResponse,
} from './consumer-group-describe.ts';
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  readConsumerGroupHeartbeatRequest,
  writeConsumerGroupHeartbeatResponse,
} from './consumer-group-heartbeat.ts';
import {
  type CreateAclsRequest,
  type CreateAclsResponse,
  readCreateAclsRequest,
  writeCreateAclsResponse,
} from './create-acls.ts';
import {
  type CreatePartitionsRequest,
  type CreatePartitionsResponse,
  readCreatePartitionsRequest,
  writeCreatePartitionsResponse,
} from './create-partitions.ts';
import {
  type CreateTopicsRequest,
  type CreateTopicsResponse,
  readCreateTopicsRequest,
  writeCreateTopicsResponse,
} from './create-topics.ts';
import {
  type DeleteAclsRequest,
  type DeleteAclsResponse,
  readDeleteAclsRequest,
  writeDeleteAclsResponse,
} from './delete-acls.ts';
import {
  type DeleteGroupsRequest,
  type DeleteGroupsResponse,
  readDeleteGroupsRequest,
  writeDeleteGroupsResponse,
} from './delete-groups.ts';
import {
  type DeleteRecordsRequest,
  type DeleteRecordsResponse,
  readDeleteRecordsRequest,
  writeDeleteRecordsResponse,
} from './delete-records.ts';
import {
  type DeleteTopicsRequest,
  type DeleteTopicsResponse,
  readDeleteTopicsRequest,
  writeDeleteTopicsResponse,
} from './delete-topics.ts';
import {
  type DescribeAclsRequest,
  type DescribeAclsResponse,
  readDescribeAclsRequest,
  writeDescribeAclsResponse,
} from './describe-acls.ts';
import {
  type DescribeClientQuotasRequest,
  type DescribeClientQuotasResponse,
  readDescribeClientQuotasRequest,
  writeDescribeClientQuotasResponse,
} from './describe-client-quotas.ts';
import {
  type DescribeClusterRequest,
  type DescribeClusterResponse,
  readDescribeClusterRequest,
  writeDescribeClusterResponse,
} from './describe-cluster.ts';
import {
  type DescribeConfigsRequest,
  type DescribeConfigsResponse,
  readDescribeConfigsRequest,
  writeDescribeConfigsResponse,
} from './describe-configs.ts';
import {
  type DescribeGroupsRequest,
  type DescribeGroupsResponse,
  readDescribeGroupsRequest,
  writeDescribeGroupsResponse,
} from './describe-groups.ts';
import {
  type DescribeLogDirsRequest,
  type DescribeLogDirsResponse,
  readDescribeLogDirsRequest,
  writeDescribeLogDirsResponse,
} from './describe-log-dirs.ts';
import {
  type DescribeProducersRequest,
  type DescribeProducersResponse,
  readDescribeProducersRequest,
  writeDescribeProducersResponse,
} from './describe-producers.ts';
import {
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponse,
  readDescribeTopicPartitionsRequest,
  writeDescribeTopicPartitionsResponse,
} from './describe-topic-partitions.ts';
import {
  type DescribeTransactionsRequest,
  type DescribeTransactionsResponse,
  readDescribeTransactionsRequest,
  writeDescribeTransactionsResponse,
} from './describe-transactions.ts';
import {
  type DescribeUserScramCredentialsRequest,
  type DescribeUserScramCredentialsResponse,
  readDescribeUserScramCredentialsRequest,
  writeDescribeUserScramCredentialsResponse,
} from './describe-user-scram-credentials.ts';
import {
  type ElectLeadersRequest,
  type ElectLeadersResponse,
  readElectLeadersRequest,
  writeElectLeadersResponse,
} from './elect-leaders.ts';
import { type EndTxnRequest, type EndTxnResponse, readEndTxnRequest, writeEndTxnResponse } from './end-txn.ts';
import { type FetchRequest, type FetchResponse, readFetchRequest, writeFetchResponse } from './fetch.ts';
import {
  type FindCoordinatorRequest,
  type FindCoordinatorResponse,
  readFindCoordinatorRequest,
  writeFindCoordinatorResponse,
} from './find-coordinator.ts';
import {
  type HeartbeatRequest,
  type HeartbeatResponse,
  readHeartbeatRequest,
  writeHeartbeatResponse,
} from './heartbeat.ts';
import {
  type IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsResponse,
  readIncrementalAlterConfigsRequest,
  writeIncrementalAlterConfigsResponse,
} from './incremental-alter-configs.ts';
import {
  type InitProducerIdRequest,
  type InitProducerIdResponse,
  readInitProducerIdRequest,
  writeInitProducerIdResponse,
} from './init-producer-id.ts';
import {
  type JoinGroupRequest,
  type JoinGroupResponse,
  readJoinGroupRequest,
  writeJoinGroupResponse,
} from './join-group.ts';
import {
  type LeaveGroupRequest,
  type LeaveGroupResponse,
  readLeaveGroupRequest,
  writeLeaveGroupResponse,
} from './leave-group.ts';
import {
  type ListGroupsRequest,
  type ListGroupsResponse,
  readListGroupsRequest,
  writeListGroupsResponse,
} from './list-groups.ts';
import {
  type ListOffsetsRequest,
  type ListOffsetsResponse,
  readListOffsetsRequest,
  writeListOffsetsResponse,
} from './list-offsets.ts';
import {
  type ListPartitionReassignmentsRequest,
  type ListPartitionReassignmentsResponse,
  readListPartitionReassignmentsRequest,
  writeListPartitionReassignmentsResponse,
} from './list-partition-reassignments.ts';
import {
  type ListTransactionsRequest,
  type ListTransactionsResponse,
  readListTransactionsRequest,
  writeListTransactionsResponse,
} from './list-transactions.ts';
import { type MetadataRequest, type MetadataResponse, readMetadataRequest, writeMetadataResponse } from './metadata.ts';
import {
  type OffsetCommitRequest,
  type OffsetCommitResponse,
  readOffsetCommitRequest,
  writeOffsetCommitResponse,
} from './offset-commit.ts';
import {
  type OffsetDeleteRequest,
  type OffsetDeleteResponse,
  readOffsetDeleteRequest,
  writeOffsetDeleteResponse,
} from './offset-delete.ts';
import {
  type OffsetFetchRequest,
  type OffsetFetchResponse,
  readOffsetFetchRequest,
  writeOffsetFetchResponse,
} from './offset-fetch.ts';
import {
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochResponse,
  readOffsetForLeaderEpochRequest,
  writeOffsetForLeaderEpochResponse,
} from './offset-for-leader-epoch.ts';
import { type ProduceRequest, type ProduceResponse, readProduceRequest, writeProduceResponse } from './produce.ts';
import {
  readSaslAuthenticateRequest,
  type SaslAuthenticateRequest,
  type SaslAuthenticateResponse,
  writeSaslAuthenticateResponse,
} from './sasl-authenticate.ts';
import {
  readSaslHandshakeRequest,
  type SaslHandshakeRequest,
  type SaslHandshakeResponse,
  writeSaslHandshakeResponse,
} from './sasl-handshake.ts';
import {
  readSyncGroupRequest,
  type SyncGroupRequest,
  type SyncGroupResponse,
  writeSyncGroupResponse,
} from './sync-group.ts';
import {
  readTxnOffsetCommitRequest,
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitResponse,
  writeTxnOffsetCommitResponse,
} from './txn-offset-commit.ts';
import {
  readWriteTxnMarkersRequest,
  type WriteTxnMarkersRequest,
  type WriteTxnMarkersResponse,
  writeWriteTxnMarkersResponse,
} from './write-txn-markers.ts';

export type * from './add-offsets-to-txn.ts';
export type * from './add-partitions-to-txn.ts';
export type * from './alter-client-quotas.ts';
export type * from './alter-configs.ts';
export type * from './alter-partition-reassignments.ts';
export type * from './alter-user-scram-credentials.ts';
export type * from './api-versions.ts';
export type * from './consumer-group-describe.ts';
export type * from './consumer-group-heartbeat.ts';
export type * from './consumer-protocol-assignment.ts';
export type * from './consumer-protocol-subscription.ts';
export type * from './create-acls.ts';
export type * from './create-partitions.ts';
export type * from './create-topics.ts';
export type * from './delete-acls.ts';
export type * from './delete-groups.ts';
export type * from './delete-records.ts';
export type * from './delete-topics.ts';
export type * from './describe-acls.ts';
export type * from './describe-client-quotas.ts';
export type * from './describe-cluster.ts';
export type * from './describe-configs.ts';
export type * from './describe-groups.ts';
export type * from './describe-log-dirs.ts';
export type * from './describe-producers.ts';
export type * from './describe-topic-partitions.ts';
export type * from './describe-transactions.ts';
export type * from './describe-user-scram-credentials.ts';
export type * from './elect-leaders.ts';
export type * from './end-txn.ts';
export type * from './fetch.ts';
export type * from './find-coordinator.ts';
export type * from './heartbeat.ts';
export type * from './incremental-alter-configs.ts';
export type * from './init-producer-id.ts';
export type * from './join-group.ts';
export type * from './leave-group.ts';
export type * from './list-groups.ts';
export type * from './list-offsets.ts';
export type * from './list-partition-reassignments.ts';
export type * from './list-transactions.ts';
export type * from './metadata.ts';
export type * from './offset-commit.ts';
export type * from './offset-delete.ts';
export type * from './offset-fetch.ts';
export type * from './offset-for-leader-epoch.ts';
export type * from './produce.ts';
export type * from './sasl-authenticate.ts';
export type * from './sasl-handshake.ts';
export type * from './sync-group.ts';
export type * from './txn-offset-commit.ts';
export type * from './write-txn-markers.ts';

/** By API, what is asked. */
export interface Requests {
  Produce: ProduceRequest;
  Fetch: FetchRequest;
  ListOffsets: ListOffsetsRequest;
  Metadata: MetadataRequest;
  OffsetCommit: OffsetCommitRequest;
  OffsetFetch: OffsetFetchRequest;
  FindCoordinator: FindCoordinatorRequest;
  JoinGroup: JoinGroupRequest;
  Heartbeat: HeartbeatRequest;
  LeaveGroup: LeaveGroupRequest;
  SyncGroup: SyncGroupRequest;
  DescribeGroups: DescribeGroupsRequest;
  ListGroups: ListGroupsRequest;
  SaslHandshake: SaslHandshakeRequest;
  ApiVersions: ApiVersionsRequest;
  CreateTopics: CreateTopicsRequest;
  DeleteTopics: DeleteTopicsRequest;
  DeleteRecords: DeleteRecordsRequest;
  InitProducerId: InitProducerIdRequest;
  OffsetForLeaderEpoch: OffsetForLeaderEpochRequest;
  AddPartitionsToTxn: AddPartitionsToTxnRequest;
  AddOffsetsToTxn: AddOffsetsToTxnRequest;
  EndTxn: EndTxnRequest;
  WriteTxnMarkers: WriteTxnMarkersRequest;
  TxnOffsetCommit: TxnOffsetCommitRequest;
  DescribeAcls: DescribeAclsRequest;
  CreateAcls: CreateAclsRequest;
  DeleteAcls: DeleteAclsRequest;
  DescribeConfigs: DescribeConfigsRequest;
  AlterConfigs: AlterConfigsRequest;
  DescribeLogDirs: DescribeLogDirsRequest;
  SaslAuthenticate: SaslAuthenticateRequest;
  CreatePartitions: CreatePartitionsRequest;
  DeleteGroups: DeleteGroupsRequest;
  ElectLeaders: ElectLeadersRequest;
  IncrementalAlterConfigs: IncrementalAlterConfigsRequest;
  AlterPartitionReassignments: AlterPartitionReassignmentsRequest;
  ListPartitionReassignments: ListPartitionReassignmentsRequest;
  OffsetDelete: OffsetDeleteRequest;
  DescribeClientQuotas: DescribeClientQuotasRequest;
  AlterClientQuotas: AlterClientQuotasRequest;
  DescribeUserScramCredentials: DescribeUserScramCredentialsRequest;
  AlterUserScramCredentials: AlterUserScramCredentialsRequest;
  DescribeCluster: DescribeClusterRequest;
  DescribeProducers: DescribeProducersRequest;
  DescribeTransactions: DescribeTransactionsRequest;
  ListTransactions: ListTransactionsRequest;
  ConsumerGroupHeartbeat: ConsumerGroupHeartbeatRequest;
  ConsumerGroupDescribe: ConsumerGroupDescribeRequest;
  DescribeTopicPartitions: DescribeTopicPartitionsRequest;
}

/** By API, what is answered. */
export interface Responses {
  Produce: ProduceResponse;
  Fetch: FetchResponse;
  ListOffsets: ListOffsetsResponse;
  Metadata: MetadataResponse;
  OffsetCommit: OffsetCommitResponse;
  OffsetFetch: OffsetFetchResponse;
  FindCoordinator: FindCoordinatorResponse;
  JoinGroup: JoinGroupResponse;
  Heartbeat: HeartbeatResponse;
  LeaveGroup: LeaveGroupResponse;
  SyncGroup: SyncGroupResponse;
  DescribeGroups: DescribeGroupsResponse;
  ListGroups: ListGroupsResponse;
  SaslHandshake: SaslHandshakeResponse;
  ApiVersions: ApiVersionsResponse;
  CreateTopics: CreateTopicsResponse;
  DeleteTopics: DeleteTopicsResponse;
  DeleteRecords: DeleteRecordsResponse;
  InitProducerId: InitProducerIdResponse;
  OffsetForLeaderEpoch: OffsetForLeaderEpochResponse;
  AddPartitionsToTxn: AddPartitionsToTxnResponse;
  AddOffsetsToTxn: AddOffsetsToTxnResponse;
  EndTxn: EndTxnResponse;
  WriteTxnMarkers: WriteTxnMarkersResponse;
  TxnOffsetCommit: TxnOffsetCommitResponse;
  DescribeAcls: DescribeAclsResponse;
  CreateAcls: CreateAclsResponse;
  DeleteAcls: DeleteAclsResponse;
  DescribeConfigs: DescribeConfigsResponse;
  AlterConfigs: AlterConfigsResponse;
  DescribeLogDirs: DescribeLogDirsResponse;
  SaslAuthenticate: SaslAuthenticateResponse;
  CreatePartitions: CreatePartitionsResponse;
  DeleteGroups: DeleteGroupsResponse;
  ElectLeaders: ElectLeadersResponse;
  IncrementalAlterConfigs: IncrementalAlterConfigsResponse;
  AlterPartitionReassignments: AlterPartitionReassignmentsResponse;
  ListPartitionReassignments: ListPartitionReassignmentsResponse;
  OffsetDelete: OffsetDeleteResponse;
  DescribeClientQuotas: DescribeClientQuotasResponse;
  AlterClientQuotas: AlterClientQuotasResponse;
  DescribeUserScramCredentials: DescribeUserScramCredentialsResponse;
  AlterUserScramCredentials: AlterUserScramCredentialsResponse;
  DescribeCluster: DescribeClusterResponse;
  DescribeProducers: DescribeProducersResponse;
  DescribeTransactions: DescribeTransactionsResponse;
  ListTransactions: ListTransactionsResponse;
  ConsumerGroupHeartbeat: ConsumerGroupHeartbeatResponse;
  ConsumerGroupDescribe: ConsumerGroupDescribeResponse;
  DescribeTopicPartitions: DescribeTopicPartitionsResponse;
}

/** Every API of the codec. */
export const APIS: Apis = {
  Produce: {
    key: 0,
    advertisedMin: 0,
    min: 3,
    max: 12,
    flexibleFrom: 9,
    readRequest: readProduceRequest,
    writeResponse: writeProduceResponse,
  },
  Fetch: {
    key: 1,
    advertisedMin: 4,
    min: 4,
    max: 12,
    flexibleFrom: 12,
    readRequest: readFetchRequest,
    writeResponse: writeFetchResponse,
  },
  ListOffsets: {
    key: 2,
    advertisedMin: 1,
    min: 1,
    max: 9,
    flexibleFrom: 6,
    readRequest: readListOffsetsRequest,
    writeResponse: writeListOffsetsResponse,
  },
  Metadata: {
    key: 3,
    advertisedMin: 0,
    min: 0,
    max: 12,
    flexibleFrom: 9,
    readRequest: readMetadataRequest,
    writeResponse: writeMetadataResponse,
  },
  OffsetCommit: {
    key: 8,
    advertisedMin: 2,
    min: 2,
    max: 9,
    flexibleFrom: 8,
    readRequest: readOffsetCommitRequest,
    writeResponse: writeOffsetCommitResponse,
  },
  OffsetFetch: {
    key: 9,
    advertisedMin: 1,
    min: 1,
    max: 9,
    flexibleFrom: 6,
    readRequest: readOffsetFetchRequest,
    writeResponse: writeOffsetFetchResponse,
  },
  FindCoordinator: {
    key: 10,
    advertisedMin: 0,
    min: 0,
    max: 6,
    flexibleFrom: 3,
    readRequest: readFindCoordinatorRequest,
    writeResponse: writeFindCoordinatorResponse,
  },
  JoinGroup: {
    key: 11,
    advertisedMin: 0,
    min: 0,
    max: 9,
    flexibleFrom: 6,
    readRequest: readJoinGroupRequest,
    writeResponse: writeJoinGroupResponse,
  },
  Heartbeat: {
    key: 12,
    advertisedMin: 0,
    min: 0,
    max: 4,
    flexibleFrom: 4,
    readRequest: readHeartbeatRequest,
    writeResponse: writeHeartbeatResponse,
  },
  LeaveGroup: {
    key: 13,
    advertisedMin: 0,
    min: 0,
    max: 5,
    flexibleFrom: 4,
    readRequest: readLeaveGroupRequest,
    writeResponse: writeLeaveGroupResponse,
  },
  SyncGroup: {
    key: 14,
    advertisedMin: 0,
    min: 0,
    max: 5,
    flexibleFrom: 4,
    readRequest: readSyncGroupRequest,
    writeResponse: writeSyncGroupResponse,
  },
  DescribeGroups: {
    key: 15,
    advertisedMin: 0,
    min: 0,
    max: 6,
    flexibleFrom: 5,
    readRequest: readDescribeGroupsRequest,
    writeResponse: writeDescribeGroupsResponse,
  },
  ListGroups: {
    key: 16,
    advertisedMin: 0,
    min: 0,
    max: 5,
    flexibleFrom: 3,
    readRequest: readListGroupsRequest,
    writeResponse: writeListGroupsResponse,
  },
  SaslHandshake: {
    key: 17,
    advertisedMin: 0,
    min: 0,
    max: 1,
    flexibleFrom: 2,
    readRequest: readSaslHandshakeRequest,
    writeResponse: writeSaslHandshakeResponse,
  },
  ApiVersions: {
    key: 18,
    advertisedMin: 0,
    min: 0,
    max: 4,
    flexibleFrom: 3,
    readRequest: readApiVersionsRequest,
    writeResponse: writeApiVersionsResponse,
  },
  CreateTopics: {
    key: 19,
    advertisedMin: 2,
    min: 2,
    max: 7,
    flexibleFrom: 5,
    readRequest: readCreateTopicsRequest,
    writeResponse: writeCreateTopicsResponse,
  },
  DeleteTopics: {
    key: 20,
    advertisedMin: 1,
    min: 1,
    max: 6,
    flexibleFrom: 4,
    readRequest: readDeleteTopicsRequest,
    writeResponse: writeDeleteTopicsResponse,
  },
  DeleteRecords: {
    key: 21,
    advertisedMin: 0,
    min: 0,
    max: 2,
    flexibleFrom: 2,
    readRequest: readDeleteRecordsRequest,
    writeResponse: writeDeleteRecordsResponse,
  },
  InitProducerId: {
    key: 22,
    advertisedMin: 0,
    min: 0,
    max: 5,
    flexibleFrom: 2,
    readRequest: readInitProducerIdRequest,
    writeResponse: writeInitProducerIdResponse,
  },
  OffsetForLeaderEpoch: {
    key: 23,
    advertisedMin: 2,
    min: 2,
    max: 4,
    flexibleFrom: 4,
    readRequest: readOffsetForLeaderEpochRequest,
    writeResponse: writeOffsetForLeaderEpochResponse,
  },
  AddPartitionsToTxn: {
    key: 24,
    advertisedMin: 0,
    min: 0,
    max: 3,
    flexibleFrom: 3,
    readRequest: readAddPartitionsToTxnRequest,
    writeResponse: writeAddPartitionsToTxnResponse,
  },
  AddOffsetsToTxn: {
    key: 25,
    advertisedMin: 0,
    min: 0,
    max: 4,
    flexibleFrom: 3,
    readRequest: readAddOffsetsToTxnRequest,
    writeResponse: writeAddOffsetsToTxnResponse,
  },
  EndTxn: {
    key: 26,
    advertisedMin: 0,
    min: 0,
    max: 5,
    flexibleFrom: 3,
    readRequest: readEndTxnRequest,
    writeResponse: writeEndTxnResponse,
  },
  WriteTxnMarkers: {
    key: 27,
    advertisedMin: 1,
    min: 1,
    max: 1,
    flexibleFrom: 1,
    readRequest: readWriteTxnMarkersRequest,
    writeResponse: writeWriteTxnMarkersResponse,
  },
  TxnOffsetCommit: {
    key: 28,
    advertisedMin: 0,
    min: 0,
    max: 5,
    flexibleFrom: 3,
    readRequest: readTxnOffsetCommitRequest,
    writeResponse: writeTxnOffsetCommitResponse,
  },
  DescribeAcls: {
    key: 29,
    advertisedMin: 1,
    min: 1,
    max: 3,
    flexibleFrom: 2,
    readRequest: readDescribeAclsRequest,
    writeResponse: writeDescribeAclsResponse,
  },
  CreateAcls: {
    key: 30,
    advertisedMin: 1,
    min: 1,
    max: 3,
    flexibleFrom: 2,
    readRequest: readCreateAclsRequest,
    writeResponse: writeCreateAclsResponse,
  },
  DeleteAcls: {
    key: 31,
    advertisedMin: 1,
    min: 1,
    max: 3,
    flexibleFrom: 2,
    readRequest: readDeleteAclsRequest,
    writeResponse: writeDeleteAclsResponse,
  },
  DescribeConfigs: {
    key: 32,
    advertisedMin: 1,
    min: 1,
    max: 4,
    flexibleFrom: 4,
    readRequest: readDescribeConfigsRequest,
    writeResponse: writeDescribeConfigsResponse,
  },
  AlterConfigs: {
    key: 33,
    advertisedMin: 0,
    min: 0,
    max: 2,
    flexibleFrom: 2,
    readRequest: readAlterConfigsRequest,
    writeResponse: writeAlterConfigsResponse,
  },
  DescribeLogDirs: {
    key: 35,
    advertisedMin: 1,
    min: 1,
    max: 4,
    flexibleFrom: 2,
    readRequest: readDescribeLogDirsRequest,
    writeResponse: writeDescribeLogDirsResponse,
  },
  SaslAuthenticate: {
    key: 36,
    advertisedMin: 0,
    min: 0,
    max: 2,
    flexibleFrom: 2,
    readRequest: readSaslAuthenticateRequest,
    writeResponse: writeSaslAuthenticateResponse,
  },
  CreatePartitions: {
    key: 37,
    advertisedMin: 0,
    min: 0,
    max: 3,
    flexibleFrom: 2,
    readRequest: readCreatePartitionsRequest,
    writeResponse: writeCreatePartitionsResponse,
  },
  DeleteGroups: {
    key: 42,
    advertisedMin: 0,
    min: 0,
    max: 2,
    flexibleFrom: 2,
    readRequest: readDeleteGroupsRequest,
    writeResponse: writeDeleteGroupsResponse,
  },
  ElectLeaders: {
    key: 43,
    advertisedMin: 0,
    min: 0,
    max: 2,
    flexibleFrom: 2,
    readRequest: readElectLeadersRequest,
    writeResponse: writeElectLeadersResponse,
  },
  IncrementalAlterConfigs: {
    key: 44,
    advertisedMin: 0,
    min: 0,
    max: 1,
    flexibleFrom: 1,
    readRequest: readIncrementalAlterConfigsRequest,
    writeResponse: writeIncrementalAlterConfigsResponse,
  },
  AlterPartitionReassignments: {
    key: 45,
    advertisedMin: 0,
    min: 0,
    max: 1,
    flexibleFrom: 0,
    readRequest: readAlterPartitionReassignmentsRequest,
    writeResponse: writeAlterPartitionReassignmentsResponse,
  },
  ListPartitionReassignments: {
    key: 46,
    advertisedMin: 0,
    min: 0,
    max: 0,
    flexibleFrom: 0,
    readRequest: readListPartitionReassignmentsRequest,
    writeResponse: writeListPartitionReassignmentsResponse,
  },
  OffsetDelete: {
    key: 47,
    advertisedMin: 0,
    min: 0,
    max: 0,
    flexibleFrom: 1,
    readRequest: readOffsetDeleteRequest,
    writeResponse: writeOffsetDeleteResponse,
  },
  DescribeClientQuotas: {
    key: 48,
    advertisedMin: 0,
    min: 0,
    max: 1,
    flexibleFrom: 1,
    readRequest: readDescribeClientQuotasRequest,
    writeResponse: writeDescribeClientQuotasResponse,
  },
  AlterClientQuotas: {
    key: 49,
    advertisedMin: 0,
    min: 0,
    max: 1,
    flexibleFrom: 1,
    readRequest: readAlterClientQuotasRequest,
    writeResponse: writeAlterClientQuotasResponse,
  },
  DescribeUserScramCredentials: {
    key: 50,
    advertisedMin: 0,
    min: 0,
    max: 0,
    flexibleFrom: 0,
    readRequest: readDescribeUserScramCredentialsRequest,
    writeResponse: writeDescribeUserScramCredentialsResponse,
  },
  AlterUserScramCredentials: {
    key: 51,
    advertisedMin: 0,
    min: 0,
    max: 0,
    flexibleFrom: 0,
    readRequest: readAlterUserScramCredentialsRequest,
    writeResponse: writeAlterUserScramCredentialsResponse,
  },
  DescribeCluster: {
    key: 60,
    advertisedMin: 0,
    min: 0,
    max: 2,
    flexibleFrom: 0,
    readRequest: readDescribeClusterRequest,
    writeResponse: writeDescribeClusterResponse,
  },
  DescribeProducers: {
    key: 61,
    advertisedMin: 0,
    min: 0,
    max: 0,
    flexibleFrom: 0,
    readRequest: readDescribeProducersRequest,
    writeResponse: writeDescribeProducersResponse,
  },
  DescribeTransactions: {
    key: 65,
    advertisedMin: 0,
    min: 0,
    max: 0,
    flexibleFrom: 0,
    readRequest: readDescribeTransactionsRequest,
    writeResponse: writeDescribeTransactionsResponse,
  },
  ListTransactions: {
    key: 66,
    advertisedMin: 0,
    min: 0,
    max: 2,
    flexibleFrom: 0,
    readRequest: readListTransactionsRequest,
    writeResponse: writeListTransactionsResponse,
  },
  ConsumerGroupHeartbeat: {
    key: 68,
    advertisedMin: 0,
    min: 0,
    max: 1,
    flexibleFrom: 0,
    readRequest: readConsumerGroupHeartbeatRequest,
    writeResponse: writeConsumerGroupHeartbeatResponse,
  },
  ConsumerGroupDescribe: {
    key: 69,
    advertisedMin: 0,
    min: 0,
    max: 1,
    flexibleFrom: 0,
    readRequest: readConsumerGroupDescribeRequest,
    writeResponse: writeConsumerGroupDescribeResponse,
  },
  DescribeTopicPartitions: {
    key: 75,
    advertisedMin: 0,
    min: 0,
    max: 0,
    flexibleFrom: 0,
    readRequest: readDescribeTopicPartitionsRequest,
    writeResponse: writeDescribeTopicPartitionsResponse,
  },
};
