import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { RuleSwitch } from '../../functions/tick.ts';
import type { Platform } from '../../lib/platform.ts';
import type { AssignedWork, Work } from '../../lib/route/index.ts';
import { change } from './deliveries.ts';

/** A batch of the table's stream: these items changed. */
export function changed(...keys: readonly (readonly [pk: string, sk: string])[]): DynamoDBStreamEvent {
  const Records = keys.map(([pk, sk], i) => change(i, 'MODIFY', { Keys: { pk: { S: pk }, sk: { S: sk } } }));
  return { Records };
}

/** The head of a topic's first ledger, as its item's key. */
export async function headOf(platform: Platform, topic: string): Promise<readonly [string, string]> {
  return [`ledger/${(await platform.topics.describe(topic)).topicId}/0`, 'head'];
}

export async function workOf(platform: Platform, route: string, topic: string): Promise<Work> {
  return { route, topicId: (await platform.topics.describe(topic)).topicId, ledger: 0 };
}

/** Functions that were started, in place of starting any. */
export function starts(refuse: (functionName: string) => boolean = () => false) {
  const started: (AssignedWork & { readonly by: string })[] = [];
  const start = async (functionName: string, work: object): Promise<void> => {
    if (refuse(functionName)) throw new Error(`ResourceNotFoundException: ${functionName}`);
    started.push({ ...(work as AssignedWork), by: functionName });
  };
  return { started, start };
}

/** The minute tick, and what was done to it. */
export function tickRule(before: () => Promise<void> = async () => {}) {
  const state = { on: true, switched: [] as string[] };
  const rules: RuleSwitch = {
    on: async (rule) => {
      state.on = true;
      state.switched.push(`${rule} on`);
    },
    off: async (rule) => {
      await before();
      state.on = false;
      state.switched.push(`${rule} off`);
    },
  };
  return { state, rules };
}

/** Events of one key, numbered. */
export function numbered(from: number, to: number, key = 'k') {
  return Array.from({ length: to - from }, (_, i) => ({
    key: Buffer.from(key),
    value: Buffer.from(JSON.stringify({ n: from + i })),
  }));
}
