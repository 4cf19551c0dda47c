// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsRequestUserName,
  DescribeUserScramCredentialsResponse,
  DescribeUserScramCredentialsResponseCredentialInfo,
  DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult,
  KafkaReader,
  KafkaWriter,
  Sparse,
  Whole,
} from '../../../../lib/kafka/index.ts';

function writeDescribeUserScramCredentialsRequestUserName(
  w: KafkaWriter,
  _v: number,
  it: Sparse<DescribeUserScramCredentialsRequestUserName>,
): void {
  w.string(it.name ?? '');
  w.noTags();
}

export function writeDescribeUserScramCredentialsRequest(
  w: KafkaWriter,
  v: number,
  it: Sparse<DescribeUserScramCredentialsRequest>,
): void {
  w.nullableArray(v, it.users === undefined ? [] : it.users, writeDescribeUserScramCredentialsRequestUserName);
  w.noTags();
}

function readDescribeUserScramCredentialsResponseCredentialInfo(
  r: KafkaReader,
): Whole<DescribeUserScramCredentialsResponseCredentialInfo> {
  const it: Whole<DescribeUserScramCredentialsResponseCredentialInfo> = {
    mechanism: r.i8(),
    iterations: r.i32(),
  };
  r.skipTags();
  return it;
}

function readDescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult(
  r: KafkaReader,
  v: number,
): Whole<DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult> {
  const it: Whole<DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult> = {
    user: r.string(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    credentialInfos: r.array(5, v, readDescribeUserScramCredentialsResponseCredentialInfo),
  };
  r.skipTags();
  return it;
}

export function readDescribeUserScramCredentialsResponse(
  r: KafkaReader,
  v: number,
): Whole<DescribeUserScramCredentialsResponse> {
  const it: Whole<DescribeUserScramCredentialsResponse> = {
    throttleTimeMs: r.i32(),
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    results: r.array(5, v, readDescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult),
  };
  r.skipTags();
  return it;
}
