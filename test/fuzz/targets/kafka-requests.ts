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

export const target: Target = {
  name: 'kafka-requests',
  seeds: () => EVERY_VERSION.map(({ name, version }) => requestFrame(name, version, madeUpRequest(name, version, 3))),
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
