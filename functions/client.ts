/** Within a region a connection stands within milliseconds. */
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * What every client of AWS that functions use is made with; region, endpoint and credentials come from the environment. An
 * answer that is late is an error, and another attempt: left to itself the SDK would warn, and wait on.
 *
 * @example
 * new SSMClient(clientOptions({ answerTimeoutMs: 5_000, attemptsMax: 5 }));
 */
export function clientOptions({ answerTimeoutMs, attemptsMax }: { answerTimeoutMs: number; attemptsMax: number }) {
  return {
    maxAttempts: attemptsMax,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: answerTimeoutMs,
      throwOnRequestTimeout: true,
    },
  };
}
