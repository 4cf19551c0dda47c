// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type AlterUserScramCredentialsRequest,
  type AlterUserScramCredentialsRequestScramCredentialDeletion,
  type AlterUserScramCredentialsRequestScramCredentialUpsertion,
  type AlterUserScramCredentialsResponse,
  type AlterUserScramCredentialsResponseAlterUserScramCredentialsResult,
  type KafkaReader,
  type KafkaWriter,
  NO_BYTES,
  type Sparse,
  type Whole,
} from '../../../../lib/kafka/index.ts';

function writeAlterUserScramCredentialsRequestScramCredentialDeletion(
  w: KafkaWriter,
  _v: number,
  it: Sparse<AlterUserScramCredentialsRequestScramCredentialDeletion>,
): void {
  w.string(it.name ?? '');
  w.u8(it.mechanism ?? 0);
  w.noTags();
}

function writeAlterUserScramCredentialsRequestScramCredentialUpsertion(
  w: KafkaWriter,
  _v: number,
  it: Sparse<AlterUserScramCredentialsRequestScramCredentialUpsertion>,
): void {
  w.string(it.name ?? '');
  w.u8(it.mechanism ?? 0);
  w.i32(it.iterations ?? 0);
  w.data(it.salt ?? NO_BYTES);
  w.data(it.saltedPassword ?? NO_BYTES);
  w.noTags();
}

export function writeAlterUserScramCredentialsRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<AlterUserScramCredentialsRequest>,
): void {
  w.array(v, it.deletions ?? [], writeAlterUserScramCredentialsRequestScramCredentialDeletion);
  w.array(v, it.upsertions ?? [], writeAlterUserScramCredentialsRequestScramCredentialUpsertion);
  w.noTags();
}

function readAlterUserScramCredentialsResponseAlterUserScramCredentialsResult(
  r: KafkaReader,
): Whole<AlterUserScramCredentialsResponseAlterUserScramCredentialsResult> {
  const it: Whole<AlterUserScramCredentialsResponseAlterUserScramCredentialsResult> = {
    user: r.string(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
  };
  r.skipTags();
  return it;
}

export function readAlterUserScramCredentialsResponse(
  r: KafkaReader,
  v: number,
): Whole<AlterUserScramCredentialsResponse> {
  const it: Whole<AlterUserScramCredentialsResponse> = {
    throttleTimeMs: r.i32(),
    results: r.array(4, v, readAlterUserScramCredentialsResponseAlterUserScramCredentialsResult),
  };
  r.skipTags();
  return it;
}
