/**
 * - `event_invalid`: what was to be stored is no event; nothing was sent.
 * - `refused`: the server refuses the request, and would again: `status` and `serverCode` say why.
 * - `fenced`: the consumer is no member any more, or others have consumed the same before; nothing was stored.
 * - `unavailable`: no answer, or none but "later", for as long as the client was to try.
 * - `answer_invalid`: the answer is not one of this API: is the address right?
 * - `value_invalid`: the value of an event that was read is not JSON: which event is in the message, never what it says.
 */
export type ClientErrorCode =
  | 'event_invalid'
  | 'refused'
  | 'fenced'
  | 'unavailable'
  | 'answer_invalid'
  | 'value_invalid';

/** What goes wrong between a client and the server. */
export class ClientError extends Error {
  readonly code: ClientErrorCode;
  /** The HTTP status; undefined without an answer. */
  readonly status: number | undefined;
  /** The server's own code, such as 40401; undefined where it gave none. */
  readonly serverCode: number | undefined;

  constructor(
    code: ClientErrorCode,
    message: string,
    options: { readonly status?: number; readonly serverCode?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ClientError';
    this.code = code;
    this.status = options.status;
    this.serverCode = options.serverCode;
  }
}
