/**
 * One file per API, each opening with its versions and what it does. An API is served and advertised once it stands in
 * this list; `docs/kafka.md` says what is left out, and why.
 */
import type { Handlers } from '../handler.ts';
import { apiVersions } from './api-versions.ts';

export const HANDLERS: Handlers = {
  ApiVersions: apiVersions,
};
