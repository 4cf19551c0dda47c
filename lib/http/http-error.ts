import { MillraceError } from '../bytes/index.ts';

/**
 * - `path_unknown`, `method_not_allowed`, `path_invalid` (broken percent-encoding): nothing of that address.
 * - `cross_site`: a page of another origin asks, through its visitor's browser.
 * - `not_acceptable`, `media_type_unsupported`: the Accept or Content-Type header names what is not served.
 * - `format_mismatch`: the Accept header disagrees with the consumer instance's format.
 * - `body_too_large`, `body_incomplete`, `json_invalid` (with the position), `json_too_deep`: the body as such.
 * - `request_invalid`: the body or query is read, but not what the request takes.
 * - `consumer_config_invalid`: a setting of a new consumer instance.
 * - `instance_unknown`, `instance_exists`, `instance_state` (not subscribed, not assigned), `instance_busy`,
 *   `instance_too_large`: consumer instances.
 * - `no_partition`: the topic in the path does not have the partition in the path.
 * - `offset_unset`: an instance with auto.offset.reset `none` has nowhere to begin.
 * - `value_not_json`: a stored value can't be shown in the json format.
 * - `cluster_unknown`, `config_name_unknown`, `consumer_unknown`: named in a v3 path.
 * - `idempotency_key_invalid`: not 1 to 255 visible ASCII characters.
 * - `buffer_missing`, `buffer_unavailable`: buffered produce has no queue here, or its queue did not take the request.
 * - `polls_exhausted`, `memory_exhausted`, `server_closing`: not now, later.
 */
export type HttpErrorCode =
  | 'path_unknown'
  | 'method_not_allowed'
  | 'path_invalid'
  | 'cross_site'
  | 'not_acceptable'
  | 'media_type_unsupported'
  | 'format_mismatch'
  | 'body_too_large'
  | 'body_incomplete'
  | 'json_invalid'
  | 'json_too_deep'
  | 'request_invalid'
  | 'consumer_config_invalid'
  | 'instance_unknown'
  | 'instance_exists'
  | 'instance_state'
  | 'instance_busy'
  | 'instance_too_large'
  | 'value_not_json'
  | 'no_partition'
  | 'offset_unset'
  | 'cluster_unknown'
  | 'config_name_unknown'
  | 'consumer_unknown'
  | 'idempotency_key_invalid'
  | 'buffer_missing'
  | 'buffer_unavailable'
  | 'polls_exhausted'
  | 'memory_exhausted'
  | 'server_closing';

/** What is wrong with an HTTP request itself, rather than with what it asks the services for. */
export class HttpError extends MillraceError<HttpErrorCode> {}
