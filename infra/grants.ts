import { type IGrantable, Role, User } from 'aws-cdk-lib/aws-iam';
import type { AclBinding, Operation, ResourceType } from '../lib/auth/index.ts';
import type { Auth } from './auth.ts';
import { demand, PlatformConfigError } from './errors.ts';

/** Somebody whom a token names: its `sub`. */
export interface JwtPrincipal {
  readonly jwt: string;
}

/** What somebody may do: which requests he may send, and which ACLs let the platform do them. */
export interface Right {
  readonly requests: readonly (readonly [method: string, path: string])[];
  bindings(principal: string): AclBinding[];
  /** Whether no ACL concerns him. */
  readonly everything?: boolean;
}

/** Rights as they are granted, in the requests of the HTTP API and in Kafka's ACLs. */
export class Grants {
  readonly #superUsers = new Set<string>(['User:root']);
  #count = 0;

  /** Produce in all formats of the API, and see the topic. */
  produce(topic: string): Right {
    const path = `/topics/${topic}`;
    return {
      requests: [
        ['POST', path],
        ['POST', `${path}/partitions/*`],
        ['POST', `/buffered${path}`],
        ['POST', `/v3/clusters/*${path}/records`],
        ['GET', path],
        ['GET', `${path}/partitions`],
      ],
      bindings: (principal) => [allow(principal, 'WRITE', 'TOPIC', topic)],
    };
  }

  /** Join the group, read the topic and commit. */
  consume(topic: string, group: string): Right {
    return {
      requests: [
        ['*', `/consumers/${group}`],
        ['*', `/consumers/${group}/*`],
        ['GET', `/topics/${topic}`],
        ['GET', `/topics/${topic}/*`],
      ],
      bindings: (principal) => [allow(principal, 'READ', 'TOPIC', topic), allow(principal, 'READ', 'GROUP', group)],
    };
  }

  admin(): Right {
    return { requests: [['*', '/*']], bindings: () => [], everything: true };
  }

  add(principal: string, right: Right): void {
    if (right.everything) this.#superUsers.add(principal);
  }

  /** A number for each ACL. */
  next(): number {
    return this.#count++;
  }

  superUsers(): string[] {
    return [...this.#superUsers];
  }
}

/** Names end in `*` for all that begin so. */
function allow(principal: string, operation: Operation, type: ResourceType, name: string): AclBinding {
  const prefixed = name.endsWith('*') && name !== '*';
  const resource = {
    type,
    pattern: prefixed ? 'PREFIXED' : 'LITERAL',
    name: prefixed ? name.slice(0, -1) : name,
  } as const;
  return { resource, principal, host: '*', operation, permission: 'ALLOW' };
}

/**
 * A right is worth nothing to somebody whom the API cannot know. Where it asks nobody who he is, rights wait for the day on
 * which it does.
 *
 * @throws PlatformConfigError that says what to write instead
 */
export function checkGrant(grantee: IGrantable | JwtPrincipal, auth: Auth): void {
  const token = 'jwt' in grantee;
  demand(
    !token || auth.kind !== 'iam',
    'The API knows callers by IAM, so it never sees a token: grant to a role or a user, or write auth: Auth.jwt({ issuer, audience }).',
  );
  demand(
    token || auth.kind !== 'jwt',
    "The API knows callers by their tokens, so it never sees a role: grant to { jwt: 'the sub of the token' }, or write auth: Auth.iam().",
  );
  demand(
    !token || grantee.jwt !== '',
    'A token without a sub is nobody: write { jwt: ... } with the sub that the issuer gives.',
  );
}

/**
 * What the platform calls whom a request comes from: see functions/principal.ts.
 *
 * @throws PlatformConfigError for who has no name of his own
 */
export function principalOf(grantee: IGrantable | JwtPrincipal): string {
  if ('jwt' in grantee) return `User:${grantee.jwt}`;
  if (grantee instanceof Role) return `User:role/${grantee.roleName}`;
  if (grantee instanceof User) return `User:user/${grantee.userName}`;
  const named = grantee.grantPrincipal;
  if (named instanceof Role) return `User:role/${named.roleName}`;
  if (named instanceof User) return `User:user/${named.userName}`;
  if ('roleName' in named && typeof named.roleName === 'string') return `User:role/${named.roleName}`;
  if ('userName' in named && typeof named.userName === 'string') return `User:user/${named.userName}`;
  throw new PlatformConfigError(
    'Rights are granted to a role, a user, what has a role (a Lambda function), or { jwt: subject }: grant to one of these.',
  );
}
