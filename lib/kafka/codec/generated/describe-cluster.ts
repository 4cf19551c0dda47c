// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DescribeClusterRequest {
  readonly includeClusterAuthorizedOperations: boolean;
  readonly endpointType: number; // version >= 1
  readonly includeFencedBrokers: boolean; // version >= 2
}

export function readDescribeClusterRequest(r: KafkaReader, v: number): DescribeClusterRequest {
  const it: DescribeClusterRequest = {
    includeClusterAuthorizedOperations: r.bool(),
    endpointType: v >= 1 ? r.i8() : 1,
    includeFencedBrokers: v >= 2 ? r.bool() : false,
  };
  r.skipTags();
  return it;
}

export interface DescribeClusterResponseDescribeClusterBroker {
  readonly brokerId: number;
  readonly host: string;
  readonly port: number;
  readonly rack?: string | null;
  readonly isFenced?: boolean; // version >= 2
}

export interface DescribeClusterResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage?: string | null;
  readonly endpointType?: number; // version >= 1
  readonly clusterId: string;
  readonly controllerId?: number;
  readonly brokers: readonly DescribeClusterResponseDescribeClusterBroker[];
  readonly clusterAuthorizedOperations?: number;
}

function writeDescribeClusterResponseDescribeClusterBroker(
  w: KafkaWriter,
  v: number,
  it: DescribeClusterResponseDescribeClusterBroker,
): void {
  w.i32(it.brokerId);
  w.string(it.host);
  w.i32(it.port);
  w.nullableString(it.rack ?? null);
  if (v >= 2) {
    w.bool(it.isFenced ?? false);
  } else if (it.isFenced !== undefined && it.isFenced !== false) w.misplaced('isFenced', v);
  w.noTags();
}

export function writeDescribeClusterResponse(w: KafkaWriter, v: number, it: DescribeClusterResponse): void {
  w.i32(it.throttleTimeMs);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage ?? null);
  if (v >= 1) {
    w.u8(it.endpointType ?? 1);
  } else if (it.endpointType !== undefined && it.endpointType !== 1) w.misplaced('endpointType', v);
  w.string(it.clusterId);
  w.i32(it.controllerId ?? -1);
  w.array(v, it.brokers, writeDescribeClusterResponseDescribeClusterBroker);
  w.i32(it.clusterAuthorizedOperations ?? -2147483648);
  w.noTags();
}
