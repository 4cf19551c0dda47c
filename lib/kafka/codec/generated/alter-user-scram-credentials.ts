// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface AlterUserScramCredentialsRequestScramCredentialDeletion {
  readonly name: string;
  readonly mechanism: number;
}

export interface AlterUserScramCredentialsRequestScramCredentialUpsertion {
  readonly name: string;
  readonly mechanism: number;
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly saltedPassword: Uint8Array;
}

export interface AlterUserScramCredentialsRequest {
  readonly deletions: readonly AlterUserScramCredentialsRequestScramCredentialDeletion[];
  readonly upsertions: readonly AlterUserScramCredentialsRequestScramCredentialUpsertion[];
}

function readAlterUserScramCredentialsRequestScramCredentialDeletion(
  r: KafkaReader,
): AlterUserScramCredentialsRequestScramCredentialDeletion {
  const it: AlterUserScramCredentialsRequestScramCredentialDeletion = {
    name: r.string(),
    mechanism: r.i8(),
  };
  r.skipTags();
  return it;
}

function readAlterUserScramCredentialsRequestScramCredentialUpsertion(
  r: KafkaReader,
): AlterUserScramCredentialsRequestScramCredentialUpsertion {
  const it: AlterUserScramCredentialsRequestScramCredentialUpsertion = {
    name: r.string(),
    mechanism: r.i8(),
    iterations: r.i32(),
    salt: r.data(),
    saltedPassword: r.data(),
  };
  r.skipTags();
  return it;
}

export function readAlterUserScramCredentialsRequest(r: KafkaReader, v: number): AlterUserScramCredentialsRequest {
  const it: AlterUserScramCredentialsRequest = {
    deletions: r.array(2, v, readAlterUserScramCredentialsRequestScramCredentialDeletion),
    upsertions: r.array(8, v, readAlterUserScramCredentialsRequestScramCredentialUpsertion),
  };
  r.skipTags();
  return it;
}

export interface AlterUserScramCredentialsResponseAlterUserScramCredentialsResult {
  readonly user: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export interface AlterUserScramCredentialsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly AlterUserScramCredentialsResponseAlterUserScramCredentialsResult[];
}

function writeAlterUserScramCredentialsResponseAlterUserScramCredentialsResult(
  w: KafkaWriter,
  _v: number,
  it: AlterUserScramCredentialsResponseAlterUserScramCredentialsResult,
): void {
  w.string(it.user);
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.noTags();
}

export function writeAlterUserScramCredentialsResponse(
  w: KafkaWriter,
  v: number,
  it: AlterUserScramCredentialsResponse,
): void {
  w.i32(it.throttleTimeMs);
  w.array(v, it.results, writeAlterUserScramCredentialsResponseAlterUserScramCredentialsResult);
  w.noTags();
}
