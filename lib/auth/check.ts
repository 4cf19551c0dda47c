import { AuthError } from './errors.ts';
import { hostAddress } from './host.ts';
import {
  type AclBinding,
  CLUSTER_NAME,
  EVERYBODY,
  type Operation,
  PATTERN_TYPES,
  PERMISSIONS,
  RESOURCE_TYPES,
  type ResourceType,
  WILDCARD,
} from './model.ts';

/** IAM's longest role names have 64 characters and JWT subjects 255; a Kerberos name with its realm may be longer. */
const PRINCIPAL_CHARS_MAX = 300;
/** A topic's name has at most 249 characters; groups and transactional ids have no limit in Kafka, and ours is 1,000. */
const NAME_CHARS_MAX = 1_000;

/** What can be done to each kind of resource; ALL can be to any. Source: Kafka's AclEntry.supportedOperations. */
export const OPERATIONS_OF: Readonly<Record<ResourceType, readonly Operation[]>> = {
  TOPIC: ['READ', 'WRITE', 'CREATE', 'DELETE', 'ALTER', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'ALL'],
  GROUP: ['READ', 'DELETE', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'ALL'],
  CLUSTER: [
    'CREATE',
    'ALTER',
    'DESCRIBE',
    'CLUSTER_ACTION',
    'DESCRIBE_CONFIGS',
    'ALTER_CONFIGS',
    'IDEMPOTENT_WRITE',
    'ALL',
  ],
  TRANSACTIONAL_ID: ['WRITE', 'DESCRIBE', 'ALL'],
};

/** @throws AuthError acl_invalid: a rule that Kafka would not take, or that could never do what it seems to say */
export function checkBinding({ resource, principal, host, operation, permission }: AclBinding): void {
  checkPrincipal(principal);
  if (!RESOURCE_TYPES.includes(resource.type)) throw unknown('resource type', resource.type, RESOURCE_TYPES);
  if (!PATTERN_TYPES.includes(resource.pattern)) throw unknown('pattern type', resource.pattern, PATTERN_TYPES);
  if (!PERMISSIONS.includes(permission)) throw unknown('permission', permission, PERMISSIONS);
  const { type, name } = resource;
  if (name.length === 0 || name.length > NAME_CHARS_MAX || /\p{Cc}/u.test(name)) {
    throw invalid(
      `A resource's name has 1 to ${NAME_CHARS_MAX} characters, none of them a control character; ${quoted(name)} does not.`,
    );
  }
  if (type === 'CLUSTER' && (name !== CLUSTER_NAME || resource.pattern !== 'LITERAL')) {
    throw invalid(`The cluster's only name is "${CLUSTER_NAME}", LITERAL; ${quoted(name)} is not it.`);
  }
  if (host !== WILDCARD && hostAddress(host) === undefined) {
    throw invalid(`A host is an IP address, or "*" for all; ${quoted(host)} would never be met.`);
  }
  if (!OPERATIONS_OF[type].includes(operation)) {
    throw invalid(`There is no ${operation} of a ${type}; there is ${OPERATIONS_OF[type].join(', ')}.`);
  }
}

/**
 * A principal of bindings: `User:` and a name, or `User:*`.
 * @throws AuthError acl_invalid
 */
export function checkPrincipal(principal: string): void {
  if (/^User:\P{Cc}+$/u.test(principal) && principal.length <= PRINCIPAL_CHARS_MAX) return;
  throw invalid(
    `A principal is "User:" and a name, in all at most ${PRINCIPAL_CHARS_MAX} characters; ${quoted(principal)} is none. For everybody, write "${EVERYBODY}".`,
  );
}

/** Whether somebody can be called so: as `checkPrincipal`, but that nobody is everybody. */
export function isPrincipal(text: string): boolean {
  return /^User:\P{Cc}+$/u.test(text) && text.length <= PRINCIPAL_CHARS_MAX && text !== EVERYBODY;
}

function unknown(what: string, found: string, known: readonly string[]): AuthError {
  return invalid(`${quoted(found)} is no ${what}; there is ${known.join(', ')}.`);
}

function invalid(message: string): AuthError {
  return new AuthError('acl_invalid', message);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
