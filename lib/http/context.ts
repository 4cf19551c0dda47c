import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { AbortedError } from '../bytes/index.ts';
import type { Access } from './access/access.ts';
import type { Admission } from './admission.ts';
import type { HttpLimits } from './limits.ts';
import type { Slabs } from './slabs.ts';

/** Behind a node:http server a handler sees its request; elsewhere (tests, Lambda) there is only the web's Request. */
export type HttpEnv = { Bindings: Partial<HttpBindings> };
export type HttpContext = Context<HttpEnv>;

/** What requests may do and take, and what ends their waiting. */
export interface HttpPolicy {
  readonly access: Access;
  readonly limits: HttpLimits;
  readonly admission: Admission;
  readonly slabs: Slabs;
  /** Fires when the server closes: polls answer what they have. */
  readonly closing: AbortSignal | undefined;
}

/** Fires when the client goes away or the server closes: there is nothing to wait for any more. */
export function waitSignal(c: HttpContext, { closing }: HttpPolicy): AbortSignal {
  return closing ? AbortSignal.any([closing, c.req.raw.signal]) : c.req.raw.signal;
}

/**
 * Counts an answer's bytes as held until its client has taken them, or is gone. Called before anything is changed on the
 * strength of that answer.
 *
 * @throws HttpError memory_exhausted
 */
export function holdAnswer(c: HttpContext, { admission }: HttpPolicy, sizeBytes: number): void {
  admission.takeBytes(sizeBytes);
  const outgoing = c.env?.outgoing;
  // Without a socket (Lambda, tests) the answer is handed over as a whole, and no more ours.
  if (outgoing && !outgoing.destroyed) outgoing.once('close', () => admission.giveBytes(sizeBytes));
  else admission.giveBytes(sizeBytes);
}

/** What `run` answers, or `otherwise` where its wait was ended by the signal. */
export async function unlessAborted<T>(signal: AbortSignal, otherwise: T, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (signal.aborted && error instanceof AbortedError) return otherwise;
    throw error;
  }
}
