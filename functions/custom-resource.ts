import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/** What a custom resource tells CloudFormation. */
export interface Answer {
  readonly status: 'SUCCESS' | 'FAILED';
  readonly reason?: string;
  readonly physicalId: string;
}

/** CloudFormation takes no more. Source: CloudFormation User Guide, "Custom resource response objects". */
const ANSWER_BYTES_MAX = 4096;
const TRY_TIMEOUT_MS = 2_500;
const TRIES_MAX = 3;

/**
 * The body of an answer, its reason cut to what fits.
 *
 * @example
 * answerBody(event, { status: 'FAILED', reason: 'Route "late": …', physicalId: 'main-declaration' });
 */
export function answerBody(event: CloudFormationCustomResourceEvent, { status, reason, physicalId }: Answer): string {
  const { StackId, RequestId, LogicalResourceId } = event;
  const bodyOf = (Reason: string | undefined) =>
    JSON.stringify({ Status: status, Reason, PhysicalResourceId: physicalId, StackId, RequestId, LogicalResourceId });
  const size = (text: string | undefined) => Buffer.byteLength(bodyOf(text));
  if (reason === undefined || size(reason) <= ANSWER_BYTES_MAX) return bodyOf(reason);
  const more = ' … (the rest is in the log)';
  let [low, high] = [0, reason.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (size(reason.slice(0, middle) + more) <= ANSWER_BYTES_MAX) low = middle;
    else high = middle - 1;
  }
  return bodyOf(reason.slice(0, low) + more);
}

/**
 * Tells CloudFormation, which otherwise waits for an hour. An address that it signed once stays good for a repetition.
 *
 * @throws Error where it could not be told
 */
export async function answer(event: CloudFormationCustomResourceEvent, what: Answer): Promise<void> {
  const body = answerBody(event, what);
  for (let attempt = 1; ; attempt++) {
    try {
      // The address is signed for an empty content type.
      const signal = AbortSignal.timeout(TRY_TIMEOUT_MS);
      const { ok, status } = await fetch(event.ResponseURL, {
        method: 'PUT',
        headers: { 'content-type': '' },
        body,
        signal,
      });
      if (ok) return;
      throw new Error(`CloudFormation's address answered ${status}.`);
    } catch (thrown) {
      if (attempt === TRIES_MAX) throw thrown;
    }
  }
}
