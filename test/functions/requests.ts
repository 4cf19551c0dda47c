import { handle } from 'hono/aws-lambda';
import { readEnvironment } from '../../functions/environment.ts';
import { apiOf } from '../../functions/http.ts';
import { LOG_SETTINGS } from '../../functions/open.ts';
import { openPlatform, type Platform } from '../../lib/platform.ts';
import type { Stores } from '../../lib/store/index.ts';

export type Invoke = ReturnType<typeof handle>;
type GatewayEvent = Parameters<Invoke>[0];

/** What a function answers API Gateway. */
export interface GatewayAnswer {
  readonly statusCode: number;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** The account that the functions under test run in. */
export const ACCOUNT = '123456789012';

/** A platform as `open` has it in a function, but for where the bytes are. */
export function functionPlatform(stores: Stores, more: Partial<Parameters<typeof openPlatform>[0]> = {}): Platform {
  return openPlatform({ stores, log: LOG_SETTINGS, background: false, ...more });
}

/** The variables that EventPlatform sets, as far as a test looks at them. */
export function environmentOf(more: Readonly<Record<string, string>> = {}) {
  const names = { MILLRACE_PLATFORM: 'shop', MILLRACE_BUCKET: 'b', MILLRACE_TABLE: 't', MILLRACE_AUTH: 'none' };
  return readEnvironment({ ...names, MILLRACE_ACCOUNT: ACCOUNT, ...more });
}

/** The API's handler over a platform. */
export function apiHandler(platform: Platform, more: Readonly<Record<string, string>> = {}): Invoke {
  return handle(apiOf({ platform, environment: environmentOf(more) }));
}

export interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  /** What the gateway proved of who asks. */
  readonly authorizer?: object;
}

const HOST = 'api.example.com';

/** A request as an HTTP API or a Function URL hands it over: payload format 2.0, header names in lower case. */
export function httpEvent(asked: Asked): GatewayEvent {
  const { method = 'GET', path, query = '', headers = {}, body, isBase64Encoded = false, authorizer = {} } = asked;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { host: HOST, ...headers },
    requestContext: {
      accountId: ACCOUNT,
      apiId: 'api',
      authentication: null,
      authorizer,
      domainName: HOST,
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request',
      routeKey: '$default',
      stage: '$default',
      time: '01/Jan/2026:00:00:00 +0000',
      timeEpoch: 1_767_225_600_000,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  } as GatewayEvent;
}

/** The same as a REST API hands it over: payload format 1.0, header names as they were sent. */
export function restEvent(asked: Asked & { readonly userArn?: string | null }): GatewayEvent {
  const { method = 'GET', path, query = '', headers = {}, body, isBase64Encoded = false, userArn = null } = asked;
  const named = { Host: HOST, ...headers };
  const queries = [...new URLSearchParams(query)];
  return {
    version: '1.0',
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: named,
    multiValueHeaders: Object.fromEntries(Object.entries(named).map(([name, value]) => [name, [value]])),
    queryStringParameters: Object.fromEntries(queries),
    multiValueQueryStringParameters: Object.fromEntries(queries.map(([name, value]) => [name, [value]])),
    requestContext: { accountId: ACCOUNT, apiId: 'api', domainName: HOST, stage: 'v1', identity: { userArn } },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  } as unknown as GatewayEvent;
}

const CONTEXT = { getRemainingTimeInMillis: () => 29_000 } as Parameters<Invoke>[1] & object;

export async function answerTo(invoke: Invoke, event: GatewayEvent): Promise<GatewayAnswer> {
  return (await invoke(event, CONTEXT)) as GatewayAnswer;
}
