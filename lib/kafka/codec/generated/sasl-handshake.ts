// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import { writeString } from '../elements.ts';
import type { KafkaReader } from '../reader.ts';
import type { KafkaWriter } from '../writer.ts';

export interface SaslHandshakeRequest {
  readonly mechanism: string;
}

export function readSaslHandshakeRequest(r: KafkaReader): SaslHandshakeRequest {
  return {
    mechanism: r.string(),
  };
}

export interface SaslHandshakeResponse {
  readonly errorCode: number;
  readonly mechanisms: readonly string[];
}

export function writeSaslHandshakeResponse(w: KafkaWriter, v: number, it: SaslHandshakeResponse): void {
  w.i16(it.errorCode);
  w.array(v, it.mechanisms, writeString);
}
