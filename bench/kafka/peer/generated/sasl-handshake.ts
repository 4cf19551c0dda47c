// Made by tools/kafka-codec from the message definitions of kafka-clients 4.3.1. Do not edit: npm run generate:kafka
import {
  type KafkaReader,
  type KafkaWriter,
  readString,
  type SaslHandshakeRequest,
  type SaslHandshakeResponse,
  type Sparse,
  type Whole,
} from '../../../../lib/kafka/index.ts';

export function writeSaslHandshakeRequest(w: KafkaWriter, _v: number, it: Sparse<SaslHandshakeRequest>): void {
  w.string(it.mechanism ?? '');
}

export function readSaslHandshakeResponse(r: KafkaReader, v: number): Whole<SaslHandshakeResponse> {
  return {
    errorCode: r.i16(),
    mechanisms: r.array(1, v, readString),
  };
}
