/*
 * What the command's exit status says. Scripts may rely on it; the numbers do not change.
 */

export const EXIT = {
  ok: 0,
  /** Something failed that has no number of its own; the message on standard error says what. */
  failed: 1,
  /** `verify`, or the stores when they were opened, found damaged data. */
  damaged: 2,
  /** No such topic, partition, group, route or offset. */
  notFound: 3,
  /** A flag, an argument, a setting or the input is wrong: the same command would fail again. */
  usage: 4,
  /** Nothing answers at the address, or no Millrace does. */
  unreachable: 5,
  /** Something is in the way: it exists already, is in use by another process, or has active members. */
  inTheWay: 6,
  /** Not now: the server is overloaded or closing, or the disk is full or refuses to be written. */
  unavailable: 7,
  /** Ended by Ctrl-C before it was through. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Codes of MillraceErrors, those of lib and the command's own. What is not here exits with `failed`. */
const BY_CODE: Readonly<Record<string, ExitCode>> = {
  usage_invalid: EXIT.usage,
  input_invalid: EXIT.usage,
  server_unreachable: EXIT.unreachable,
  server_foreign: EXIT.unreachable,
  server_lost: EXIT.unavailable,
  server_silent: EXIT.unavailable,
  access_refused: EXIT.usage,
  credentials_missing: EXIT.usage,
  port_in_use: EXIT.inTheWay,
  address_unusable: EXIT.usage,
  interrupted: EXIT.interrupted,
  damage_found: EXIT.damaged,
  data_missing: EXIT.notFound,
  offset_unknown: EXIT.notFound,
  topic_exists: EXIT.inTheWay,
  group_not_empty: EXIT.inTheWay,
  route_exists: EXIT.inTheWay,
  rebuild_not_empty: EXIT.inTheWay,
  rebuild_nothing: EXIT.notFound,
  store_locked: EXIT.inTheWay,
  store_corrupt: EXIT.damaged,
  store_invalid: EXIT.usage,
  store_full: EXIT.unavailable,
  store_unavailable: EXIT.unavailable,
  store_unknown: EXIT.unavailable,
  log_corrupt: EXIT.damaged,
  group_corrupt: EXIT.damaged,
  topic_unknown: EXIT.notFound,
  partition_unknown: EXIT.notFound,
  group_unknown: EXIT.notFound,
  route_unknown: EXIT.notFound,
};

/** The exit status for an error of that code; an answer of the server goes by its HTTP status. */
export function exitCodeOf(code: string, httpStatus?: number): ExitCode {
  if (httpStatus !== undefined) return exitCodeOfStatus(httpStatus);
  return Object.hasOwn(BY_CODE, code) ? BY_CODE[code]! : EXIT.failed;
}

function exitCodeOfStatus(status: number): ExitCode {
  if (status === 404 || status === 416) return EXIT.notFound;
  if (status === 409) return EXIT.inTheWay;
  if (status === 429 || status === 503 || status === 507) return EXIT.unavailable;
  return status >= 400 && status < 500 ? EXIT.usage : EXIT.failed;
}
