/**
 * The HTTP API behind a Function URL that streams its answers (`InvokeMode: RESPONSE_STREAM`): they may have more than the
 * 6 MB of a buffered one. Source: AWS Lambda, "Response streaming".
 */
import { streamHandle } from 'hono/aws-lambda';
import { openApi } from './http.ts';

export const handler = streamHandle(await openApi());
