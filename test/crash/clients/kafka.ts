import kafkajs from 'kafkajs';
import type { Round } from './client.ts';

/** Before a client gives up, so that its program can say what it does not know, and begin anew. */
const RETRIES = 6;
const ANSWER_MS_MAX = 10_000;

export function kafkajsClient({ site }: Pick<Round, 'site'>, name: string): kafkajs.Kafka {
  return new kafkajs.Kafka({
    brokers: [...site.kafka],
    clientId: name,
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: ANSWER_MS_MAX,
    connectionTimeout: 1_000,
    retry: { initialRetryTime: 50, maxRetryTime: 400, retries: RETRIES },
  });
}

/** Runs a step of a client's program; whatever fails there is for the program to begin anew. */
export async function attempt(step: () => Promise<unknown>): Promise<boolean> {
  try {
    await step();
    return true;
  } catch {
    return false; // these clients throw what they like: no server, time-outs, refusals
  }
}
