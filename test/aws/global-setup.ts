import type { TestProject } from 'vitest/node';
import { startDynamoDbLocal } from './dynamodb-local.ts';
import { startMiniStack } from './ministack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the emulators listen. */
    ministack: string;
    dynamodbLocal: string;
  }
}

/** Starts the emulators before the tests and ends them after. Only their endpoints and fixed test keys reach the SDK. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const starts = await Promise.allSettled([startMiniStack(), startDynamoDbLocal()]);
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async () => {
    await Promise.all(running.map((emulator) => emulator.stop()));
  };
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  project.provide('ministack', running[0]!.url);
  project.provide('dynamodbLocal', running[1]!.url);
  return stop;
}
