// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  ApiVersionsRequest,
  ApiVersionsResponse,
  ApiVersionsResponseApiVersion,
  ApiVersionsResponseFinalizedFeatureKey,
  ApiVersionsResponseSupportedFeatureKey,
  KafkaReader,
  KafkaWriter,
  Mutable,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

export function writeApiVersionsRequest(w: KafkaWriter, v: number, it: Sparse<ApiVersionsRequest>): void {
  if (v >= 3) {
    w.string(it.clientSoftwareName ?? '');
  }
  if (v >= 3) {
    w.string(it.clientSoftwareVersion ?? '');
  }
  w.noTags();
}

function readApiVersionsResponseApiVersion(r: KafkaReader): Whole<ApiVersionsResponseApiVersion> {
  const it: Whole<ApiVersionsResponseApiVersion> = {
    apiKey: r.i16(),
    minVersion: r.i16(),
    maxVersion: r.i16(),
  };
  r.skipTags();
  return it;
}

function readApiVersionsResponseSupportedFeatureKey(r: KafkaReader): Whole<ApiVersionsResponseSupportedFeatureKey> {
  const it: Whole<ApiVersionsResponseSupportedFeatureKey> = {
    name: r.string(),
    minVersion: r.i16(),
    maxVersion: r.i16(),
  };
  r.skipTags();
  return it;
}

function readApiVersionsResponseFinalizedFeatureKey(r: KafkaReader): Whole<ApiVersionsResponseFinalizedFeatureKey> {
  const it: Whole<ApiVersionsResponseFinalizedFeatureKey> = {
    name: r.string(),
    maxVersionLevel: r.i16(),
    minVersionLevel: r.i16(),
  };
  r.skipTags();
  return it;
}

function tagsOfApiVersionsResponse(
  r: KafkaReader,
  v: number,
  tag: number,
  it: Mutable<Whole<ApiVersionsResponse>>,
): void {
  if (tag === 0 && v >= 3) it.supportedFeatures = r.array(5, v, readApiVersionsResponseSupportedFeatureKey);
  else if (tag === 1 && v >= 3) it.finalizedFeaturesEpoch = r.i64();
  else if (tag === 2 && v >= 3) it.finalizedFeatures = r.array(5, v, readApiVersionsResponseFinalizedFeatureKey);
  else if (tag === 3 && v >= 3) it.zkMigrationReady = r.bool();
}
export function readApiVersionsResponse(r: KafkaReader, v: number): Whole<ApiVersionsResponse> {
  const it: Mutable<Whole<ApiVersionsResponse>> = {
    errorCode: r.i16(),
    apiKeys: r.array(6, v, readApiVersionsResponseApiVersion),
    throttleTimeMs: v >= 1 ? r.i32() : 0,
    supportedFeatures: [],
    finalizedFeaturesEpoch: -1,
    finalizedFeatures: [],
    zkMigrationReady: false,
  };
  r.tags(v, it, tagsOfApiVersionsResponse);
  return it;
}
