import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { DeclaredText } from '../lib/declaration/index.ts';
import { clientOptions } from './client.ts';

const ANSWER_TIMEOUT_MS = 5_000;
/** Reads alone, and forty of them a second at most for a whole account: the SDK's jittered pauses spread them. */
const ATTEMPTS_MAX = 5;
/** What one page holds at most. Source: SSM API Reference, GetParametersByPath. */
const PAGE_MAX = 10;

/** Only what is used of the client, so that a test can stand in for it. */
export type ParameterClient = Pick<SSMClient, 'send'>;

let client: SSMClient | undefined;

/** The client that all of this process share; its region and endpoint come from the environment. */
export function parameterClient(): SSMClient {
  client ??= new SSMClient(clientOptions({ answerTimeoutMs: ANSWER_TIMEOUT_MS, attemptsMax: ATTEMPTS_MAX }));
  return client;
}

/**
 * All parameters below a path, named by what follows it. Some seconds may pass until one that was just written is among them.
 *
 * @throws the SDK's errors
 * @example
 * await readParameters('/millrace/main'); // [{ name: 'topics/orders', text: '{"partitions":4}', revision: 1767225600000 }]
 */
export async function readParameters(
  path: string,
  {
    ssm = parameterClient(),
    signal,
  }: { readonly ssm?: ParameterClient; readonly signal?: AbortSignal | undefined } = {},
): Promise<DeclaredText[]> {
  const folder = path.endsWith('/') ? path : `${path}/`;
  const found: DeclaredText[] = [];
  let next: string | undefined;
  do {
    const page = await ssm.send(
      new GetParametersByPathCommand({ Path: path, Recursive: true, MaxResults: PAGE_MAX, NextToken: next }),
      { ...(signal && { abortSignal: signal }) },
    );
    for (const { Name = '', Value = '', LastModifiedDate } of page.Parameters ?? []) {
      if (Name.startsWith(folder)) {
        found.push({ name: Name.slice(folder.length), text: Value, revision: LastModifiedDate?.getTime() ?? 0 });
      }
    }
    next = page.NextToken;
  } while (next);
  return found;
}
