import { KAFKA_ERRORS } from '../error-codes.ts';
import type { Handler } from '../handler.ts';
import { SASL_MECHANISMS } from '../security/index.ts';

/*
 * SaslHandshake, versions 0 and 1: which mechanism the client authenticates by. Needs no right.
 * - v0 (KIP-43): the mechanism's tokens follow as frames without headers.
 * - v1 (KIP-152): they follow in SaslAuthenticate.
 * - A mechanism that is not offered is answered with those that are, and the connection ends.
 * - On an authenticated connection it begins to authenticate anew (KIP-368).
 */
export const saslHandshake: Handler<'SaslHandshake'> = {
  api: 'SaslHandshake',
  handle: async ({ mechanism }, { session, version }) =>
    session.authentication?.handshake(mechanism, version) ?? {
      // Nobody has to authenticate here. Source: Kafka's KafkaApis.handleSaslHandshakeRequest.
      errorCode: KAFKA_ERRORS.ILLEGAL_SASL_STATE,
      mechanisms: SASL_MECHANISMS,
    },
  failed: (_request, { errorCode }) => ({ errorCode, mechanisms: [] }),
};
