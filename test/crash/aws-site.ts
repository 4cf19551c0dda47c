import { fileURLToPath } from 'node:url';
import { bucketAt, tableAt } from '../aws/stores.ts';
import { freePort } from '../support/free-port.ts';
import { MILLRACE } from '../support/server-process.ts';
import { millraceVerify } from './disk-site.ts';
import { CrashServer } from './server.ts';
import type { Site } from './site.ts';
import { failingStores } from './store-faults.ts';

const HTTP_SERVER = fileURLToPath(new URL('./http-over-aws.ts', import.meta.url));

/** What the SDK would read from the machine: these keys are the emulator's own, and nothing else is looked for. */
export const EMULATOR_KEYS = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
} as const;

const GATEWAYS = 2;

/** Two gateways and the HTTP API over a bucket and a table of their own, at an emulator of S3 and DynamoDB that can be made to fail. */
export async function awsSite(endpoint: string): Promise<Site> {
  const [bucket, table] = [await bucketAt(endpoint), await tableAt(endpoint)];
  const storesAt = (url: string) => ['--bucket', bucket, '--table', table, '--endpoint', url, '--region', 'us-east-1'];
  const failing = await failingStores(endpoint, GATEWAYS + 1);
  const kafka = await Promise.all(Array.from({ length: GATEWAYS }, freePort));
  const gateways = await Promise.all(
    kafka.map(async (port, i) => {
      const health = await freePort();
      const listens = ['--kafka', `127.0.0.1:${port}`, '--health', `127.0.0.1:${health}`];
      const args = [MILLRACE, 'gateway', ...listens, ...storesAt(failing.urls[i]!)];
      return new CrashServer({
        name: `gateway ${i}`,
        args,
        env: EMULATOR_KEYS,
        health: `http://127.0.0.1:${health}/health`,
      });
    }),
  );
  const http = await freePort();
  const api = new CrashServer({
    name: 'http',
    args: [HTTP_SERVER, String(http), bucket, table, failing.urls[GATEWAYS]!],
    env: EMULATOR_KEYS,
    health: `http://127.0.0.1:${http}/health`,
  });
  return {
    name: 'aws',
    servers: [...gateways, api],
    kafka: kafka.map((port) => `127.0.0.1:${port}`),
    http: [`http://127.0.0.1:${http}`],
    troubles: failing.troubles,
    verify: () => millraceVerify(...storesAt(endpoint)),
    end: async () => {
      for (const server of [...gateways, api]) await server.kill();
      await failing.close();
    },
  };
}
