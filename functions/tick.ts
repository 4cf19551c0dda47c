import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { Platform } from '../lib/platform.ts';
import type { MetaStore } from '../lib/store/index.ts';
import { AWAKE_NOTED_MS, type Awake, noteAwake, readAwake } from './awake-item.ts';
import { clientOptions } from './client.ts';
import type { Environment } from './environment.ts';

/*
 * `tend` is woken each minute by a rule that is only on while there is something to do: what happens switches it on, and
 * `tend` switches it off after a long quiet. So idling costs nothing.
 */

/** Switches a rule of EventBridge. */
export interface RuleSwitch {
  on(rule: string): Promise<void>;
  off(rule: string): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 5_000;
const ATTEMPTS_MAX = 3;

let client: EventBridgeClient | undefined;

function eventBridge(): EventBridgeClient {
  client ??= new EventBridgeClient(clientOptions({ answerTimeoutMs: ANSWER_TIMEOUT_MS, attemptsMax: ATTEMPTS_MAX }));
  return client;
}

const RULES: RuleSwitch = {
  on: async (Name) => {
    await eventBridge().send(new EnableRuleCommand({ Name }));
  },
  off: async (Name) => {
    await eventBridge().send(new DisableRuleCommand({ Name }));
  },
};

type Parts = Pick<Platform, 'items' | 'clock'>;

/** When this process noted last that something happens, by the store that it is noted in. */
const notedMs = new WeakMap<MetaStore, number>();

/** Sees to it that the minute tick is on; from one process, at most every few minutes. */
export async function keepTicking({ items, clock }: Parts, { tickRule }: Environment, rules = RULES): Promise<void> {
  const nowMs = clock.nowMs();
  if (tickRule === undefined || nowMs - (notedMs.get(items) ?? 0) < AWAKE_NOTED_MS) return;
  // Noted before it is switched on: `stopTicking` looks in the opposite order.
  await noteAwake(items, nowMs);
  await rules.on(tickRule);
  notedMs.set(items, nowMs);
}

/** Switches the minute tick off, unless something has happened since `seen`; the next commit switches it on again. */
export async function stopTicking(
  { items }: Parts,
  { tickRule }: Environment,
  seen: Awake,
  rules = RULES,
): Promise<void> {
  if (tickRule === undefined) return;
  await rules.off(tickRule);
  const { awakeMs } = await readAwake(items);
  if (awakeMs !== seen.awakeMs) await rules.on(tickRule);
}
