import * as z from 'zod';

/** Where a function finds its platform, as its deployment tells it. */
const ENVIRONMENT = z.object({
  /** The platform's name, which is its cluster id too. */
  MILLRACE_PLATFORM: z.string().min(1),
  MILLRACE_BUCKET: z.string().min(1),
  MILLRACE_TABLE: z.string().min(1),
  /** `acl`: who asks must have a right to it. `none`: everyone may do everything. */
  MILLRACE_AUTH: z.enum(['acl', 'none']),
  /** The account that this runs in: principals of others have its number before their name. */
  MILLRACE_ACCOUNT: z.string().default(''),
  /** Those who may do everything, separated by commas. */
  MILLRACE_SUPER_USERS: z.string().default(''),
  /** The function that delivers for routes that name none of their own. */
  MILLRACE_DELIVER_FUNCTION: z.string().min(1).optional(),
  /** The queue of buffered produce, where there is one. */
  MILLRACE_INGEST_QUEUE_URL: z.string().min(1).optional(),
  /** What the deployment declares: parameters below this path. */
  MILLRACE_DECLARATION_PATH: z.string().startsWith('/').optional(),
  /** The schedule that wakes `tend` each minute while there is something to do. */
  MILLRACE_TICK_RULE: z.string().min(1).optional(),
});

export interface Environment {
  readonly platform: string;
  readonly bucket: string;
  readonly table: string;
  readonly auth: 'acl' | 'none';
  readonly account: string;
  readonly superUsers: readonly string[];
  readonly deliverFunction: string | undefined;
  readonly ingestQueueUrl: string | undefined;
  readonly declarationPath: string | undefined;
  readonly tickRule: string | undefined;
}

/**
 * Reads the variables that the stack sets.
 *
 * @throws Error that names what is missing or wrong
 * @example
 * const { bucket, table } = readEnvironment(process.env);
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const read = ENVIRONMENT.safeParse(env);
  if (!read.success) {
    const problems = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`This function's environment is not what EventPlatform sets. ${problems.join('; ')}.`);
  }
  return {
    platform: read.data.MILLRACE_PLATFORM,
    bucket: read.data.MILLRACE_BUCKET,
    table: read.data.MILLRACE_TABLE,
    auth: read.data.MILLRACE_AUTH,
    account: read.data.MILLRACE_ACCOUNT,
    superUsers: read.data.MILLRACE_SUPER_USERS.split(',').filter((name) => name !== ''),
    deliverFunction: read.data.MILLRACE_DELIVER_FUNCTION,
    ingestQueueUrl: read.data.MILLRACE_INGEST_QUEUE_URL,
    declarationPath: read.data.MILLRACE_DECLARATION_PATH,
    tickRule: read.data.MILLRACE_TICK_RULE,
  };
}
