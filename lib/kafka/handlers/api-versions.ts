import { APIS, type ApiName } from '../codec/index.ts';
import type { Handler, Handlers } from '../handler.ts';

/*
 * ApiVersions, versions 0 to 4: the first thing that clients ask.
 * - Tells every API that has a handler, with its versions.
 * - v3 (KIP-511) brings the client's software and version; features are told from there on, and there are none.
 * - An unknown version is answered in version 0 (answer.ts).
 */
export const apiVersions: Handler<'ApiVersions'> = {
  api: 'ApiVersions',
  handle: async (_request, { session }) => ({
    errorCode: 0,
    apiKeys: advertised(session.gateway.handlers),
  }),
  failed: (_request, { errorCode }) => ({ errorCode, apiKeys: [] }),
};

function advertised(handlers: Handlers) {
  const names = Object.keys(handlers) as ApiName[];
  return names
    .map((name) => APIS[name])
    .map(({ key, advertisedMin, max }) => ({ apiKey: key, minVersion: advertisedMin, maxVersion: max }))
    .sort((a, b) => a.apiKey - b.apiKey);
}
