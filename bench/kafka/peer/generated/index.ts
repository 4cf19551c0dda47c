// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka

import type { Peers } from '../peer.ts';
import { readAddOffsetsToTxnResponse, writeAddOffsetsToTxnRequest } from './add-offsets-to-txn.ts';
import { readAddPartitionsToTxnResponse, writeAddPartitionsToTxnRequest } from './add-partitions-to-txn.ts';
import { readAlterClientQuotasResponse, writeAlterClientQuotasRequest } from './alter-client-quotas.ts';
import { readAlterConfigsResponse, writeAlterConfigsRequest } from './alter-configs.ts';
import {
  readAlterPartitionReassignmentsResponse,
  writeAlterPartitionReassignmentsRequest,
} from './alter-partition-reassignments.ts';
import {
  readAlterUserScramCredentialsResponse,
  writeAlterUserScramCredentialsRequest,
} from './alter-user-scram-credentials.ts';
import { readApiVersionsResponse, writeApiVersionsRequest } from './api-versions.ts';
import { readConsumerGroupDescribeResponse, writeConsumerGroupDescribeRequest } from './consumer-group-describe.ts';
import { readConsumerGroupHeartbeatResponse, writeConsumerGroupHeartbeatRequest } from './consumer-group-heartbeat.ts';
import { readCreateAclsResponse, writeCreateAclsRequest } from './create-acls.ts';
import { readCreatePartitionsResponse, writeCreatePartitionsRequest } from './create-partitions.ts';
import { readCreateTopicsResponse, writeCreateTopicsRequest } from './create-topics.ts';
import { readDeleteAclsResponse, writeDeleteAclsRequest } from './delete-acls.ts';
import { readDeleteGroupsResponse, writeDeleteGroupsRequest } from './delete-groups.ts';
import { readDeleteRecordsResponse, writeDeleteRecordsRequest } from './delete-records.ts';
import { readDeleteTopicsResponse, writeDeleteTopicsRequest } from './delete-topics.ts';
import { readDescribeAclsResponse, writeDescribeAclsRequest } from './describe-acls.ts';
import { readDescribeClientQuotasResponse, writeDescribeClientQuotasRequest } from './describe-client-quotas.ts';
import { readDescribeClusterResponse, writeDescribeClusterRequest } from './describe-cluster.ts';
import { readDescribeConfigsResponse, writeDescribeConfigsRequest } from './describe-configs.ts';
import { readDescribeGroupsResponse, writeDescribeGroupsRequest } from './describe-groups.ts';
import { readDescribeLogDirsResponse, writeDescribeLogDirsRequest } from './describe-log-dirs.ts';
import { readDescribeProducersResponse, writeDescribeProducersRequest } from './describe-producers.ts';
import {
  readDescribeTopicPartitionsResponse,
  writeDescribeTopicPartitionsRequest,
} from './describe-topic-partitions.ts';
import { readDescribeTransactionsResponse, writeDescribeTransactionsRequest } from './describe-transactions.ts';
import {
  readDescribeUserScramCredentialsResponse,
  writeDescribeUserScramCredentialsRequest,
} from './describe-user-scram-credentials.ts';
import { readElectLeadersResponse, writeElectLeadersRequest } from './elect-leaders.ts';
import { readEndTxnResponse, writeEndTxnRequest } from './end-txn.ts';
import { readFetchResponse, writeFetchRequest } from './fetch.ts';
import { readFindCoordinatorResponse, writeFindCoordinatorRequest } from './find-coordinator.ts';
import { readHeartbeatResponse, writeHeartbeatRequest } from './heartbeat.ts';
import {
  readIncrementalAlterConfigsResponse,
  writeIncrementalAlterConfigsRequest,
} from './incremental-alter-configs.ts';
import { readInitProducerIdResponse, writeInitProducerIdRequest } from './init-producer-id.ts';
import { readJoinGroupResponse, writeJoinGroupRequest } from './join-group.ts';
import { readLeaveGroupResponse, writeLeaveGroupRequest } from './leave-group.ts';
import { readListGroupsResponse, writeListGroupsRequest } from './list-groups.ts';
import { readListOffsetsResponse, writeListOffsetsRequest } from './list-offsets.ts';
import {
  readListPartitionReassignmentsResponse,
  writeListPartitionReassignmentsRequest,
} from './list-partition-reassignments.ts';
import { readListTransactionsResponse, writeListTransactionsRequest } from './list-transactions.ts';
import { readMetadataResponse, writeMetadataRequest } from './metadata.ts';
import { readOffsetCommitResponse, writeOffsetCommitRequest } from './offset-commit.ts';
import { readOffsetDeleteResponse, writeOffsetDeleteRequest } from './offset-delete.ts';
import { readOffsetFetchResponse, writeOffsetFetchRequest } from './offset-fetch.ts';
import { readOffsetForLeaderEpochResponse, writeOffsetForLeaderEpochRequest } from './offset-for-leader-epoch.ts';
import { readProduceResponse, writeProduceRequest } from './produce.ts';
import { readSaslAuthenticateResponse, writeSaslAuthenticateRequest } from './sasl-authenticate.ts';
import { readSaslHandshakeResponse, writeSaslHandshakeRequest } from './sasl-handshake.ts';
import { readSyncGroupResponse, writeSyncGroupRequest } from './sync-group.ts';
import { readTxnOffsetCommitResponse, writeTxnOffsetCommitRequest } from './txn-offset-commit.ts';
import { readWriteTxnMarkersResponse, writeWriteTxnMarkersRequest } from './write-txn-markers.ts';

/** By API, how a client writes and reads. */
export const PEERS: Peers = {
  Produce: { writeRequest: writeProduceRequest, readResponse: readProduceResponse },
  Fetch: { writeRequest: writeFetchRequest, readResponse: readFetchResponse },
  ListOffsets: { writeRequest: writeListOffsetsRequest, readResponse: readListOffsetsResponse },
  Metadata: { writeRequest: writeMetadataRequest, readResponse: readMetadataResponse },
  OffsetCommit: { writeRequest: writeOffsetCommitRequest, readResponse: readOffsetCommitResponse },
  OffsetFetch: { writeRequest: writeOffsetFetchRequest, readResponse: readOffsetFetchResponse },
  FindCoordinator: { writeRequest: writeFindCoordinatorRequest, readResponse: readFindCoordinatorResponse },
  JoinGroup: { writeRequest: writeJoinGroupRequest, readResponse: readJoinGroupResponse },
  Heartbeat: { writeRequest: writeHeartbeatRequest, readResponse: readHeartbeatResponse },
  LeaveGroup: { writeRequest: writeLeaveGroupRequest, readResponse: readLeaveGroupResponse },
  SyncGroup: { writeRequest: writeSyncGroupRequest, readResponse: readSyncGroupResponse },
  DescribeGroups: { writeRequest: writeDescribeGroupsRequest, readResponse: readDescribeGroupsResponse },
  ListGroups: { writeRequest: writeListGroupsRequest, readResponse: readListGroupsResponse },
  SaslHandshake: { writeRequest: writeSaslHandshakeRequest, readResponse: readSaslHandshakeResponse },
  ApiVersions: { writeRequest: writeApiVersionsRequest, readResponse: readApiVersionsResponse },
  CreateTopics: { writeRequest: writeCreateTopicsRequest, readResponse: readCreateTopicsResponse },
  DeleteTopics: { writeRequest: writeDeleteTopicsRequest, readResponse: readDeleteTopicsResponse },
  DeleteRecords: { writeRequest: writeDeleteRecordsRequest, readResponse: readDeleteRecordsResponse },
  InitProducerId: { writeRequest: writeInitProducerIdRequest, readResponse: readInitProducerIdResponse },
  OffsetForLeaderEpoch: {
    writeRequest: writeOffsetForLeaderEpochRequest,
    readResponse: readOffsetForLeaderEpochResponse,
  },
  AddPartitionsToTxn: { writeRequest: writeAddPartitionsToTxnRequest, readResponse: readAddPartitionsToTxnResponse },
  AddOffsetsToTxn: { writeRequest: writeAddOffsetsToTxnRequest, readResponse: readAddOffsetsToTxnResponse },
  EndTxn: { writeRequest: writeEndTxnRequest, readResponse: readEndTxnResponse },
  WriteTxnMarkers: { writeRequest: writeWriteTxnMarkersRequest, readResponse: readWriteTxnMarkersResponse },
  TxnOffsetCommit: { writeRequest: writeTxnOffsetCommitRequest, readResponse: readTxnOffsetCommitResponse },
  DescribeAcls: { writeRequest: writeDescribeAclsRequest, readResponse: readDescribeAclsResponse },
  CreateAcls: { writeRequest: writeCreateAclsRequest, readResponse: readCreateAclsResponse },
  DeleteAcls: { writeRequest: writeDeleteAclsRequest, readResponse: readDeleteAclsResponse },
  DescribeConfigs: { writeRequest: writeDescribeConfigsRequest, readResponse: readDescribeConfigsResponse },
  AlterConfigs: { writeRequest: writeAlterConfigsRequest, readResponse: readAlterConfigsResponse },
  DescribeLogDirs: { writeRequest: writeDescribeLogDirsRequest, readResponse: readDescribeLogDirsResponse },
  SaslAuthenticate: { writeRequest: writeSaslAuthenticateRequest, readResponse: readSaslAuthenticateResponse },
  CreatePartitions: { writeRequest: writeCreatePartitionsRequest, readResponse: readCreatePartitionsResponse },
  DeleteGroups: { writeRequest: writeDeleteGroupsRequest, readResponse: readDeleteGroupsResponse },
  ElectLeaders: { writeRequest: writeElectLeadersRequest, readResponse: readElectLeadersResponse },
  IncrementalAlterConfigs: {
    writeRequest: writeIncrementalAlterConfigsRequest,
    readResponse: readIncrementalAlterConfigsResponse,
  },
  AlterPartitionReassignments: {
    writeRequest: writeAlterPartitionReassignmentsRequest,
    readResponse: readAlterPartitionReassignmentsResponse,
  },
  ListPartitionReassignments: {
    writeRequest: writeListPartitionReassignmentsRequest,
    readResponse: readListPartitionReassignmentsResponse,
  },
  OffsetDelete: { writeRequest: writeOffsetDeleteRequest, readResponse: readOffsetDeleteResponse },
  DescribeClientQuotas: {
    writeRequest: writeDescribeClientQuotasRequest,
    readResponse: readDescribeClientQuotasResponse,
  },
  AlterClientQuotas: { writeRequest: writeAlterClientQuotasRequest, readResponse: readAlterClientQuotasResponse },
  DescribeUserScramCredentials: {
    writeRequest: writeDescribeUserScramCredentialsRequest,
    readResponse: readDescribeUserScramCredentialsResponse,
  },
  AlterUserScramCredentials: {
    writeRequest: writeAlterUserScramCredentialsRequest,
    readResponse: readAlterUserScramCredentialsResponse,
  },
  DescribeCluster: { writeRequest: writeDescribeClusterRequest, readResponse: readDescribeClusterResponse },
  DescribeProducers: { writeRequest: writeDescribeProducersRequest, readResponse: readDescribeProducersResponse },
  DescribeTransactions: {
    writeRequest: writeDescribeTransactionsRequest,
    readResponse: readDescribeTransactionsResponse,
  },
  ListTransactions: { writeRequest: writeListTransactionsRequest, readResponse: readListTransactionsResponse },
  ConsumerGroupHeartbeat: {
    writeRequest: writeConsumerGroupHeartbeatRequest,
    readResponse: readConsumerGroupHeartbeatResponse,
  },
  ConsumerGroupDescribe: {
    writeRequest: writeConsumerGroupDescribeRequest,
    readResponse: readConsumerGroupDescribeResponse,
  },
  DescribeTopicPartitions: {
    writeRequest: writeDescribeTopicPartitionsRequest,
    readResponse: readDescribeTopicPartitionsResponse,
  },
};
