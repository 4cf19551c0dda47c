import { decodeResponse } from '../../../bench/kafka/peer/index.ts';
import { encodeResponse, KafkaProtocolError } from '../../../lib/kafka/index.ts';
import { EVERY_VERSION, joined, madeUpResponse, responseFrame } from '../../kafka/codec/messages.ts';
import type { Target } from '../target.ts';

/** The first two bytes choose the API and the version: a response itself does not tell. */
export const target: Target = {
  name: 'kafka-responses',
  seeds: () =>
    EVERY_VERSION.map(({ name, version }, i) =>
      Buffer.concat([
        Uint8Array.of(i >> 8, i & 255),
        responseFrame(name, version, madeUpResponse(name, version, 3) as never),
      ]),
    ),
  take(bytes) {
    const chosen = (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % EVERY_VERSION.length;
    const { name, version } = EVERY_VERSION[chosen]!;
    const { correlationId, body } = decodeResponse(name, version, bytes.subarray(2));
    const encoded = joined(encodeResponse(name, version, correlationId, body as never));
    return Buffer.concat([Uint8Array.of(chosen >> 8, chosen & 255), encoded]);
  },
  isClean: (error) => error instanceof KafkaProtocolError && error.code !== 'kafka_unwritable',
};
