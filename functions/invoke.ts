import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { AssignedWork, Work } from '../lib/route/index.ts';
import { clientOptions } from './client.ts';

/** An invocation is queued within milliseconds; what takes longer has gone astray, and the sweep comes by. */
const ANSWER_TIMEOUT_MS = 5_000;
const ATTEMPTS_MAX = 3;
/** Invocations under way at once. */
const AT_ONCE = 16;

const lambda = new LambdaClient(clientOptions({ answerTimeoutMs: ANSWER_TIMEOUT_MS, attemptsMax: ATTEMPTS_MAX }));

/** Starts a function with an event and does not wait for its end. */
export async function invoke(functionName: string, event: object): Promise<void> {
  await lambda.send(
    new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: JSON.stringify(event) }),
  );
}

/**
 * Has each piece of work delivered by its route's own function, or by the shared one.
 *
 * @throws Error that names those that could not be started; all others were
 */
export async function startDeliveries(
  works: readonly AssignedWork[],
  shared: string | undefined,
  start: (functionName: string, work: Work) => Promise<void> = invoke,
): Promise<void> {
  const failures: string[] = [];
  for (let from = 0; from < works.length; from += AT_ONCE) {
    await Promise.all(
      works.slice(from, from + AT_ONCE).map(async ({ worker, ...work }) => {
        const functionName = worker ?? shared;
        try {
          if (functionName === undefined) throw new Error('no function delivers for it (MILLRACE_DELIVER_FUNCTION)');
          await start(functionName, work);
        } catch (thrown) {
          failures.push(`${work.route}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
        }
      }),
    );
  }
  if (failures.length > 0) throw new Error(`Deliveries were not started. ${failures.join('; ')}`);
}
