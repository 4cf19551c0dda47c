import { encodeRequest } from '../../../bench/kafka/peer/index.ts';
import {
  decodeAssignment,
  decodeRequest,
  decodeSubscription,
  KafkaProtocolError,
  readRequestHeader,
} from '../../../lib/kafka/index.ts';
import { EVERY_VERSION, joined, madeUpRequest, requestFrame } from '../../kafka/codec/messages.ts';
import type { Target } from '../target.ts';
import { type Message, messageName, OLDEST_AND_NEWEST } from './kafka-messages.ts';

const made = ({ name, version }: Message) => requestFrame(name, version, madeUpRequest(name, version, 3));

export const target: Target = {
  name: 'kafka-requests',
  seeds: () => Object.fromEntries(OLDEST_AND_NEWEST.map((of) => [messageName(of), made(of)])),
  more: () => EVERY_VERSION.map(made),
  take(frame) {
    const { api, apiVersion, readable, bodyAt, correlationId, clientId } = readRequestHeader(frame);
    if (api === null || !readable) {
      decodeSubscription(frame);
      decodeAssignment(frame);
      return undefined;
    }
    const body = decodeRequest(api, apiVersion, frame, bodyAt);
    return joined(encodeRequest(api, apiVersion, { correlationId, clientId }, body as never));
  },
  isClean: (error) => error instanceof KafkaProtocolError && error.code !== 'kafka_unwritable',
};
