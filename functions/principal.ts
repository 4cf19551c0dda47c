/** What API Gateway and Function URLs say of who asked, whichever kind of API: as far as it is looked at. */
export interface RequestContext {
  readonly authorizer?: {
    readonly iam?: { readonly userArn?: string | null };
    readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> };
  } | null;
  /** A REST API's. */
  readonly identity?: { readonly userArn?: string | null };
}

/**
 * Who asked, as ACLs name him: `User:role/<name>` and `User:user/<name>` for the account's own roles and users,
 * `User:root` for the account itself, with the account's number before it for those of others; `User:<sub>` for a token.
 * Undefined where nobody was proved.
 *
 * @example
 * principalOf({ authorizer: { iam: { userArn: 'arn:aws:sts::1:assumed-role/Shop/i-1' } } }, '1'); // 'User:role/Shop'
 */
export function principalOf(context: RequestContext | undefined, account: string): string | undefined {
  const subject = context?.authorizer?.jwt?.claims?.sub;
  if (typeof subject === 'string' && subject !== '') return `User:${subject}`;
  const arn = context?.authorizer?.iam?.userArn ?? context?.identity?.userArn;
  const [, owner, resource] = /^arn:[^:]+:(?:iam|sts)::(\d*):(.+)$/.exec(arn ?? '') ?? [];
  if (owner === undefined || resource === undefined) return undefined;
  const name = nameOf(resource);
  return owner === account ? `User:${name}` : `User:${owner}/${name}`;
}

/** Of a session of a role, the role; of a user or role, its name without its path. */
function nameOf(resource: string): string {
  const [kind, ...path] = resource.split('/');
  if (kind === 'assumed-role') return `role/${path[0]}`;
  return path.length === 0 ? resource : `${kind}/${path.at(-1)}`;
}
