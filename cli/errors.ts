import { MillraceError } from '../lib/bytes/index.ts';

/**
 * - `usage_invalid`: a flag, argument or setting that can't be.
 * - `input_invalid`: what came on standard input, or stands in a file, can't be read as what it should be.
 * - `server_unreachable`: nothing answers at the address; `server_foreign`: something does, and it is no Millrace.
 * - `server_lost`: the connection ended in the middle; `server_silent`: no answer within the time.
 * - `server_refused`: the server answered with an error (ServerError).
 * - `access_refused`: what stands before a deployed server wants to know who asks, or does not let him in.
 * - `credentials_missing`: there are no AWS credentials to sign with.
 * - `port_in_use`, `address_unusable`: `start` can't listen there.
 * - `data_missing`: there is no data folder to look at.
 * - `damage_found`: `verify` found something wrong.
 * - `offset_unknown`: no partition has the offset that `consume` is to begin at.
 * - `topic_exists`: as lib/topic has it.
 * - `interrupted`: Ctrl-C came before the end.
 */
export type CliErrorCode =
  | 'usage_invalid'
  | 'input_invalid'
  | 'server_unreachable'
  | 'server_foreign'
  | 'server_lost'
  | 'server_silent'
  | 'server_refused'
  | 'access_refused'
  | 'credentials_missing'
  | 'port_in_use'
  | 'address_unusable'
  | 'data_missing'
  | 'damage_found'
  | 'offset_unknown'
  | 'topic_exists'
  | 'interrupted';

/** What goes wrong in the command itself; its message is what the user reads. */
export class CliError extends MillraceError<CliErrorCode> {}

/** An error that the server answered with. */
export class ServerError extends CliError {
  /** The HTTP status. */
  readonly status: number;
  /** REST Proxy's number in the body, such as 40401. */
  readonly errorCode: number;
  /** Of the header Retry-After. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, answer: { status: number; errorCode: number; retryAfterMs: number | undefined }) {
    super('server_refused', message);
    this.status = answer.status;
    this.errorCode = answer.errorCode;
    this.retryAfterMs = answer.retryAfterMs;
  }
}
