import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clientOptions } from '../../functions/client.ts';

let server: Server;
let asked = 0;

beforeEach(async () => {
  asked = 0;
  server = createServer(() => asked++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  return new Promise<void>((resolve) => server.close(() => resolve()));
});

it('a service that never answers is asked again, then given up, each in its time', async () => {
  const lambda = new LambdaClient({
    ...clientOptions({ answerTimeoutMs: 50, attemptsMax: 2 }),
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await expect(lambda.send(new InvokeCommand({ FunctionName: 'deliver' }))).rejects.toThrow('exceeded');
  expect(asked).toBe(2);
});
