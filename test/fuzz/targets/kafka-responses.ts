import { decodeResponse } from '../../../bench/kafka/peer/index.ts';
import { APIS, encodeResponse, KafkaProtocolError } from '../../../lib/kafka/index.ts';
import { EVERY_VERSION, joined, madeUpResponse, responseFrame } from '../../kafka/codec/messages.ts';
import type { Target } from '../target.ts';
import { type Message, messageName, OLDEST_AND_NEWEST } from './kafka-messages.ts';

function made({ name, version }: Message): Uint8Array {
  const { key } = APIS[name];
  return Buffer.concat([
    Uint8Array.of(key, version),
    responseFrame(name, version, madeUpResponse(name, version, 3) as never),
  ]);
}

/** The first two bytes are the API's key and the version: a response itself does not tell. Others choose one of them. */
export const target: Target = {
  name: 'kafka-responses',
  seeds: () => Object.fromEntries(OLDEST_AND_NEWEST.map((of) => [messageName(of), made(of)])),
  more: () => EVERY_VERSION.map(made),
  take(bytes) {
    const [chosenKey = 0, chosenVersion = 0] = bytes;
    const { name, version } =
      EVERY_VERSION.find((one) => APIS[one.name].key === chosenKey && one.version === chosenVersion) ??
      EVERY_VERSION[((chosenKey << 8) | chosenVersion) % EVERY_VERSION.length]!;
    const { correlationId, body } = decodeResponse(name, version, bytes.subarray(2));
    const encoded = joined(encodeResponse(name, version, correlationId, body as never));
    return Buffer.concat([Uint8Array.of(APIS[name].key, version), encoded]);
  },
  isClean: (error) => error instanceof KafkaProtocolError && error.code !== 'kafka_unwritable',
};
