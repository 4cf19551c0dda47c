import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Platform } from '../lib/platform.ts';
import { AWAKE_NOTED_MS, noteAwake } from './awake-item.ts';
import type { Environment } from './environment.ts';

/*
 * `tend` is woken each minute by a rule that is only on while there is something to do: what happens switches it on, and
 * `tend` switches it off after a long quiet. So idling costs nothing.
 */

let client: EventBridgeClient | undefined;
let notedMs = Number.NEGATIVE_INFINITY;

function eventBridge(): EventBridgeClient {
  client ??= new EventBridgeClient({ requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000 } });
  return client;
}

/** Sees to it that the minute tick is on; from one process, at most every few minutes. */
export async function keepTicking({ items, clock }: Platform, { tickRule }: Environment): Promise<void> {
  const nowMs = clock.nowMs();
  if (tickRule === undefined || nowMs - notedMs < AWAKE_NOTED_MS) return;
  await noteAwake(items, nowMs);
  await eventBridge().send(new EnableRuleCommand({ Name: tickRule }));
  notedMs = nowMs;
}

/** Switches the minute tick off; the next commit switches it on again. */
export async function stopTicking({ tickRule }: Environment): Promise<void> {
  if (tickRule !== undefined) await eventBridge().send(new DisableRuleCommand({ Name: tickRule }));
}
