import { APIS, type ApiName, type Requests } from '../codec/index.ts';
import { KafkaError } from '../errors.ts';
import type { Handler, Handlers } from '../handler.ts';

/** The feature by which clients know that each transaction has an epoch of its own. */
const TRANSACTIONS = 'transaction.version';
/** Clients keep the newest that they have seen; those of a gateway never change. */
const FEATURES_EPOCH = 1;
/** The version from which on clients name their software. */
const SOFTWARE_VERSION = 3;
/** The version from which on features may begin at 0. */
const ZERO_VERSION = 4;
/** A name or a version of software. Source: SOFTWARE_NAME_VERSION_PATTERN of Kafka's ApiVersionsRequest. */
const SOFTWARE = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;

/*
 * ApiVersions, versions 0 to 4: the first thing that clients ask.
 * - Tells every API that has a handler, with its versions.
 * - v3 (KIP-511) brings the client's software and version. What Kafka refuses is refused here too, so that a client that
 *   works with one works with the other. Features are told from there on: transactions of version 2 (KIP-890) are what
 *   there is. What may be at 0 is told from v4 on, as older clients could not read it (KAFKA-17011).
 * - An unknown version is answered in version 0 (answer.ts).
 */
export const apiVersions: Handler<'ApiVersions'> = {
  api: 'ApiVersions',
  handle: async (request, { session, version }) => {
    if (version >= SOFTWARE_VERSION) requireSoftware(request);
    return {
      errorCode: 0,
      apiKeys: advertised(session.gateway.handlers),
      ...(version >= ZERO_VERSION && { supportedFeatures: [{ name: TRANSACTIONS, minVersion: 0, maxVersion: 2 }] }),
      finalizedFeaturesEpoch: FEATURES_EPOCH,
      finalizedFeatures: [{ name: TRANSACTIONS, minVersionLevel: 2, maxVersionLevel: 2 }],
    };
  },
  failed: (_request, { errorCode }) => ({ errorCode, apiKeys: [] }),
};

/** @throws KafkaError INVALID_REQUEST */
function requireSoftware({ clientSoftwareName, clientSoftwareVersion }: Requests['ApiVersions']): void {
  const wrong = [clientSoftwareName, clientSoftwareVersion].find((text) => !SOFTWARE.test(text));
  if (wrong === undefined) return;
  throw new KafkaError(
    'INVALID_REQUEST',
    `The client's software or its version is '${wrong}'; letters, digits, and '-' and '.' between them are right.`,
  );
}

function advertised(handlers: Handlers) {
  const names = Object.keys(handlers) as ApiName[];
  return names
    .map((name) => APIS[name])
    .map(({ key, advertisedMin, max }) => ({ apiKey: key, minVersion: advertisedMin, maxVersion: max }))
    .sort((a, b) => a.apiKey - b.apiKey);
}
