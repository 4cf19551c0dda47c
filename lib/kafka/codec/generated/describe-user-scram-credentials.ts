// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface DescribeUserScramCredentialsRequestUserName {
  readonly name: string;
}

export interface DescribeUserScramCredentialsRequest {
  readonly users: readonly DescribeUserScramCredentialsRequestUserName[] | null;
}

function readDescribeUserScramCredentialsRequestUserName(r: KafkaReader): DescribeUserScramCredentialsRequestUserName {
  const it: DescribeUserScramCredentialsRequestUserName = {
    name: r.string(),
  };
  r.skipTags();
  return it;
}

export function readDescribeUserScramCredentialsRequest(
  r: KafkaReader,
  v: number,
): DescribeUserScramCredentialsRequest {
  const it: DescribeUserScramCredentialsRequest = {
    users: r.nullableArray(1, v, readDescribeUserScramCredentialsRequestUserName),
  };
  r.skipTags();
  return it;
}

export interface DescribeUserScramCredentialsResponseCredentialInfo {
  readonly mechanism: number;
  readonly iterations: number;
}

export interface DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult {
  readonly user: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly credentialInfos: readonly DescribeUserScramCredentialsResponseCredentialInfo[];
}

export interface DescribeUserScramCredentialsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly results: readonly DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult[];
}

function writeDescribeUserScramCredentialsResponseCredentialInfo(
  w: KafkaWriter,
  _v: number,
  it: DescribeUserScramCredentialsResponseCredentialInfo,
): void {
  w.u8(it.mechanism);
  w.i32(it.iterations);
  w.noTags();
}

function writeDescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult(
  w: KafkaWriter,
  v: number,
  it: DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult,
): void {
  w.string(it.user);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.array(v, it.credentialInfos, writeDescribeUserScramCredentialsResponseCredentialInfo);
  w.noTags();
}

export function writeDescribeUserScramCredentialsResponse(
  w: KafkaWriter,
  v: number,
  it: DescribeUserScramCredentialsResponse,
): void {
  w.i32(it.throttleTimeMs);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.array(v, it.results, writeDescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult);
  w.noTags();
}
