import type { TestProject } from 'vitest/node';
import { buildGo, buildJava } from './builds.ts';
import { installKafka, installPython } from './installations.ts';
import { startKafka, startMillrace } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Bootstrap servers, `127.0.0.1:port`. */
    kafka: string;
    millrace: string;
  }
}

/** Installs Kafka and its clients (once), starts both servers before the tests and ends them after. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await Promise.all([installKafka().then(buildJava), installPython(), buildGo()]);
  const starts = await Promise.allSettled([startKafka(), startMillrace()]);
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async () => {
    await Promise.all(running.map((server) => server.stop()));
  };
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  project.provide('kafka', running[0]!.url);
  project.provide('millrace', running[1]!.url);
  return stop;
}
