import type { Hono } from 'hono';
import { type AccessOptions, type HttpEnv, type HttpLimits, httpApp } from '../lib/http/index.ts';
import { queueBuffer } from './buffer.ts';
import type { Environment } from './environment.ts';
import { logFailure } from './logger.ts';
import { type Opened, open } from './open.ts';
import { principalOf, type RequestContext } from './principal.ts';

/**
 * What a Lambda can take and give. A request or answer has 6 MB. An answer travels as a string within JSON, which makes two
 * characters of each quote. API Gateway ends a request after 29 s. Source: AWS Lambda quotas; API Gateway quotas.
 */
const LIMITS: Partial<HttpLimits> = {
  bodyBytesMax: 6 * 1024 * 1024,
  fetchBytesMax: 3 * 1024 * 1024,
  answerBytesMax: 2.9 * 1024 * 1024,
  bodyBytesInFlightMax: 64 * 1024 * 1024,
  pollMsMax: 25_000,
};

/** The HTTP API of this execution environment. */
export async function openApi(): Promise<Hono<HttpEnv>> {
  return apiOf(await open());
}

/** The HTTP API over a platform, as functions have it. */
export function apiOf({ platform, environment }: Opened): Hono<HttpEnv> {
  const { platform: clusterId, ingestQueueUrl } = environment;
  return httpApp(platform, {
    clusterId,
    limits: LIMITS,
    onError: logFailure,
    ...(environment.auth === 'acl' && { access: accessBy(environment) }),
    ...(ingestQueueUrl !== undefined && { buffer: queueBuffer(ingestQueueUrl) }),
  });
}

/** Who asks is what the gateway has proved: it stands beside the request, where no client can write. */
function accessBy({ account, superUsers }: Environment): AccessOptions {
  return {
    principalOf: ({ env }) => {
      const context = 'requestContext' in env ? (env.requestContext as RequestContext) : undefined;
      return principalOf(context, account);
    },
    superUsers,
    challenge: 'AWS4-HMAC-SHA256',
  };
}
