import type { TestProject } from 'vitest/node';
import { EMULATOR_ENV } from '../aws/emulator-env.ts';
import { startMiniStack } from '../aws/ministack.ts';
import { buildGo, buildJava } from './builds.ts';
import { TwoGateways } from './gateways.ts';
import { installKafka, installKcat, installPython } from './installations.ts';
import { makeCertificates } from './security.ts';
import {
  startMillrace,
  startMillraceWithCertificates,
  startMillraceWithPasswords,
  startSecuredKafka,
} from './servers.ts';

/** The two that are compared, where clients get in by one way. */
export interface Contestants {
  readonly kafka: string;
  readonly millrace: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Bootstrap servers, `127.0.0.1:port`. */
    kafka: string;
    millrace: string;
    /** Two gateways over one store; a third and a fourth can be started at the same emulator. */
    gateways: string;
    ministack: string;
    /** By SASL_SSL; by TLS, with a certificate; and the files (PEM) for both. */
    sasl: Contestants;
    tls: Contestants;
    certificates: { readonly ca: string; readonly client: string };
  }
}

/** Installs Kafka and its clients (once), starts the servers before the tests and ends them after. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  Object.assign(process.env, EMULATOR_ENV);
  await Promise.all([installKafka().then(buildJava), installPython(), buildGo(), installKcat()]);
  const files = makeCertificates();
  const ends: (() => Promise<void>)[] = [];
  const ending = <T extends { stop(): Promise<void> }>(server: T): T => {
    ends.push(() => server.stop());
    return server;
  };
  const stop = async () => {
    await Promise.all(ends.splice(0).map((end) => end()));
    files.remove();
  };
  const starts = [
    startSecuredKafka(files).then(ending),
    startMillrace().then(ending),
    startMillraceWithPasswords(files).then(ending),
    startMillraceWithCertificates(files).then(ending),
    startMiniStack()
      .then(ending)
      .then(async ({ url }) => {
        const gateways = await TwoGateways.start(url);
        ends.push(() => gateways.end());
        return { emulator: url, gateways };
      }),
  ] as const;
  // Each has come or failed before anything is ended.
  await Promise.allSettled(starts);
  try {
    const [kafka, millrace, passwords, identities, { emulator, gateways }] = await Promise.all(starts);
    project.provide('kafka', kafka.url);
    project.provide('millrace', millrace.url);
    project.provide('gateways', gateways.address(0));
    project.provide('ministack', emulator);
    project.provide('sasl', { kafka: kafka.sasl, millrace: passwords.url });
    project.provide('tls', { kafka: kafka.tls, millrace: identities.url });
    project.provide('certificates', { ca: files.ca, client: files.client });
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
