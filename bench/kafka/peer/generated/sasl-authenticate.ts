// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type KafkaReader,
  type KafkaWriter,
  NO_BYTES,
  type SaslAuthenticateRequest,
  type SaslAuthenticateResponse,
  type Sparse,
  type Whole,
} from '../../../../lib/kafka/index.ts';

export function writeSaslAuthenticateRequest(w: KafkaWriter, _v: number, it: Sparse<SaslAuthenticateRequest>): void {
  w.data(it.authBytes ?? NO_BYTES);
  w.noTags();
}

export function readSaslAuthenticateResponse(r: KafkaReader, v: number): Whole<SaslAuthenticateResponse> {
  const it: Whole<SaslAuthenticateResponse> = {
    errorCode: r.i16(),
    errorMessage: r.nullableString(),
    authBytes: r.data(),
    sessionLifetimeMs: v >= 1 ? r.i64() : 0,
  };
  r.skipTags();
  return it;
}
