/** The answer did not come: nobody knows what the server did. */
export class Cut extends Error {}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** A server that is frozen is given up after this; it may well do what it was asked, later. */
const ANSWER_MS_MAX = 10_000;
export const V2_BINARY = 'application/vnd.kafka.binary.v2+json';

/** One request, never repeated. @throws Cut */
export async function ask<T>(
  method: string,
  url: string,
  { json, headers = {} }: { json?: unknown; headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer<T>> {
  try {
    const answer = await fetch(url, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: json === undefined ? null : JSON.stringify(json),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
  } catch (error) {
    throw new Cut(`${method} ${url}`, { cause: error });
  }
}
