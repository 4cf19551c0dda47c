import { arnOf } from './arn.ts';

/** How an AWS resource may be named. */
export interface NamedBy {
  /** Of its ARN. */
  readonly service: string;
  /** What stands before its name in the ARN: `stream/`. */
  readonly prefix: string;
  /** What its name may be. */
  readonly name: RegExp;
  /** What it is, for errors: `a Kinesis stream`. */
  readonly what: string;
  readonly example: string;
}

/** A resource as a setting names it: by name, in the region of the route, or by ARN, in any. */
export interface Named {
  readonly text: string;
  readonly region: string | undefined;
  readonly name: string;
  readonly isArn: boolean;
}

/**
 * Parses a setting that takes a name or an ARN. @throws Error that says what would be right
 *
 * @example
 * nameOrArn({ service: 'kinesis', prefix: 'stream/', name: /^[\w.-]{1,128}$/, what: 'a Kinesis stream', example })('orders');
 */
export function nameOrArn({ service, prefix, name, what, example }: NamedBy): (text: string) => Named {
  return (text) => {
    if (name.test(text)) return { text, region: undefined, name: text, isArn: false };
    const arn = `arn:aws:${service}:eu-central-1:123456789012:${prefix}${example}`;
    if (!text.startsWith('arn:')) throw new Error(`it takes the name or ARN of ${what}, such as ${example} or ${arn}`);
    const { region } = arnOf(service, new RegExp(`^${prefix}`), arn)(text);
    const own = text.slice(text.indexOf(`:${prefix}`) + 1 + prefix.length);
    if (!name.test(own)) throw new Error(`it takes an ARN such as ${arn}`);
    return { text, region, name: own, isArn: true };
  };
}
