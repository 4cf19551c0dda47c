import { type Consuming, Instance, isLost } from './consume.ts';
import type { ClientEvent, EventToSend } from './events.ts';
import type { Http } from './http.ts';
import { rangesOf, transact } from './transact.ts';

/** What a batch of events becomes: events for other topics, or nothing. */
export interface Results {
  readonly to?: readonly (EventToSend & { readonly topic: string })[];
}

/** Turns events into results. Called again with the same events where their transaction was refused. */
export type Processing = (
  events: readonly ClientEvent[],
  about: { readonly signal: AbortSignal | undefined },
) => Results | undefined | Promise<Results | undefined>;

/** What was processed until it was ended. */
export interface Processed {
  readonly batches: number;
  readonly events: number;
  readonly results: number;
}

/**
 * Consume-transform-produce: results and consumed offsets of each batch are one transaction. Where this consumer was fenced,
 * or others have consumed the same, nothing of the batch was stored, and reading goes on at what is committed.
 */
export async function processEvents(
  http: Http,
  clusterId: string,
  consuming: Consuming,
  work: Processing,
): Promise<Processed> {
  const { group, signal } = consuming;
  const instance = new Instance(http, consuming);
  const done = { batches: 0, events: 0, results: 0 };
  try {
    while (!signal?.aborted) {
      const events = await instance.poll();
      if (events.length === 0) continue;
      const { to = [] } = (await work(events, { signal })) ?? {};
      const consumed = { group, ranges: rangesOf(events), by: { instance: instance.name! } };
      try {
        // The end waits for this answer: what was worked out is stored, or certainly not.
        await transact(http, clusterId, { to, consumed }, { key: http.time.newId() });
      } catch (thrown) {
        if (!isLost(thrown)) throw thrown;
        await instance.close();
        continue;
      }
      done.batches++;
      done.events += events.length;
      done.results += to.length;
    }
    return done;
  } finally {
    await instance.close();
  }
}
