// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  DescribeClusterRequest,
  DescribeClusterResponse,
  DescribeClusterResponseDescribeClusterBroker,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

export function writeDescribeClusterRequest(w: KafkaWriter, v: number, it: Sparse<DescribeClusterRequest>): void {
  w.bool(it.includeClusterAuthorizedOperations ?? false);
  if (v >= 1) {
    w.u8(it.endpointType ?? 1);
  } else if (it.endpointType !== undefined && it.endpointType !== 1) w.misplaced('endpointType', v);
  if (v >= 2) {
    w.bool(it.includeFencedBrokers ?? false);
  } else if (it.includeFencedBrokers !== undefined && it.includeFencedBrokers !== false)
    w.misplaced('includeFencedBrokers', v);
  w.noTags();
}

function readDescribeClusterResponseDescribeClusterBroker(
  r: KafkaReader,
  v: number,
): Whole<DescribeClusterResponseDescribeClusterBroker> {
  const it: Whole<DescribeClusterResponseDescribeClusterBroker> = {
    brokerId: r.i32(),
    host: r.string(),
    port: r.i32(),
    rack: r.nullableString(),
    isFenced: v >= 2 ? r.bool() : false,
  };
  r.skipTags();
  return it;
}

export function readDescribeClusterResponse(r: KafkaReader, v: number): Whole<DescribeClusterResponse> {
  const it: Whole<DescribeClusterResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    endpointType: v >= 1 ? r.i8() : 1,
    clusterId: r.string(),
    controllerId: r.i32(),
    brokers: r.array(10, v, readDescribeClusterResponseDescribeClusterBroker),
    clusterAuthorizedOperations: r.i32(),
  };
  r.skipTags();
  return it;
}
