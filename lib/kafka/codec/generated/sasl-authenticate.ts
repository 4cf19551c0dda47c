// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface SaslAuthenticateRequest {
  readonly authBytes: Uint8Array;
}

export function readSaslAuthenticateRequest(r: KafkaReader): SaslAuthenticateRequest {
  const it: SaslAuthenticateRequest = {
    authBytes: r.data(),
  };
  r.skipTags();
  return it;
}

export interface SaslAuthenticateResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly authBytes: Uint8Array;
  readonly sessionLifetimeMs?: number; // version >= 1
}

export function writeSaslAuthenticateResponse(w: KafkaWriter, v: number, it: SaslAuthenticateResponse): void {
  w.i16(it.errorCode);
  w.nullableString(it.errorMessage);
  w.data(it.authBytes);
  if (v >= 1) {
    w.i64(it.sessionLifetimeMs ?? 0);
  }
  w.noTags();
}
