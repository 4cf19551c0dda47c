import { createHash } from 'node:crypto';
import * as z from 'zod';
import { parseJson, withBody } from './body.ts';
import type { HttpContext, HttpPolicy } from './context.ts';
import { HttpError, type HttpErrorCode } from './http-error.ts';
import { IDEMPOTENCY_KEY_BYTES_MAX } from './limits.ts';

const SHOWN_ISSUES = 3;

/**
 * `value` as `schema` has it.
 *
 * @throws HttpError request_invalid (or `code`) naming the place and what would be right
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown, code: HttpErrorCode = 'request_invalid'): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, SHOWN_ISSUES).map((issue) => {
    const at = issue.path.map(String).join('.');
    return at === '' ? issue.message : `${at}: ${issue.message}`;
  });
  throw new HttpError(code, `The request is not valid. ${issues.join('; ')}.`);
}

/** The JSON body as `schema` has it; an empty body is `{}`. */
export function jsonBody<T>(
  c: HttpContext,
  policy: HttpPolicy,
  schema: z.ZodType<T>,
  code?: HttpErrorCode,
): Promise<T> {
  return withBody(c, policy, (bytes) => parse(schema, bytes.length === 0 ? {} : parseJson(bytes, policy.limits), code));
}

/** The query string as `schema` has it; of a name that repeats, the first counts. */
export function query<T>(c: HttpContext, schema: z.ZodType<T>): T {
  return parse(schema, c.req.query());
}

/** A path parameter that every route of its pattern has. */
export function param(c: HttpContext, name: string): string {
  return c.req.param(name) ?? '';
}

/** The consumer instance that a path names. */
export function instanceOf(c: HttpContext): [group: string, id: string] {
  return [param(c, 'group'), param(c, 'instance')];
}

/** A whole number in a query string. */
export const queryInt = (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);

/** A time in a body: milliseconds since 1970, or ISO 8601. */
export const timeMs = z.union([
  z.int().min(0),
  z.iso.datetime({ offset: true }).transform((text, ctx) => {
    const ms = Date.parse(text);
    if (ms >= 0) return ms;
    ctx.addIssue('must not be before 1970');
    return z.NEVER;
  }),
]);

const PARTITION_TEXT = /^(0|[1-9]\d{0,8})$/;

/**
 * The partition that a path names.
 *
 * @throws HttpError path_unknown: the path of something that is no number leads nowhere
 */
export function partitionParam(c: HttpContext, name = 'partition'): number {
  const text = param(c, name);
  if (!PARTITION_TEXT.test(text)) {
    throw new HttpError('path_unknown', `"${text.slice(0, 40)}" is no partition: partitions are numbered from 0.`);
  }
  return Number(text);
}

/**
 * The Idempotency-Key header, if any: 1 to 255 visible ASCII characters, in quotes or without. Where requests say who asks,
 * a digest of that stands before it: nobody is answered what somebody else was.
 *
 * @throws HttpError idempotency_key_invalid
 */
export function idempotencyKey(c: HttpContext, { access }: Pick<HttpPolicy, 'access'>): string | undefined {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return undefined;
  if (key.length === 0 || key.length > IDEMPOTENCY_KEY_BYTES_MAX || !/^[\x21-\x7e]+$/.test(key)) {
    const max = IDEMPOTENCY_KEY_BYTES_MAX;
    throw new HttpError('idempotency_key_invalid', `An Idempotency-Key has 1 to ${max} visible ASCII characters.`);
  }
  const principal = access.principal(c);
  return principal === undefined ? key : `${createHash('sha256').update(principal).digest('base64url')}.${key}`;
}
