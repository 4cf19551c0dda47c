/**
 * The HTTP API behind API Gateway (HTTP or REST API) or a Function URL: each event becomes a Request, each Response its
 * answer. A body of an event may be base64, a body of an answer is where it is not text.
 */
import { handle } from 'hono/aws-lambda';
import { openApi } from './http.ts';

export const handler = handle(await openApi());
