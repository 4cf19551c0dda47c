// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { writeBool, writeInt64 } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface ApiVersionsRequest {
  readonly clientSoftwareName: string; // version >= 3
  readonly clientSoftwareVersion: string; // version >= 3
}

export function readApiVersionsRequest(r: KafkaReader, v: number): ApiVersionsRequest {
  const it: ApiVersionsRequest = {
    clientSoftwareName: v >= 3 ? r.string() : '',
    clientSoftwareVersion: v >= 3 ? r.string() : '',
  };
  r.skipTags();
  return it;
}

export interface ApiVersionsResponseApiVersion {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

export interface ApiVersionsResponseSupportedFeatureKey {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
}

export interface ApiVersionsResponseFinalizedFeatureKey {
  readonly name: string;
  readonly maxVersionLevel: number;
  readonly minVersionLevel: number;
}

export interface ApiVersionsResponse {
  readonly errorCode: number;
  readonly apiKeys: readonly ApiVersionsResponseApiVersion[];
  readonly throttleTimeMs?: number; // version >= 1
  readonly supportedFeatures?: readonly ApiVersionsResponseSupportedFeatureKey[]; // version >= 3
  readonly finalizedFeaturesEpoch?: number; // version >= 3
  readonly finalizedFeatures?: readonly ApiVersionsResponseFinalizedFeatureKey[]; // version >= 3
  readonly zkMigrationReady?: boolean; // version >= 3
}

function writeApiVersionsResponseApiVersion(w: KafkaWriter, _v: number, it: ApiVersionsResponseApiVersion): void {
  w.i16(it.apiKey);
  w.i16(it.minVersion);
  w.i16(it.maxVersion);
  w.noTags();
}

function writeApiVersionsResponseSupportedFeatureKey(
  w: KafkaWriter,
  _v: number,
  it: ApiVersionsResponseSupportedFeatureKey,
): void {
  w.string(it.name);
  w.i16(it.minVersion);
  w.i16(it.maxVersion);
  w.noTags();
}

function writeApiVersionsResponseFinalizedFeatureKey(
  w: KafkaWriter,
  _v: number,
  it: ApiVersionsResponseFinalizedFeatureKey,
): void {
  w.string(it.name);
  w.i16(it.maxVersionLevel);
  w.i16(it.minVersionLevel);
  w.noTags();
}

export function writeApiVersionsResponse(w: KafkaWriter, v: number, it: ApiVersionsResponse): void {
  w.i16(it.errorCode);
  w.array(v, it.apiKeys, writeApiVersionsResponseApiVersion);
  if (v >= 1) {
    w.i32(it.throttleTimeMs ?? 0);
  }
  if (w.flexible) {
    const has0 = v >= 3 && it.supportedFeatures !== undefined && it.supportedFeatures.length > 0;
    const has1 = v >= 3 && it.finalizedFeaturesEpoch !== undefined && it.finalizedFeaturesEpoch !== -1;
    const has2 = v >= 3 && it.finalizedFeatures !== undefined && it.finalizedFeatures.length > 0;
    const has3 = v >= 3 && it.zkMigrationReady !== undefined && it.zkMigrationReady !== false;
    w.uvarint(Number(has0) + Number(has1) + Number(has2) + Number(has3));
    if (has0)
      w.tag(0, v, it.supportedFeatures, (to, at, items) =>
        to.array(at, items, writeApiVersionsResponseSupportedFeatureKey),
      );
    if (has1) w.tag(1, v, it.finalizedFeaturesEpoch, writeInt64);
    if (has2)
      w.tag(2, v, it.finalizedFeatures, (to, at, items) =>
        to.array(at, items, writeApiVersionsResponseFinalizedFeatureKey),
      );
    if (has3) w.tag(3, v, it.zkMigrationReady, writeBool);
  }
}
