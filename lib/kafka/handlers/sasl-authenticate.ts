import { KAFKA_ERRORS } from '../error-codes.ts';
import type { Handler } from '../handler.ts';

/*
 * SaslAuthenticate, versions 0 to 2: one token of the mechanism that SaslHandshake began, and the answer to it.
 * Needs no right.
 * - A refusal waits, says the same whatever was wrong, and the connection ends with it.
 * - v1 (KIP-368) tells how long the session lasts: until then the client authenticates anew.
 */
export const saslAuthenticate: Handler<'SaslAuthenticate'> = {
  api: 'SaslAuthenticate',
  handle: async ({ authBytes }, { session, signal }) =>
    session.authentication?.authenticate(authBytes, signal) ?? {
      errorCode: KAFKA_ERRORS.ILLEGAL_SASL_STATE,
      errorMessage: 'Nobody has to authenticate by name and password here.',
      authBytes: new Uint8Array(0),
    },
  failed: (_request, failure) => ({ ...failure, authBytes: new Uint8Array(0) }),
};
