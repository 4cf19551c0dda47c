import type { Hono } from 'hono';
import { type HttpEnv, type HttpLimits, httpApp } from '../lib/http/index.ts';
import { queueBuffer } from './buffer.ts';
import { logFailure } from './logger.ts';
import { open } from './open.ts';

/**
 * What a Lambda can take and give. A request or answer has 6 MB (4.5 MB of bytes, as base64), of which JSON makes a third
 * more again. API Gateway ends a request after 29 s. Source: AWS Lambda quotas; API Gateway quotas.
 */
const LIMITS: Partial<HttpLimits> = {
  bodyBytesMax: 6 * 1024 * 1024,
  fetchBytesMax: 3 * 1024 * 1024,
  bodyBytesInFlightMax: 64 * 1024 * 1024,
  pollMsMax: 25_000,
};

/** The HTTP API of this execution environment. */
export async function openApi(): Promise<Hono<HttpEnv>> {
  const { platform, environment } = await open();
  const { ingestQueueUrl } = environment;
  return httpApp(platform, {
    clusterId: environment.platform,
    limits: LIMITS,
    onError: logFailure,
    ...(ingestQueueUrl !== undefined && { buffer: queueBuffer(ingestQueueUrl) }),
  });
}
